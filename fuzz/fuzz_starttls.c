/*
 * A dialog before TLS with a server that says anything: the first octet says
 * which protocol, the rest is what comes, in pieces of different sizes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "fetch/proxy_connect.h"
#include "fetch/starttls.h"

#define KINDS 5
#define PROXY_KIND 0

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
begin(struct dialog *d, unsigned kind, struct proxy_request *storage)
{
	struct proxy p;

	if (kind != PROXY_KIND) {
		starttls_begin(d, (enum starttls)kind, "[192.0.2.1]");
		return;
	}
	if (proxy_parse("http://user:word@proxy:1", &p) != NULL)
		abort();
	proxy_begin(d, &p, "example.org", 443, storage);
}

/* Where the dialog ended: state, octets taken, and what it had said. */
struct end {
	enum dialog_state state;
	size_t taken, said;
};

static struct end
play(unsigned kind, struct span input, size_t step)
{
	struct proxy_request storage;
	struct end end = { DIALOG_READS, 0, 0 };
	struct dialog d;
	size_t taken;

	begin(&d, kind, &storage);
	while (d.state == DIALOG_SENDS ||
	    (d.state == DIALOG_READS && end.taken < input.len)) {
		if (d.state == DIALOG_SENDS) {
			end.said += d.output_len;
			if (d.output_len > sizeof(d.output))
				abort();
			dialog_sent(&d);
			continue;
		}
		dialog_feed(&d, span_slice(input, end.taken, step), &taken);
		if (taken == 0 || taken > step)
			abort();
		end.taken += taken;
	}
	end.state = d.state;
	if (d.state == DIALOG_FAILED &&
	    (d.outcome == OUTCOME_OK || d.why[0] == '\0' ||
		memchr(d.why, '\0', sizeof(d.why)) == NULL))
		abort();
	return end;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input;
	struct end whole, small;

	if (size < 1)
		return 0;
	input = span_of(data + 1, size - 1);
	whole = play(data[0] % KINDS, input, size);
	small = play(data[0] % KINDS, input, 3);
	/* How the bytes were cut into pieces changes nothing. */
	if (whole.state != small.state || whole.taken != small.taken ||
	    whole.said != small.said)
		abort();
	return 0;
}
