#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "wire/evtx/binxml.h"

#include "evtx_maker.h"

struct bench {
	struct maker m;
	struct binxml *x;
	struct arena *arena;
	struct buf out;
	const struct node *root;
};

static int
set_up(void **state)
{
	struct bench *t = test_calloc(1, sizeof(*t));

	t->x = binxml_create();
	t->arena = arena_create(BINXML_MAX_TREE);
	buf_init(&t->out, 64 << 20);
	make_begin(&t->m);
	*state = t;
	return 0;
}

static int
tear_down(void **state)
{
	struct bench *t = *state;

	binxml_free(t->x);
	arena_free(t->arena);
	buf_free(&t->out);
	test_free(t);
	return 0;
}

/* Decode what was made from `from` on, both ways; both must agree. */
static enum status
decode(struct bench *t, uint32_t from)
{
	struct node *root = NULL;
	enum status rc, tree;

	binxml_begin_chunk(t->x, span_of(t->m.b, sizeof(t->m.b)));
	buf_clear(&t->out);
	arena_reset(t->arena);
	rc = binxml_render(t->x, from, t->m.at, &t->out);
	tree = binxml_tree(t->x, from, t->m.at, t->arena, &root);
	assert_int_equal(rc, tree);
	t->root = root;
	return rc;
}

static void
assert_xml(struct bench *t, const char *xml)
{
	if (decode(t, 512) != STATUS_OK)
		fail_msg("%s", binxml_reason(t->x));
	assert_string_equal(buf_text(&t->out), xml);
}

static void
assert_refused(struct bench *t, const char *reason)
{
	assert_int_equal(decode(t, 512), STATUS_MALFORMED);
	assert_string_equal(binxml_reason(t->x), reason);
	assert_int_equal(t->out.len, 0);
	make_begin(&t->m);
}

static void
a_plain_fragment_becomes_indented_xml(void **state)
{
	struct bench *t = *state;
	uint32_t name;

	put_header(&t->m);
	name = put_open(&t->m, "A", 1);
	put_attribute(&t->m, "x");
	put_text(&t->m, "1 < \"2\"");
	put_attribute(&t->m, "empty");
	put_tag_end(&t->m);
	put_leaf(&t->m, "B", "a > \"b\"");
	put(&t->m, 0x01, 1); /* <A/> once more, by reference */
	put(&t->m, 0, 4);
	put(&t->m, name, 4);
	put_empty(&t->m);
	put_open(&t->m, "C", 0);
	put_tag_end(&t->m);
	put_close(&t->m);
	put_close(&t->m);
	put_eof(&t->m);
	assert_xml(t,
	    "<A x=\"1 &lt; &quot;2&quot;\" empty=\"\">\n"
	    "  <B>a &gt; \"b\"</B>\n"
	    "  <A/>\n"
	    "  <C/>\n"
	    "</A>\n");
	assert_string_equal(node_attr(t->root, "x"), "1 < \"2\"");
	assert_string_equal(node_attr(t->root, "empty"), "");
	assert_string_equal(node_text(node_child(t->root, "B")), "a > \"b\"");
	assert_null(node_text(node_child(t->root, "C")));
	assert_non_null(node_child(t->root, "A"));
}

static void
references_and_cdata_become_characters(void **state)
{
	struct bench *t = *state;
	uint32_t quot;

	put_header(&t->m);
	put_open(&t->m, "URL", 1);
	put_attribute(&t->m, "eTag");
	put(&t->m, 0x49, 1);
	quot = put_name(&t->m, "quot");
	put_text(&t->m, "d9e:0");
	put(&t->m, 0x09, 1);
	put(&t->m, quot, 4);
	put_tag_end(&t->m);
	put(&t->m, 0x49, 1);
	put(&t->m, quot, 4);
	put(&t->m, 0x48, 1);
	put(&t->m, 0x20AC, 2);
	put(&t->m, 0x47, 1);
	put(&t->m, 4, 2);
	put_wide(&t->m, "<&]>");
	put(&t->m, 0x09, 1);
	(void)put_name(&t->m, "lt");
	put(&t->m, 0x09, 1);
	(void)put_name(&t->m, "strange");
	put_close(&t->m);
	put_eof(&t->m);
	assert_xml(t,
	    "<URL eTag=\"&quot;d9e:0&quot;\">\"\xE2\x82\xAC&lt;&amp;]&gt;&lt;"
	    "&amp;strange;</URL>\n");
	assert_string_equal(node_attr(t->root, "eTag"), "\"d9e:0\"");
	assert_string_equal(node_text(t->root),
	    "\"\xE2\x82\xAC<&]><&strange;");
}

/* <E a="%0">%0</E> with one value. */
static void
make_one_value(struct bench *t, struct make_value value)
{
	uint32_t at;

	make_begin(&t->m);
	at = put_template(&t->m);
	put_open(&t->m, "E", 1);
	put_attribute(&t->m, "a");
	put_sub(&t->m, 0, value.type);
	put_tag_end(&t->m);
	put_sub(&t->m, 0, value.type);
	put_close(&t->m);
	put_template_end(&t->m, at);
	put_values(&t->m, &value, 1);
	put_eof(&t->m);
}

#define BYTES(text) text, sizeof(text) - 1

static const struct {
	struct make_value value;
	const char *text;
} typed[] = {
	{ { 0x01, BYTES("a\0\xE4\0<\0") }, "a\xC3\xA4&lt;" },
	{ { 0x01, BYTES("a\0\0\0\0\0") }, "a" },
	{ { 0x01, BYTES("\x3D\xD8\x00\xDE") }, "\xF0\x9F\x98\x80" },
	{ { 0x02, BYTES("a\x80\xE4\0") }, "a\xE2\x82\xAC\xC3\xA4" },
	{ { 0x03, BYTES("\x80") }, "-128" },
	{ { 0x04, BYTES("\xFF") }, "255" },
	{ { 0x05, BYTES("\x00\x80") }, "-32768" },
	{ { 0x06, BYTES("\xFF\xFF") }, "65535" },
	{ { 0x07, BYTES("\xFF\xFF\xFF\xFF") }, "-1" },
	{ { 0x08, BYTES("\xFF\xFF\xFF\xFF") }, "4294967295" },
	{ { 0x09, BYTES("\0\0\0\0\0\0\0\x80") }, "-9223372036854775808" },
	{ { 0x0A, BYTES("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF") },
	    "18446744073709551615" },
	{ { 0x0B, BYTES("\xCD\xCC\xCC\x3D") }, "0.1" },
	{ { 0x0B, BYTES("\0\0\x80\xFF") }, "-INF" },
	{ { 0x0C, BYTES("\x9A\x99\x99\x99\x99\x99\xB9\x3F") }, "0.1" },
	{ { 0x0C, BYTES("\0\0\0\0\0\0\xF8\x7F") }, "NaN" },
	{ { 0x0D, BYTES("\1\0\0\0") }, "true" },
	{ { 0x0D, BYTES("\0\0\0\0") }, "false" },
	{ { 0x0E, BYTES("\x01\xAB\xFF") }, "01ABFF" },
	{ { 0x0F, BYTES("\xA8\xA4\xBC\x5B\x09\xB2\xDC\x48\xA8\xC7\xB2\x3D\x3E"
	                "\x52\x16\xFB") },
	    "{5bbca4a8-b209-48dc-a8c7-b23d3e5216fb}" },
	{ { 0x10, BYTES("\x10\0\0\0") }, "0x10" },
	{ { 0x10, BYTES("\x10\0\0\0\1\0\0\0") }, "0x100000010" },
	{ { 0x11, BYTES("\xFC\x41\x8E\xC3\x3A\xE4\xD1\x01") },
	    "2016-07-22T17:02:01.0571260Z" },
	{ { 0x11, BYTES("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF") },
	    "0xffffffffffffffff" },
	{ { 0x12, BYTES("\xE4\x07\x02\0\6\0\x1D\0\x17\0\x3B\0\x3A\0\xE7\x03") },
	    "2020-02-29T23:59:58.9990000Z" },
	{ { 0x12, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") },
	    "0000-00-00T00:00:00.0000000Z" },
	{ { 0x13, BYTES("\1\1\0\0\0\0\0\5\x12\0\0\0") }, "S-1-5-18" },
	{ { 0x13, BYTES("\1\2\1\0\0\0\0\5\x15\0\0\0\xFF\xFF\xFF\xFF") },
	    "S-1-0x10000000005-21-4294967295" },
	{ { 0x14, BYTES("\x13\x20\x09\x80") }, "0x80092013" },
	{ { 0x15, BYTES("\3\0\0\0\0\0\0\x40") }, "0x4000000000000003" },
	{ { 0x15, BYTES("\0\0\0\0\0\0\0\0") }, "0x0" },
	{ { 0x20, BYTES("\4\0\0\0\0\0\0\0") }, "0x4" },
	{ { 0x23, BYTES("<\0a\0/\0>\0") }, "&lt;a/&gt;" },
};

static void
every_value_type_is_written_as_windows_does(void **state)
{
	struct bench *t = *state;
	char xml[256];
	size_t i;

	for (i = 0; i < sizeof(typed) / sizeof(*typed); i++) {
		make_one_value(t, typed[i].value);
		snprintf(xml, sizeof(xml), "<E a=\"%s\">%s</E>\n",
		    typed[i].text, typed[i].text);
		assert_xml(t, xml);
	}
}

static void
arrays_repeat_inside_their_parent(void **state)
{
	static const struct make_value values[] = {
		{ 0x81, BYTES("a\0\0\0\0\0b\0\0\0") },
		{ 0x88, BYTES("\1\0\0\0\2\0\0\0") },
		{ 0x81, "", 0 },
		{ 0x93, BYTES("\1\1\0\0\0\0\0\5\x12\0\0\0"
		              "\1\1\0\0\0\0\0\5\x13\0\0\0") },
	};
	struct bench *t = *state;
	const struct node *data;
	uint32_t at = put_template(&t->m);
	int i;

	put_open(&t->m, "EventData", 0);
	put_tag_end(&t->m);
	for (i = 0; i < 4; i++) {
		put_open(&t->m, "Data", 1);
		put_attribute(&t->m, "n");
		put_text(&t->m, "x");
		put_tag_end(&t->m);
		put_sub(&t->m, i, values[i].type);
		put_close(&t->m);
	}
	put_open(&t->m, "Many", 1);
	put_attribute(&t->m, "all");
	put_sub(&t->m, 1, 0x88);
	put_tag_end(&t->m);
	put_text(&t->m, "n: ");
	put_sub(&t->m, 1, 0x88);
	put_close(&t->m);
	put_close(&t->m);
	put_template_end(&t->m, at);
	put_values(&t->m, values, 4);
	put_eof(&t->m);
	assert_xml(t,
	    "<EventData>\n"
	    "  <Data n=\"x\">a</Data>\n"
	    "  <Data n=\"x\"/>\n"
	    "  <Data n=\"x\">b</Data>\n"
	    "  <Data n=\"x\">1</Data>\n"
	    "  <Data n=\"x\">2</Data>\n"
	    "  <Data n=\"x\"/>\n"
	    "  <Data n=\"x\">S-1-5-18</Data>\n"
	    "  <Data n=\"x\">S-1-5-19</Data>\n"
	    "  <Many all=\"1, 2\">n: 1, 2</Many>\n"
	    "</EventData>\n");
	data = node_child(t->root, "Data");
	assert_string_equal(data->text, "a");
	data = node_next(data);
	assert_null(data->text);
	data = node_next(data);
	assert_string_equal(data->text, "b");
	assert_string_equal(node_attr(data, "n"), "x");
	assert_string_equal(node_text(node_child(t->root, "Many")),
	    "n: 1, 2");
}

static void
null_drops_the_attribute_and_keeps_the_element(void **state)
{
	static const struct make_value values[] = {
		{ 0x00, "", 0 },
		{ 0x01, "", 0 },
		{ 0x08, BYTES("\7\0\0\0") },
	};
	struct bench *t = *state;
	uint32_t at = put_template(&t->m);

	put_open(&t->m, "R", 0);
	put_tag_end(&t->m);
	put_open(&t->m, "Correlation", 1);
	put_attribute(&t->m, "ActivityID");
	put_sub(&t->m, 0, 0x0F);
	put_attribute(&t->m, "empty");
	put_sub(&t->m, 1, 0x01);
	put_attribute(&t->m, "both");
	put_sub(&t->m, 0, 0x01);
	put_sub(&t->m, 0, 0x01);
	put_attribute(&t->m, "one");
	put_sub(&t->m, 0, 0x01);
	put_sub(&t->m, 2, 0x08);
	put_attribute(&t->m, "said");
	put_text(&t->m, "n=");
	put_sub(&t->m, 0, 0x01);
	put_attribute(&t->m, "absent"); /* no such value */
	put_sub(&t->m, 99, 0x01);
	put_empty(&t->m);
	put_open(&t->m, "Data", 0);
	put_tag_end(&t->m);
	put_sub(&t->m, 0, 0x01);
	put_close(&t->m);
	put_open(&t->m, "Data", 0);
	put_tag_end(&t->m);
	put(&t->m, 0x0D, 1);
	put(&t->m, 1, 2);
	put(&t->m, 1, 1);
	put_sub(&t->m, 99, 0x01);
	put_close(&t->m);
	put_close(&t->m);
	put_template_end(&t->m, at);
	put_values(&t->m, values, 3);
	put_eof(&t->m);
	assert_xml(t,
	    "<R>\n"
	    "  <Correlation empty=\"\" one=\"7\" said=\"n=\"/>\n"
	    "  <Data/>\n"
	    "  <Data/>\n"
	    "</R>\n");
	assert_null(node_attr(node_child(t->root, "Correlation"),
	    "ActivityID"));
	assert_string_equal(node_attr(node_child(t->root, "Correlation"),
	    "empty"), "");
	assert_null(node_text(node_child(t->root, "Data")));
}

static void
literal_values_may_have_any_type(void **state)
{
	struct bench *t = *state;

	put_open(&t->m, "E", 0);
	put_tag_end(&t->m);
	put(&t->m, 0x0805, 2);
	put(&t->m, 42, 4);
	put_text(&t->m, " ");
	put(&t->m, 0x1305, 2);
	put_bytes(&t->m, BYTES("\1\1\0\0\0\0\0\5\x12\0\0\0"));
	put_text(&t->m, " ");
	put(&t->m, 0x0E05, 2);
	put(&t->m, 2, 2);
	put(&t->m, 0xFFEE, 2);
	put_close(&t->m);
	assert_xml(t, "<E>42 S-1-5-18 EEFF</E>\n");
	assert_string_equal(t->root->text, "42 S-1-5-18 EEFF");
}

/* <Event><UserData>%0</UserData></Event> around a fragment made by `make`. */
static void
make_user_data(struct bench *t, void (*make)(struct maker *m))
{
	uint32_t at = put_template(&t->m), size_at, begin;

	put_open(&t->m, "Event", 0);
	put_tag_end(&t->m);
	put_open(&t->m, "UserData", 0);
	put_tag_end(&t->m);
	put_sub(&t->m, 0, 0x21);
	put_close(&t->m);
	put_close(&t->m);
	put_template_end(&t->m, at);
	put(&t->m, 1, 4);
	size_at = t->m.at;
	put(&t->m, 0x00210000, 4);
	begin = t->m.at;
	make(&t->m);
	put_at(t->m.b + size_at, t->m.at - begin, 2);
	put_eof(&t->m);
}

static void
make_plain(struct maker *m)
{
	put_header(m);
	put_open(m, "Outer", 0);
	put_tag_end(m);
	put_leaf(m, "Inner", "text");
	put_close(m);
	put_eof(m);
}

static void
make_plain_with_dependencies(struct maker *m)
{
	m->has_dependency = 1;
	make_plain(m);
}

static void
make_inner_instance(struct maker *m)
{
	static const struct make_value value = { 0x01, BYTES("t\0") };
	uint32_t at = put_template(m);

	put_open(m, "Outer", 0);
	put_tag_end(m);
	put_open(m, "Inner", 0);
	put_tag_end(m);
	put_sub(m, 0, 0x01);
	put_text(m, "ext");
	put_close(m);
	put_close(m);
	put_template_end(m, at);
	put_values(m, &value, 1);
	put_eof(m);
}

static void
user_data_holds_a_fragment_of_any_dialect(void **state)
{
	static void (*const make[])(struct maker *m) = {
		make_plain,
		make_plain_with_dependencies,
		make_inner_instance,
	};
	struct bench *t = *state;
	size_t i;

	for (i = 0; i < sizeof(make) / sizeof(*make); i++) {
		make_begin(&t->m);
		make_user_data(t, make[i]);
		assert_xml(t,
		    "<Event>\n"
		    "  <UserData>\n"
		    "    <Outer>\n"
		    "      <Inner>text</Inner>\n"
		    "    </Outer>\n"
		    "  </UserData>\n"
		    "</Event>\n");
		assert_string_equal(node_text(node_find(t->root, "Inner")),
		    "text");
	}
}

static void
make_text_only(struct maker *m)
{
	put_header(m);
	put_text(m, "bare");
	put_eof(m);
}

static void
make_nothing(struct maker *m)
{
	put_header(m);
	put_eof(m);
}

static void
user_data_may_be_text_or_nothing(void **state)
{
	struct bench *t = *state;

	make_user_data(t, make_text_only);
	assert_xml(t, "<Event>\n  <UserData>bare</UserData>\n</Event>\n");
	make_begin(&t->m);
	make_user_data(t, make_nothing);
	assert_xml(t, "<Event>\n  <UserData/>\n</Event>\n");
}

static void
a_template_is_found_by_its_offset(void **state)
{
	static const struct make_value one = { 0x08, BYTES("\1\0\0\0") };
	static const struct make_value two = { 0x08, BYTES("\2\0\0\0") };
	struct bench *t = *state;
	uint32_t at = put_template(&t->m), second;

	put_open(&t->m, "E", 0);
	put_tag_end(&t->m);
	put_sub(&t->m, 0, 0x08);
	put_close(&t->m);
	put_template_end(&t->m, at);
	put_values(&t->m, &one, 1);
	put_eof(&t->m);
	assert_xml(t, "<E>1</E>\n");
	second = t->m.at;
	put_instance(&t->m, at);
	put_values(&t->m, &two, 1);
	put_eof(&t->m);
	assert_int_equal(decode(t, second), STATUS_OK);
	assert_string_equal(buf_text(&t->out), "<E>2</E>\n");
}

static void
mixed_content_gets_no_indentation(void **state)
{
	static const struct make_value value = { 0x01, BYTES("t\0") };
	struct bench *t = *state;
	uint32_t at;

	put_open(&t->m, "R", 0);
	put_tag_end(&t->m);
	put_leaf(&t->m, "B", "b");
	put_text(&t->m, "tail");
	put_close(&t->m);
	assert_xml(t, "<R><B>b</B>tail</R>\n");
	assert_string_equal(t->root->text, "tail");

	make_begin(&t->m);
	at = put_template(&t->m);
	put_open(&t->m, "R", 0);
	put_tag_end(&t->m);
	put_sub(&t->m, 0, 0x01);
	put_leaf(&t->m, "B", "b");
	put_close(&t->m);
	put_template_end(&t->m, at);
	put_values(&t->m, &value, 1);
	assert_xml(t, "<R>t<B>b</B></R>\n");
}

static void
processing_instructions_are_read(void **state)
{
	struct bench *t = *state;

	put_open(&t->m, "R", 0);
	put_tag_end(&t->m);
	put(&t->m, 0x0A, 1);
	(void)put_name(&t->m, "target");
	put(&t->m, 0x0B, 1);
	put(&t->m, 3, 2);
	put_wide(&t->m, "?>x");
	put_close(&t->m);
	put_eof(&t->m);
	assert_xml(t, "<R>\n  <?target ?&gt;x?>\n</R>\n");
}

static void
what_is_not_well_formed_is_refused(void **state)
{
	struct bench *t = *state;
	uint32_t at;
	int i;

	put_open(&t->m, "R", 1);
	for (i = 0; i < 2; i++) {
		put_attribute(&t->m, "a");
		put_text(&t->m, "v");
	}
	put_empty(&t->m);
	assert_refused(t, "An attribute occurs twice in an element.");
	put_open(&t->m, "no name", 0);
	put_empty(&t->m);
	assert_refused(t,
	    "The name of an element or attribute is not one.");
	put_open(&t->m, "R", 0);
	put_tag_end(&t->m);
	put_eof(&t->m);
	assert_refused(t, "The binary XML ends inside an element.");
	put_leaf(&t->m, "R", "x");
	put_close(&t->m);
	assert_refused(t, "An element ends that did not begin.");
	put_leaf(&t->m, "R", "x");
	put_leaf(&t->m, "S", "x");
	assert_refused(t, "The record has more than one root element.");
	put_leaf(&t->m, "R", "x");
	put_text(&t->m, "x");
	assert_refused(t, "Text stands outside the root element.");
	put_open(&t->m, "R", 0);
	put_tag_end(&t->m);
	put_sub(&t->m, 0, 1);
	put_close(&t->m);
	assert_refused(t, "A substitution stands outside a template.");
	put_open(&t->m, "R", 0);
	put(&t->m, 0x3F, 1);
	assert_refused(t, "An unknown token is in the binary XML.");
	put_header(&t->m);
	put_eof(&t->m);
	assert_refused(t, "The record holds no element.");
	put_instance(&t->m, 70000);
	put(&t->m, 0, 4);
	assert_refused(t, "A template lies outside the chunk.");
	at = put_template(&t->m);
	put_instance(&t->m, at);
	put_template_end(&t->m, at);
	put(&t->m, 0, 4);
	assert_refused(t, "A template stands inside a template.");
	make_one_value(t, (struct make_value){ 0x0F, "short", 5 });
	assert_refused(t, "A value does not fit its type.");
	make_one_value(t, (struct make_value){ 0x77, "?", 1 });
	assert_refused(t, "A value does not fit its type.");
}

static void
depth_has_a_ceiling(void **state)
{
	struct bench *t = *state;
	int i;

	for (i = 0; i < BINXML_MAX_DEPTH; i++) {
		put_open(&t->m, "E", 0);
		put_tag_end(&t->m);
	}
	for (i = 0; i < BINXML_MAX_DEPTH; i++)
		put_close(&t->m);
	assert_int_equal(decode(t, 512), STATUS_OK);
	make_begin(&t->m);
	for (i = 0; i <= BINXML_MAX_DEPTH; i++) {
		put_open(&t->m, "E", 0);
		put_tag_end(&t->m);
	}
	assert_refused(t, "Elements are nested too deep or are too many.");
}

/* Each level holds the next one thirty times: 30^8 elements if believed. */
static void
laughs_do_not_multiply(void **state)
{
	struct bench *t = *state;
	uint32_t at, sizes[9], begins[9];
	int i, n = 0;

	at = put_template(&t->m);
	put_open(&t->m, "E", 0);
	put_tag_end(&t->m);
	for (i = 0; i < 30; i++)
		put_sub(&t->m, 0, 0x21);
	put_close(&t->m);
	put_template_end(&t->m, at);
	for (;;) {
		put(&t->m, 1, 4);
		sizes[n] = t->m.at;
		put(&t->m, 0x00210000, 4);
		begins[n++] = t->m.at;
		if (n == 7)
			break;
		put_instance(&t->m, at);
	}
	put_header(&t->m);
	put_eof(&t->m);
	for (i = 0; i < n; i++)
		put_at(t->m.b + sizes[i], t->m.at - begins[i], 2);
	binxml_begin_chunk(t->x, span_of(t->m.b, sizeof(t->m.b)));
	assert_int_equal(binxml_render(t->x, 512, t->m.at, &t->out),
	    STATUS_MALFORMED);
}

/* <Event><System><Provider Name= .../></System></Event> */
static bool
provider_is_capi2(struct bench *t, const char *name, const char *source,
    bool is_by_value)
{
	struct make_value value = { 0x01, NULL, 0 };
	uint8_t wide[128];
	uint32_t at;
	size_t i;

	make_begin(&t->m);
	at = put_template(&t->m);
	put_open(&t->m, "Event", 0);
	put_tag_end(&t->m);
	put_open(&t->m, "System", 0);
	put_tag_end(&t->m);
	put_open(&t->m, "Provider", 1);
	put_attribute(&t->m, "Name");
	if (is_by_value)
		put_sub(&t->m, 0, 1);
	else
		put_text(&t->m, name);
	put_attribute(&t->m, "EventSourceName");
	put_text(&t->m, source);
	put_empty(&t->m);
	put_close(&t->m);
	put_close(&t->m);
	put_template_end(&t->m, at);
	for (i = 0; i < strlen(name); i++)
		put_at(wide + i * 2, (unsigned char)name[i], 2);
	value.bytes = wide;
	value.len = i * 2;
	put_values(&t->m, &value, 1);
	put_eof(&t->m);
	assert_int_equal(decode(t, 512), STATUS_OK);
	return binxml_is_capi2(t->x, 512, t->m.at);
}

static void
the_provider_is_known_without_decoding(void **state)
{
	struct bench *t = *state;
	int by_value;

	for (by_value = 0; by_value < 2; by_value++) {
		assert_true(provider_is_capi2(t, "Microsoft-Windows-CAPI2",
		    "", by_value));
		assert_true(provider_is_capi2(t, "microsoft-windows-capi2",
		    "", by_value));
		assert_true(provider_is_capi2(t, "Crypt32", "", by_value));
		assert_true(provider_is_capi2(t, "Other", "crypt32",
		    by_value));
		assert_false(provider_is_capi2(t, "Microsoft-Windows-CAPI",
		    "x", by_value));
		assert_false(provider_is_capi2(t, "Microsoft-Windows-CAPI22",
		    "x", by_value));
	}
	make_begin(&t->m);
	put_leaf(&t->m, "Unknown", "x");
	assert_int_equal(decode(t, 512), STATUS_OK);
	assert_true(binxml_is_capi2(t->x, 512, t->m.at));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_plain_fragment_becomes_indented_xml),
		CASE(references_and_cdata_become_characters),
		CASE(every_value_type_is_written_as_windows_does),
		CASE(arrays_repeat_inside_their_parent),
		CASE(null_drops_the_attribute_and_keeps_the_element),
		CASE(literal_values_may_have_any_type),
		CASE(user_data_holds_a_fragment_of_any_dialect),
		CASE(user_data_may_be_text_or_nothing),
		CASE(a_template_is_found_by_its_offset),
		CASE(mixed_content_gets_no_indentation),
		CASE(processing_instructions_are_read),
		CASE(what_is_not_well_formed_is_refused),
		CASE(depth_has_a_ceiling),
		CASE(laughs_do_not_multiply),
		CASE(the_provider_is_known_without_decoding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
