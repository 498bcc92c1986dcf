/* MetaData files of Windows' URL cache, whole, hostile and cut. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "wire/urlcache.h"

#define FIXED 0x74
#define ROOM 4096

static void
put32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
	at[2] = (uint8_t)(value >> 16);
	at[3] = (uint8_t)(value >> 24);
}

static void
put_time(uint8_t *at, ticks t)
{
	put32(at, (uint32_t)t);
	put32(at + 4, (uint32_t)((uint64_t)t >> 32));
}

static size_t
put_wide(uint8_t *at, const char *text, size_t chars)
{
	size_t i;

	for (i = 0; i < chars; i++) {
		at[2 * i] = (uint8_t)text[i];
		at[2 * i + 1] = 0;
	}
	return 2 * chars;
}

/* A file about a URL; `nul` is whether the NUL is counted. */
static struct span
make(uint8_t *room, const char *url, const char *etag, bool has_nul)
{
	size_t len = strlen(url) + has_nul, at = FIXED;

	memset(room, 0, ROOM);
	put32(room, 112);
	at += put_wide(room + at, url, len);
	put32(room + 0x0C, (uint32_t)(2 * len));
	put_time(room + 0x10, time_from_unix(1767225600));
	put_time(room + 0x58, time_from_unix(1760000000));
	put32(room + 0x70, 717);
	len = etag == NULL ? 0 : strlen(etag) + has_nul;
	put32(room + 0x64, (uint32_t)(2 * len));
	if (len > 0)
		at += put_wide(room + at, etag, len);
	return span_of(room, at);
}

static void
a_file_is_read_with_and_without_nul(void **state)
{
	int has_nul;

	for (has_nul = 0; has_nul < 2; has_nul++) {
		struct arena *a = arena_create(1 << 16);
		uint8_t room[ROOM];
		struct span s = make(room, "http://x1.c.lencr.org/",
		    "\"6439ef9c-2cd\"", has_nul);
		struct urlcache_meta meta;
		const char *why;

		assert_int_equal(urlcache_parse(a, s, &meta, &why), STATUS_OK);
		assert_string_equal(meta.url, "http://x1.c.lencr.org/");
		assert_int_equal(meta.url_octets.len, 44);
		assert_string_equal(meta.etag, "\"6439ef9c-2cd\"");
		assert_true(meta.last_download == time_from_unix(1767225600));
		assert_true(meta.last_modified == time_from_unix(1760000000));
		assert_int_equal(meta.content_size, 717);
		arena_free(a);
	}
}

static void
what_is_not_told_is_absent(void **state)
{
	struct arena *a = arena_create(1 << 16);
	uint8_t room[ROOM];
	struct span s = make(room, "http://x/", NULL, true);
	struct urlcache_meta meta;
	const char *why;

	put_time(room + 0x10, 0);
	/* 1601-01-01T00:21:28, as seen in real files. */
	put_time(room + 0x58, 12880000000);
	assert_int_equal(urlcache_parse(a, s, &meta, &why), STATUS_OK);
	assert_true(meta.last_download == TIME_NONE);
	assert_true(meta.last_modified == TIME_NONE);
	assert_null(meta.etag);
	put_time(room + 0x10, -1);
	assert_int_equal(urlcache_parse(a, s, &meta, &why), STATUS_OK);
	assert_true(meta.last_download == TIME_NONE);
	arena_free(a);
}

static void
lengths_are_not_believed(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		enum status wanted;
	} rows[] = {
		{ 0x00, 111, STATUS_UNSUPPORTED },
		{ 0x00, 0xFFFFFFFF, STATUS_UNSUPPORTED },
		{ 0x0C, 0, STATUS_MALFORMED },
		{ 0x0C, 1, STATUS_MALFORMED },
		{ 0x0C, 0x7FFFFFFF, STATUS_MALFORMED },
		{ 0x0C, 0xFFFFFFFF, STATUS_MALFORMED },
		{ 0x64, 0xFFFFFFFF, STATUS_MALFORMED },
		{ 0x64, 0xFFFFFF00, STATUS_MALFORMED },
		{ 0x64, 200, STATUS_MALFORMED },
		{ 0x70, 0xFFFFFFFF, STATUS_OK },
	};
	struct arena *a = arena_create(1 << 16);
	struct urlcache_meta meta;
	uint8_t room[ROOM];
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span s = make(room, "http://x/", "\"e\"", false);
		uint8_t *exact;

		put32(room + rows[i].at, rows[i].value);
		exact = fixture_exact(s);
		assert_int_equal(urlcache_parse(a, span_of(exact, s.len),
		    &meta, &why), rows[i].wanted);
		free(exact);
	}
	arena_free(a);
}

static void
parse(struct span s)
{
	struct arena *a = arena_create(1 << 16);
	struct urlcache_meta meta;
	const char *why = NULL;

	if (urlcache_parse(a, s, &meta, &why) == STATUS_OK) {
		assert_true(meta.url_octets.ptr >= s.ptr &&
		    meta.url_octets.ptr + meta.url_octets.len <=
		        s.ptr + s.len);
		assert_non_null(meta.url);
	} else {
		assert_non_null(why);
	}
	arena_free(a);
}

static void
mutilated_files_do_no_harm(void **state)
{
	uint8_t room[ROOM];

	fixture_mutilate(make(room, "http://example.org/a.crl", "\"e\"", true),
	    parse);
}

static void
names_are_digests(void **state)
{
	/* MD5 of http://x1.c.lencr.org/ in UTF-16LE. */
	static const uint8_t digest[URLCACHE_DIGEST] = { 0x10, 0x36, 0x21,
		0xDE, 0x9C, 0xD5, 0x41, 0x4C, 0xC2, 0x53, 0x87, 0x80, 0xB4,
		0xB7, 0x57, 0x51 };

	assert_true(urlcache_is_name("103621DE9CD5414CC2538780B4B75751"));
	assert_true(urlcache_is_name("50CD3D75D026C82E2E718570BD6F44D0_"
	    "02835C6072261A584AE38D197B622594"));
	assert_false(urlcache_is_name("103621DE9CD5414CC2538780B4B7575"));
	assert_false(urlcache_is_name("103621DE9CD5414CC2538780B4B7575g"));
	assert_false(urlcache_is_name("../../../../../../../etc/passwd1"));
	assert_false(urlcache_is_name("50CD3D75D026C82E2E718570BD6F44D0-"
	    "02835C6072261A584AE38D197B622594"));
	assert_true(urlcache_is_name_of("103621DE9CD5414CC2538780B4B75751",
	    digest));
	assert_true(urlcache_is_name_of("103621de9cd5414cc2538780b4b75751",
	    digest));
	assert_true(urlcache_is_name_of("50CD3D75D026C82E2E718570BD6F44D0_"
	    "103621DE9CD5414CC2538780B4B75751", digest));
	assert_false(urlcache_is_name_of("103621DE9CD5414CC2538780B4B75751_"
	    "50CD3D75D026C82E2E718570BD6F44D0", digest));
	assert_false(urlcache_is_name_of("203621DE9CD5414CC2538780B4B75751",
	    digest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_with_and_without_nul),
		cmocka_unit_test(what_is_not_told_is_absent),
		cmocka_unit_test(lengths_are_not_believed),
		cmocka_unit_test(mutilated_files_do_no_harm),
		cmocka_unit_test(names_are_digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
