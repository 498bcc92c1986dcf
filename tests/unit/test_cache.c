/* What the cache keeps, gives back, replaces, evicts and survives. */
#include "cache_world.h"

#include <sys/mman.h>

#include "../../bench/crl_make.h"
#include "wire/crl_index.h"

static void
what_is_stored_is_found(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_entry e = small_entry(URL, "a body"), got;

	assert_string_equal(cache_problem(c), "");
	assert_int_equal(find(&w, c, URL, NOW, &got), STATUS_NOT_FOUND);
	e.etag = "\"abc\"";
	e.last_modified = "Thu, 01 Jan 2026 00:00:00 GMT";
	e.signed_by = span_of_text("a key");
	e.dates.publish = NOW + DAY;
	must_store(c, &e, NOW);
	assert_int_equal(world_sql(&w, "SELECT journal_mode = 'wal'"
	    " FROM pragma_journal_mode"), 1);
	cache_close(c);

	c = world_cache(&w);
	assert_int_equal(find(&w, c, URL, NOW, &got), STATUS_OK);
	cache_close(c);
	/* It lives as long as the arena. */
	assert_int_equal(got.kind, RETRIEVAL_CRL);
	assert_string_equal(got.url, URL);
	assert_int_equal(got.bytes, 6);
	assert_memory_equal(got.body.ptr, "a body", 6);
	assert_memory_equal(got.signed_by.ptr, "a key", got.signed_by.len);
	assert_string_equal(got.issuer, "Example CA");
	assert_string_equal(got.etag, "\"abc\"");
	assert_string_equal(got.last_modified, e.last_modified);
	assert_memory_equal(&got.dates, &e.dates, sizeof(e.dates));
	assert_int_equal(got.sha1[0], 0x68); /* of "a body" */
	assert_false(got.is_negative);
	assert_true(got.failure_until == TIME_NONE);
	world_close(&w);
}

static void
the_folder_is_ours_alone(void **state)
{
	struct world w = world_open();
	struct fetch_limits limits = FETCH_LIMITS_DEFAULT;
	const char *folder = world_path(&w, "deep/down");
	struct cache *c;
	struct stat st;

	assert_int_equal(cache_open(folder, &limits, &c), STATUS_OK);
	assert_true(cache_is_writable(c));
	cache_close(c);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(world_path(&w, "deep"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);

	/* One where everybody could put a CRL that suits him is not used. */
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(cache_open(folder, &limits, &c), STATUS_OK);
	assert_false(cache_is_usable(c));
	assert_non_null(strstr(cache_problem(c), "everybody may write"));
	cache_close(c);
	assert_int_equal(chmod(folder, 0770), 0);
	assert_int_equal(cache_open(folder, &limits, &c), STATUS_OK);
	assert_false(cache_is_usable(c));
	assert_non_null(strstr(cache_problem(c), "a group may write"));
	cache_close(c);
	world_close(&w);
}

static void
a_key_is_kind_url_and_subject(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_entry e = small_entry(URL, "1"), got;
	struct cache_key key = { RETRIEVAL_OCSP, URL, { NULL, 0 } };

	must_store(c, &e, NOW);
	assert_int_equal(cache_find(c, w.arena, &key, NOW, &got),
	    STATUS_NOT_FOUND);
	e.kind = RETRIEVAL_OCSP;
	e.body = span_of_text("2");
	e.subject = span_of_text("one");
	must_store(c, &e, NOW);
	e.body = span_of_text("3");
	e.subject = span_of_text("two");
	must_store(c, &e, NOW);
	key.subject = span_of_text("one");
	assert_int_equal(cache_find(c, w.arena, &key, NOW, &got), STATUS_OK);
	assert_int_equal(got.body.ptr[0], '2');
	assert_memory_equal(got.subject.ptr, "one", 3);
	assert_true(has_body(&w, c, URL, "1"));
	assert_int_equal(find(&w, c, URL "x", NOW, &got), STATUS_NOT_FOUND);
	assert_int_equal(must_verify(c).entries, 3);
	cache_close(c);
	world_close(&w);
}

static void
older_never_replaces_newer(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_entry e = small_entry(URL, "new");

	must_store(c, &e, NOW);
	e.body = span_of_text("old");
	e.dates.this_update -= 1;
	assert_int_equal(cache_store(c, &e, NOW), STATUS_END);
	assert_true(has_body(&w, c, URL, "new"));
	e.body = span_of_text("same date");
	e.dates.this_update += 1;
	must_store(c, &e, NOW);
	assert_true(has_body(&w, c, URL, "same date"));
	e.body = span_of_text("newer");
	e.dates.this_update += 1;
	must_store(c, &e, NOW);
	assert_true(has_body(&w, c, URL, "newer"));

	/* A date ahead of the clock does not bar its own correction. */
	e.body = span_of_text("of 2030");
	e.dates.this_update = NOW + 1460 * DAY;
	must_store(c, &e, NOW);
	e.body = span_of_text("corrected");
	e.dates.this_update = NOW;
	must_store(c, &e, NOW);
	assert_true(has_body(&w, c, URL, "corrected"));
	assert_int_equal(must_verify(c).entries, 1);
	cache_close(c);
	world_close(&w);
}

static void
a_failure_stands_beside_the_object(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_entry e = small_entry(URL, "good"), got;
	struct cache_key key = key_of(URL);

	assert_int_equal(cache_remember_failure(c, &key, OUTCOME_HTTP, 503,
	    "no service", NOW), STATUS_OK);
	assert_int_equal(find(&w, c, URL, NOW + 1, &got), STATUS_OK);
	assert_true(got.is_negative);
	assert_int_equal(got.failure, OUTCOME_HTTP);
	assert_int_equal(got.failure_http_status, 503);
	assert_string_equal(got.failure_detail, "no service");
	assert_true(got.failure_until == NOW + 60 * TICKS_PER_SECOND);
	assert_int_equal(got.body.len, 0);

	/* A success ends it. */
	must_store(c, &e, NOW + 1);
	assert_int_equal(find(&w, c, URL, NOW + 2, &got), STATUS_OK);
	assert_true(!got.is_negative && got.failure_until == TIME_NONE);

	/* A new one leaves the object alone. */
	assert_int_equal(cache_remember_failure(c, &key, OUTCOME_DNS, 0, NULL,
	    NOW), STATUS_OK);
	assert_int_equal(find(&w, c, URL, NOW + 1, &got), STATUS_OK);
	assert_false(got.is_negative);
	assert_int_equal(got.failure, OUTCOME_DNS);
	assert_null(got.failure_detail);
	assert_memory_equal(got.body.ptr, "good", 4);

	/* Forgotten after its time, and when the clock was set back. */
	assert_int_equal(find(&w, c, URL, NOW + 60 * TICKS_PER_SECOND, &got),
	    STATUS_OK);
	assert_true(got.failure_until == TIME_NONE);
	assert_int_equal(find(&w, c, URL, NOW - DAY, &got), STATUS_OK);
	assert_true(got.failure_until == TIME_NONE);
	cache_close(c);
	world_close(&w);
}

static void
failures_have_a_ceiling(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_key key = key_of(URL);
	int i;

	/* As an attacker's certificates would have it. */
	world_sql(&w, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
	    " FROM n WHERE i < 12000) INSERT INTO failure SELECT 1, 'http://'"
	    " || i, x'', 'dns', 0, NULL, 133000000000000000 + i * 10 FROM n");
	w.limits.negative_seconds = 60;
	for (i = 0; i < 2; i++)
		assert_int_equal(cache_remember_failure(c, &key, OUTCOME_DNS,
		    0, NULL, 132999999000000000), STATUS_OK);
	assert_in_range(world_sql(&w, "SELECT count(*) FROM failure"), 9990,
	    CACHE_MAX_FAILURES);
	/* Those whose time is over go at the next one. */
	assert_int_equal(cache_remember_failure(c, &key, OUTCOME_DNS, 0, NULL,
	    NOW + 3650 * DAY), STATUS_OK);
	assert_int_equal(world_sql(&w, "SELECT count(*) FROM failure"), 1);
	cache_close(c);
	world_close(&w);
}

static void
a_304_renews_the_dates_only(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_entry e = small_entry(URL, "body"), answer, got;
	struct cache_key key = key_of(URL);

	answer = (struct cache_entry){ .kind = RETRIEVAL_CRL, .url = URL,
		.etag = "\"2\"", .dates = { NOW + DAY, TIME_NONE, TIME_NONE,
		    TIME_NONE, NOW + 2 * DAY } };
	assert_int_equal(cache_touch(c, &answer, NOW), STATUS_NOT_FOUND);
	e.etag = "\"1\"";
	e.last_modified = "then";
	must_store(c, &e, NOW);
	assert_int_equal(cache_remember_failure(c, &key, OUTCOME_DNS, 0, NULL,
	    NOW + DAY), STATUS_OK);
	assert_int_equal(cache_touch(c, &answer, NOW + DAY), STATUS_OK);
	assert_int_equal(find(&w, c, URL, NOW + DAY, &got), STATUS_OK);
	assert_true(got.dates.fetched == NOW + DAY);
	assert_true(got.dates.expire == NOW + 2 * DAY);
	assert_true(got.dates.this_update == e.dates.this_update);
	assert_true(got.dates.next_update == e.dates.next_update);
	assert_string_equal(got.etag, "\"2\"");
	assert_string_equal(got.last_modified, "then");
	assert_memory_equal(got.body.ptr, "body", 4);
	assert_true(got.failure_until == TIME_NONE);

	/* It makes no object live beyond its end. */
	answer.dates.expire = NOW + 99 * DAY;
	assert_int_equal(cache_touch(c, &answer, NOW + DAY), STATUS_OK);
	assert_int_equal(find(&w, c, URL, NOW + DAY, &got), STATUS_OK);
	assert_true(got.dates.expire == e.dates.next_update);
	assert_int_equal(must_verify(c).damaged, 0);
	cache_close(c);
	world_close(&w);
}

static void
what_can_never_fit_is_refused(void **state)
{
	struct world w = world_open();
	struct cache_entry e = small_entry(URL, "");
	struct cache *c;

	w.limits.cache_bytes = 1000;
	c = world_cache(&w);
	assert_int_equal(cache_store(c, &e, NOW), STATUS_TOO_BIG);
	e.body = span_of_text(long_body(&w, 'x', 1001));
	assert_int_equal(cache_store(c, &e, NOW), STATUS_TOO_BIG);
	e = small_entry(long_body(&w, 'u', CACHE_MAX_URL + 1), "x");
	assert_int_equal(cache_store(c, &e, NOW), STATUS_TOO_BIG);
	/* What is only for people or the server is left out instead. */
	e = small_entry(URL, "x");
	e.etag = e.issuer = long_body(&w, 'e', 5000);
	must_store(c, &e, NOW);
	assert_int_equal(find(&w, c, URL, NOW, &e), STATUS_OK);
	assert_null(e.etag);
	assert_null(e.issuer);
	cache_close(c);
	world_close(&w);
}

static size_t
pages_in_memory(struct span mapped)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), i, count = 0;
	size_t pages = (mapped.len + page - 1) / page;
	unsigned char *in = calloc(pages, 1);

	assert_non_null(in);
	assert_int_equal(mincore((void *)(uintptr_t)mapped.ptr, mapped.len,
	    in), 0);
	for (i = 0; i < pages; i++)
		count += in[i] & 1;
	free(in);
	return count;
}

/* Have the system forget the pages of big files; false where it does not. */
static bool
cool_down(struct world *w)
{
	DIR *dir = opendir(world_path(w, "big"));
	bool is_cold = true;
	struct dirent *d;
	struct stat st;
	void *at;
	int fd;

	assert_non_null(dir);
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		fd = openat(dirfd(dir), d->d_name, O_RDONLY);
		assert_true(fd >= 0 && fstat(fd, &st) == 0);
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd,
		    0);
		assert_true(at != MAP_FAILED);
		if (pages_in_memory(span_of(at, (size_t)st.st_size)) > 0)
			is_cold = false;
		munmap(at, (size_t)st.st_size);
		close(fd);
	}
	closedir(dir);
	return is_cold;
}

static struct crl_index *
open_index(struct world *w, const struct cache_entry *e)
{
	struct crl_index *index;
	struct der_fault fault;
	struct crl *crl;

	assert_int_equal(crl_parse(w->arena, e->body, &crl, &fault),
	    STATUS_OK);
	assert_int_equal(crl_index_open(w->arena, e->index, crl, e->sha256,
	    &index), STATUS_OK);
	return index;
}

static bool
is_listed(const struct crl_index *index, uint64_t n)
{
	uint8_t serial[CRL_MAKE_SERIAL];
	struct crl_entry entry;
	struct der_fault fault;

	crl_make_serial(n, serial);
	return crl_index_find(index, span_of(serial, sizeof(serial)), &entry,
	    &fault) == STATUS_OK;
}

#define MANY 300000

static void
a_big_crl_is_asked_where_it_lies(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_entry e = small_entry(URL, ""), got;
	struct crl_index *index;
	struct buf der;
	bool is_cold;
	int i;

	buf_init(&der, (size_t)64 << 20);
	crl_make(&der, MANY);
	e.body = span_of(der.ptr, der.len);
	must_store(c, &e, NOW);
	cache_close(c);
	buf_free(&der);
	assert_int_equal(world_files(&w, "big", ""), 2);
	assert_int_equal(world_sql(&w, "SELECT max(length(body)) FROM entry"),
	    0);

	c = world_cache(&w);
	is_cold = cool_down(&w);
	assert_int_equal(find(&w, c, URL, NOW, &got), STATUS_OK);
	index = open_index(&w, &got);
	for (i = 0; i < 4; i++) {
		assert_true(is_listed(index, (uint64_t)i * 50000));
		assert_false(is_listed(index, MANY + (uint64_t)i));
	}
	assert_true(got.body.len > (size_t)10 << 20);
	/* It came from the disk by the page, and was not read through. */
	if (is_cold)
		assert_in_range(pages_in_memory(got.body), 1, 64);
	/* The same again is the same mapping. */
	assert_int_equal(find(&w, c, URL, NOW, &e), STATUS_OK);
	assert_ptr_equal(e.body.ptr, got.body.ptr);
	cache_close(c);
	/* The arena still has it. */
	assert_true(is_listed(index, MANY - 1));
	assert_false(is_listed(index, MANY));
	world_close(&w);
}

static void
who_has_a_big_one_mapped_keeps_it(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w), *other = world_cache(&w);
	struct cache_entry e = small_entry(URL, ""), old, new;
	const char *bodies[] = { long_body(&w, 'a', CACHE_BIG_BYTES),
		long_body(&w, 'b', CACHE_BIG_BYTES + 1) };

	e.body = span_of_text(bodies[0]);
	must_store(c, &e, NOW);
	assert_int_equal(find(&w, c, URL, NOW, &old), STATUS_OK);
	assert_int_equal(old.index.len, 0); /* no CRL at all */
	e.body = span_of_text(bodies[1]);
	must_store(other, &e, NOW);
	assert_int_equal(world_files(&w, "big", ""), 1);
	assert_memory_equal(old.body.ptr, bodies[0], old.body.len);
	assert_int_equal(find(&w, c, URL, NOW, &new), STATUS_OK);
	assert_int_equal(new.body.len, CACHE_BIG_BYTES + 1);
	assert_memory_equal(new.body.ptr, bodies[1], new.body.len);
	/* A small one in its place takes the file away. */
	e.body = span_of_text("small");
	must_store(c, &e, NOW);
	assert_int_equal(world_files(&w, "big", ""), 0);
	cache_close(c);
	cache_close(other);
	world_close(&w);
}

static void
mappings_do_not_pile_up(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_entry e = small_entry(URL, ""), got;
	size_t files = open_files();
	FILE *f;
	char line[512];
	int i, maps = 0;

	for (i = 0; i < 40; i++) {
		struct arena *a = arena_create(1 << 20);
		struct cache_key key;

		e.url = arena_printf(w.arena, "http://example.org/%d", i);
		e.body = span_of_text(long_body(&w, 'a', CACHE_BIG_BYTES));
		must_store(c, &e, NOW);
		key = key_of(e.url);
		assert_int_equal(cache_find(c, a, &key, NOW, &got), STATUS_OK);
		arena_free(a);
	}
	f = fopen("/proc/self/maps", "r");
	while (fgets(line, sizeof(line), f) != NULL)
		maps += strstr(line, "/big/") != NULL;
	fclose(f);
	assert_in_range(maps, 1, 8);
	assert_int_equal(open_files(), files);
	cache_close(c);
	world_close(&w);
}

static void
room_is_made_in_the_right_order(void **state)
{
	struct world w = world_open();
	struct cache_entry e;
	struct cache *c;
	int i;

	w.limits.cache_objects = 10;
	c = world_cache(&w);
	for (i = 0; i < 10; i++) {
		e = small_entry(arena_printf(w.arena, "http://%d", i), "x");
		if (i == 7) { /* over for long, though used last */
			e.dates.next_update = NOW - 60 * DAY;
		} else if (i == 5) { /* in time, fetched long ago */
			e.dates.fetched = NOW - 40 * DAY;
		} else if (i == 6) { /* over since yesterday */
			e.dates.next_update = NOW - DAY;
		}
		must_store(c, &e, NOW - (10 - i) * HOUR);
	}
	/* 9 are 90 percent of 10: the eleventh drives two out. */
	e = small_entry("http://a", "x");
	must_store(c, &e, NOW);
	assert_int_equal(must_verify(c).entries, 9);
	assert_false(has_body(&w, c, "http://7", "x"));
	assert_false(has_body(&w, c, "http://5", "x"));
	e.url = "http://b";
	must_store(c, &e, NOW);
	e.url = "http://c";
	must_store(c, &e, NOW);
	assert_int_equal(must_verify(c).entries, 9);
	assert_false(has_body(&w, c, "http://6", "x"));
	assert_false(has_body(&w, c, "http://0", "x"));
	assert_true(has_body(&w, c, "http://1", "x"));
	assert_true(has_body(&w, c, "http://c", "x"));
	cache_close(c);
	world_close(&w);
}

static void
the_size_is_kept(void **state)
{
	struct world w = world_open();
	struct cache_entry e;
	struct cache *c;
	int i;

	w.limits.cache_bytes = 1000000;
	c = world_cache(&w);
	for (i = 0; i < 30; i++) {
		e = small_entry(arena_printf(w.arena, "http://%d", i),
		    long_body(&w, 'x', i % 3 == 0 ? CACHE_BIG_BYTES : 50000));
		must_store(c, &e, NOW + i * TICKS_PER_SECOND);
		assert_in_range(world_sql(&w, "SELECT sum(bytes) FROM entry"),
		    1, 1000000);
		assert_true(has_body(&w, c, e.url, (const char *)e.body.ptr));
	}
	assert_int_equal(world_sql(&w,
	    "SELECT sum(bytes) = (SELECT bytes FROM total) AND count(*) ="
	    " (SELECT objects FROM total) FROM entry"), 1);
	/* No file without its row, and none left of those that went. */
	assert_int_equal(world_files(&w, "big", ""),
	    world_sql(&w, "SELECT count(file) FROM entry"));
	assert_int_equal(must_verify(c).orphans, 0);
	cache_close(c);
	world_close(&w);
}

static void
a_warm_read_writes_nothing(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_entry e = small_entry(URL, "x");
	struct stat before, after;
	int i;

	must_store(c, &e, NOW);
	assert_int_equal(stat(world_path(&w, "objects.db-wal"), &before), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(find(&w, c, URL, NOW + HOUR, &e), STATUS_OK);
	/* Hours later too, until something else is written. */
	for (i = 0; i < 100; i++)
		assert_int_equal(find(&w, c, URL, NOW + DAY, &e), STATUS_OK);
	assert_int_equal(stat(world_path(&w, "objects.db-wal"), &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	assert_true(before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
	    before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
	assert_true(world_sql(&w, "SELECT last_used FROM entry") == NOW);
	cache_close(c);
	assert_true(world_sql(&w, "SELECT last_used FROM entry") == NOW + DAY);
	world_close(&w);
}

struct seen {
	int count;
	char urls[256];
	enum status answer;
};

static enum status
see(void *arg, const struct cache_entry *e)
{
	struct seen *seen = arg;

	seen->count++;
	snprintf(seen->urls + strlen(seen->urls),
	    sizeof(seen->urls) - strlen(seen->urls), "%s%s ",
	    e->is_negative ? "!" : "", e->url);
	return seen->answer;
}

static const char *
listed(struct world *w, struct cache *c, struct cache_filter filter)
{
	struct seen seen = { 0 };
	const struct cache_sink sink = { see, &seen };

	assert_int_equal(cache_list(c, &filter, &sink), STATUS_OK);
	return arena_copy(w->arena, seen.urls);
}

static void
fill_for_filters(struct cache *c)
{
	struct cache_entry e = small_entry("http://A.example/1.crl", "1");
	struct cache_key key = key_of("http://d.example/");

	must_store(c, &e, NOW);
	e = small_entry("http://b.example/2.crl", "2");
	e.issuer = "Other CA 50%";
	e.dates.next_update = NOW + DAY;
	must_store(c, &e, NOW);
	e = small_entry("http://c.example/", "3");
	e.kind = RETRIEVAL_ISSUER;
	e.issuer = NULL;
	e.dates.next_update = e.dates.this_update = TIME_NONE;
	must_store(c, &e, NOW);
	assert_int_equal(cache_remember_failure(c, &key, OUTCOME_TIMEOUT, 0,
	    NULL, NOW), STATUS_OK);
}

static void
lists_are_filtered(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_filter f = CACHE_FILTER_ALL;
	struct seen seen = { .answer = STATUS_STOPPED };
	const struct cache_sink sink = { see, &seen };

	fill_for_filters(c);
	assert_string_equal(listed(&w, c, f), "http://A.example/1.crl "
	    "http://b.example/2.crl http://c.example/ !http://d.example/ ");
	f.only_negative = true;
	assert_string_equal(listed(&w, c, f), "!http://d.example/ ");
	f.only_negative = f.has_negative = false;
	assert_string_equal(listed(&w, c, f), "http://A.example/1.crl "
	    "http://b.example/2.crl http://c.example/ ");
	f.url = "a.EXAMPLE";
	assert_string_equal(listed(&w, c, f), "http://A.example/1.crl ");
	f.url = "%";
	assert_string_equal(listed(&w, c, f), "");
	f.url = NULL;
	f.issuer = "other ca 50%";
	assert_string_equal(listed(&w, c, f), "http://b.example/2.crl ");
	f.issuer = NULL;
	f.expires_before = NOW + 2 * DAY;
	assert_string_equal(listed(&w, c, f), "http://b.example/2.crl ");
	f.expires_before = TIME_NONE;
	f.has_kind = true;
	f.kind = RETRIEVAL_ISSUER;
	assert_string_equal(listed(&w, c, f), "http://c.example/ ");
	/* A sink may end it. */
	f.has_kind = false;
	assert_int_equal(cache_list(c, &f, &sink), STATUS_STOPPED);
	assert_int_equal(seen.count, 1);
	cache_close(c);
	world_close(&w);
}

static void
drops_are_filtered_and_counted(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_filter f = CACHE_FILTER_ALL;
	struct cache_entry big = small_entry("http://big", "");
	uint64_t count;

	fill_for_filters(c);
	big.body = span_of_text(long_body(&w, 'b', CACHE_BIG_BYTES));
	must_store(c, &big, NOW);
	f.url = "http://big";
	assert_int_equal(cache_drop(c, &f, &count), STATUS_OK);
	assert_int_equal(count, 1);
	assert_int_equal(world_files(&w, "big", ""), 0);
	f.url = "nothing like it";
	assert_int_equal(cache_drop(c, &f, &count), STATUS_OK);
	assert_int_equal(count, 0);
	f.url = NULL;
	f.issuer = "Example CA";
	assert_int_equal(cache_drop(c, &f, &count), STATUS_OK);
	assert_int_equal(count, 1);
	f.issuer = NULL;
	assert_string_equal(listed(&w, c, f),
	    "http://b.example/2.crl http://c.example/ !http://d.example/ ");
	assert_int_equal(cache_drop(c, &f, &count), STATUS_OK);
	assert_int_equal(count, 3);
	assert_string_equal(listed(&w, c, f), "");
	cache_close(c);
	world_close(&w);
}

static void
objects_of_an_issuer_are_counted(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	uint64_t count;

	fill_for_filters(c);
	assert_int_equal(cache_count(c, RETRIEVAL_CRL, "Other CA 50%", 9,
	    &count), STATUS_OK);
	assert_int_equal(count, 1);
	assert_int_equal(cache_count(c, RETRIEVAL_CRL, "other ca 50%", 9,
	    &count), STATUS_OK);
	assert_int_equal(count, 0);
	assert_int_equal(cache_count(c, RETRIEVAL_OCSP, "Other CA 50%", 9,
	    &count), STATUS_OK);
	assert_int_equal(count, 0);
	assert_int_equal(cache_count(c, RETRIEVAL_CRL, "Example CA", 0,
	    &count), STATUS_OK);
	assert_int_equal(count, 0);
	cache_close(c);
	world_close(&w);
}

static void
one_is_shown_by_digest_or_url(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct seen seen = { 0 };
	const struct cache_sink sink = { see, &seen };

	fill_for_filters(c);
	/* SHA-1 of "1" is 356a192b... */
	assert_int_equal(cache_show(c, "356A", &sink), STATUS_OK);
	assert_string_equal(seen.urls, "http://A.example/1.crl ");
	assert_int_equal(cache_show(c, "356a192c", &sink), STATUS_NOT_FOUND);
	assert_int_equal(cache_show(c, "356", &sink), STATUS_NOT_FOUND);
	assert_int_equal(cache_show(c, "http://c.example/", &sink), STATUS_OK);
	assert_int_equal(cache_show(c, "http://c.example", &sink),
	    STATUS_NOT_FOUND);
	assert_int_equal(seen.count, 2);
	cache_close(c);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_stored_is_found),
		cmocka_unit_test(the_folder_is_ours_alone),
		cmocka_unit_test(a_key_is_kind_url_and_subject),
		cmocka_unit_test(older_never_replaces_newer),
		cmocka_unit_test(a_failure_stands_beside_the_object),
		cmocka_unit_test(failures_have_a_ceiling),
		cmocka_unit_test(a_304_renews_the_dates_only),
		cmocka_unit_test(what_can_never_fit_is_refused),
		cmocka_unit_test(a_big_crl_is_asked_where_it_lies),
		cmocka_unit_test(who_has_a_big_one_mapped_keeps_it),
		cmocka_unit_test(mappings_do_not_pile_up),
		cmocka_unit_test(room_is_made_in_the_right_order),
		cmocka_unit_test(the_size_is_kept),
		cmocka_unit_test(a_warm_read_writes_nothing),
		cmocka_unit_test(lists_are_filtered),
		cmocka_unit_test(drops_are_filtered_and_counted),
		cmocka_unit_test(objects_of_an_issuer_are_counted),
		cmocka_unit_test(one_is_shown_by_digest_or_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
