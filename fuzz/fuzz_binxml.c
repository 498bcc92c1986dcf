/*
 * One record's binary XML in a chunk of its own. What is rendered must be well
 * formed, and the renderer and the tree must agree on whether it is good.
 */
#include <stdlib.h>

#include <libxml/parser.h>

#include "wire/evtx/binxml.h"

#define CHUNK_HEADER 512
#define RECORD_MAX 8192
#define OUTPUT_MAX (16u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Ceilings may be met by one way of decoding and not by the other. */
static bool
is_ceiling(const struct binxml *x)
{
	const char *reason = binxml_reason(x);

	return strstr(reason, "too ") != NULL ||
	    strstr(reason, "overlap") != NULL;
}

static void
check_xml(const struct buf *out)
{
	xmlDoc *doc = xmlReadMemory(out->ptr, (int)out->len, NULL, "UTF-8",
	    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
	    XML_PARSE_HUGE);

	if (doc == NULL)
		abort();
	xmlFreeDoc(doc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct binxml *x;
	uint8_t chunk[CHUNK_HEADER + RECORD_MAX] = { 0 };
	uint32_t end = (uint32_t)(CHUNK_HEADER + len);
	struct arena *a;
	struct node *root;
	struct buf out;
	bool is_bad_render, is_bad_tree;

	if (len > RECORD_MAX)
		return 0;
	if (x == NULL && (x = binxml_create()) == NULL)
		return 0;
	memcpy(chunk + CHUNK_HEADER, bytes, len);
	binxml_begin_chunk(x, span_of(chunk, end));
	(void)binxml_is_capi2(x, CHUNK_HEADER, end);
	buf_init(&out, OUTPUT_MAX);
	a = arena_create(BINXML_MAX_TREE);
	is_bad_render = binxml_render(x, CHUNK_HEADER, end, &out) != STATUS_OK;
	if (is_bad_render && is_ceiling(x))
		goto out;
	if (!is_bad_render)
		check_xml(&out);
	is_bad_tree = binxml_tree(x, CHUNK_HEADER, end, a, &root) != STATUS_OK;
	if (is_bad_tree && is_ceiling(x))
		goto out;
	if (is_bad_render != is_bad_tree)
		abort();
out:
	arena_free(a);
	buf_free(&out);
	return 0;
}
