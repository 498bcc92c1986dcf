/*
 * Reads any bytes as the lines of a head, as libcurl would hand them over, and
 * what follows the first empty line as a body.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/body.h"
#include "fetch/http_head.h"

#define MEMORY_MAX (4 * 1024 * 1024)
#define HEAD_MAX 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_head(const struct retrieval *r)
{
	size_t i;

	if (r->http_status < 0 || r->http_status > 999 ||
	    r->header_count > RETRIEVAL_MAX_HEADERS)
		abort();
	for (i = 0; i < r->header_count; i++)
		if (strlen(r->headers[i].name) > HEAD_MAX ||
		    strlen(r->headers[i].value) > 2 * HEAD_MAX)
			abort();
	(void)retrieval_header(r, "Content-Type");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_head h = { .max_bytes = HEAD_MAX };
	struct span rest = span_of(data, size);
	struct arena *a = arena_create(MEMORY_MAX);
	struct retrieval r = { 0 };
	enum body_form form;
	const char *looks;
	size_t len;

	do {
		const uint8_t *end = rest.len == 0 ? NULL :
		    memchr(rest.ptr, '\n', rest.len);

		len = end == NULL ? rest.len : (size_t)(end - rest.ptr) + 1;
		if (http_head_line(a, &h, span_of(rest.ptr, len), &r) !=
		    STATUS_OK)
			break;
		rest = span_of(rest.ptr + len, rest.len - len);
	} while (len > 0 && h.is_open);
	if (h.bytes > HEAD_MAX)
		abort();
	check_head(&r);
	form = body_form_of(rest, retrieval_header(&r, "Content-Type"));
	looks = body_looks_like(a, rest, form);
	if ((form == BODY_HTML || form == BODY_OTHER) && looks == NULL)
		abort();
	for (; looks != NULL && *looks != '\0'; looks++)
		if ((unsigned char)*looks < ' ')
			abort();
	arena_free(a);
	return 0;
}
