/*
 * A whole file, read and rendered: both must come to the same. Bits of the last
 * byte choose how: 1 mends the checksums first, without which the fuzzer would
 * hardly see the reader believe a chunk's header; 2 is strict; 4 filters; 8
 * renders with two threads.
 */
#include <stdlib.h>

#include <zlib.h>

#include "wire/evtx.h"
#include "wire/evtx/file.h"

#define FILE_HEADER 4096

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
put32(uint8_t *p, uint32_t n)
{
	p[0] = (uint8_t)n;
	p[1] = (uint8_t)(n >> 8);
	p[2] = (uint8_t)(n >> 16);
	p[3] = (uint8_t)(n >> 24);
}

static void
mend(uint8_t *bytes, size_t len)
{
	size_t at = memcmp(bytes, "ElfFile", 8) == 0 ? FILE_HEADER : 0;

	if (at != 0)
		put32(bytes + 124, (uint32_t)crc32(0, bytes, 120));
	for (; at + EVTX_CHUNK_HEADER <= len; at += EVTX_CHUNK) {
		uint8_t *p = bytes + at;
		size_t free_at = le32(p + 48);

		if (free_at >= EVTX_CHUNK_HEADER && free_at <= len - at)
			put32(p + 52, (uint32_t)crc32(0, p + 512,
			    (uInt)(free_at - 512)));
		put32(p + 124, (uint32_t)crc32(crc32(0, p, 120), p + 128,
		    384));
	}
}

static enum status
take_event(void *arg, const struct event *ev)
{
	uint64_t *count = arg;

	++*count;
	return event_facts(ev) == NULL || ev->form == FORM_EVTX ?
	    STATUS_OK : STATUS_INVALID;
}

static enum status
take_bytes(void *arg, const void *bytes, size_t len)
{
	(void)arg;
	return len > 0 && ((const char *)bytes)[0] == '<' ? STATUS_OK :
	                                                   STATUS_INVALID;
}

static void
run(struct span bytes, uint8_t how)
{
	struct event_options options = {
		.is_strict = (how & 2) != 0,
		.only_capi2 = (how & 4) != 0,
	};
	struct event_report read = { 0 }, rendered = { 0 };
	uint64_t count = 0;
	struct event_sink sink = { take_event, &count };
	struct evtx_output output = { take_bytes, NULL };
	enum status a, b;

	a = evtx_read(bytes, &options, &sink, &read);
	b = evtx_render(bytes, &options, (how & 8) != 0 ? 2 : 1, &output,
	    &rendered);
	if (count != read.read || a == STATUS_INVALID || b == STATUS_INVALID)
		abort();
	if (a != b || read.filtered != rendered.filtered ||
	    read.read + read.skipped != rendered.read + rendered.skipped)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = len < 128 ? NULL : malloc(len);

	if (copy == NULL)
		return 0;
	memcpy(copy, bytes, len);
	if ((bytes[len - 1] & 1) != 0)
		mend(copy, len);
	run(span_of(copy, len), bytes[len - 1]);
	free(copy);
	return 0;
}
