/* Damage, full disks, and folders that may not be used. */
#include "cache_world.h"

#include <time.h>

#include <sys/resource.h>

#include "../../bench/crl_make.h"

#define NOBODY 65534

/* It works again: holds what is put there, and is whole. */
static void
must_work(struct world *w, struct cache *c)
{
	struct cache_entry e = small_entry("http://new", "new");

	must_store(c, &e, NOW);
	assert_true(has_body(w, c, "http://new", "new"));
	assert_int_equal(must_verify(c).damaged, 0);
}

static void
a_database_of_garbage_is_moved_aside(void **state)
{
	struct world w = world_open();
	struct cache_entry e;
	struct cache *c;

	fill(&w);
	write_at(&w, "objects.db", 0, long_body(&w, 'g', 100000), 100000);
	c = world_cache(&w);
	assert_true(cache_is_writable(c));
	assert_non_null(strstr(cache_problem(c), "was damaged"));
	assert_non_null(strstr(cache_problem(c), ".damaged"));
	assert_int_equal(world_files(&w, ".", "objects.db.damaged"), 1);
	assert_int_equal(find(&w, c, "http://1", NOW, &e), STATUS_NOT_FOUND);
	assert_string_equal(cache_problem(c), "");
	must_work(&w, c);
	cache_close(c);
	/* The next one finds nothing wrong. */
	c = world_cache(&w);
	assert_string_equal(cache_problem(c), "");
	assert_true(has_body(&w, c, "http://new", "new"));
	cache_close(c);
	world_close(&w);
}

/* SQLite clears the log away by its name when the last one closes. */
static void
who_still_has_the_old_one_does_not_harm_the_new_one(void **state)
{
	struct world w = world_open();
	struct cache *old, *c, *late;
	struct cache_entry e = small_entry("http://old", "old");
	char url[32];
	int i;

	fill(&w);
	old = world_cache(&w);
	must_store(old, &e, NOW);
	write_at(&w, "objects.db", 0, long_body(&w, 'g', 100000), 100000);
	c = world_cache(&w);
	assert_non_null(strstr(cache_problem(c), "was damaged"));
	for (i = 0; i < 20; i++) {
		snprintf(url, sizeof(url), "http://n%d", i);
		e = small_entry(url, "new");
		must_store(c, &e, NOW);
		if (i == 10)
			cache_close(old);
	}
	late = world_cache(&w);
	assert_string_equal(cache_problem(late), "");
	for (i = 0; i < 20; i++) {
		snprintf(url, sizeof(url), "http://n%d", i);
		assert_true(has_body(&w, late, url, "new"));
		e = small_entry(url, "newer");
		must_store(late, &e, NOW);
		assert_true(has_body(&w, c, url, "newer"));
	}
	assert_int_equal(must_verify(late).damaged, 0);
	cache_close(c);
	cache_close(late);
	late = world_cache(&w);
	assert_int_equal(must_verify(late).entries, 20);
	cache_close(late);
	world_close(&w);
}

static void
a_database_cut_short_is_moved_aside(void **state)
{
	off_t size;

	for (size = 1; size < 100000; size = size * 3 + 7) {
		struct world w = world_open();
		struct cache_entry e;
		struct cache *c;
		int i;

		fill(&w);
		assert_int_equal(truncate(world_path(&w, "objects.db"), size),
		    0);
		c = world_cache(&w);
		/* Where the damage is met, there is nothing; then all is new. */
		for (i = 0; i < 20; i++) {
			const char *url = arena_printf(w.arena, "http://%d", i);
			enum status rc = find(&w, c, url, NOW, &e);

			assert_true(rc == STATUS_OK || rc == STATUS_NOT_FOUND);
			if (rc == STATUS_OK)
				assert_int_equal(e.body.len, 5000);
		}
		assert_true(cache_is_writable(c));
		must_work(&w, c);
		cache_close(c);
		world_close(&w);
	}
}

static void
garbage_in_the_middle_never_becomes_an_answer(void **state)
{
	uint8_t garbage[512];
	size_t page;
	unsigned i;

	for (i = 0; i < sizeof(garbage); i++)
		garbage[i] = (uint8_t)(i * 37 + 11);
	for (page = 0; page < 40; page += 3) {
		struct world w = world_open();
		struct cache_entry e;
		struct cache *c;

		fill(&w);
		write_at(&w, "objects.db", (off_t)(page * 4096 + 128), garbage,
		    sizeof(garbage));
		c = world_cache(&w);
		for (i = 0; i < 20; i++) {
			const char *url = arena_printf(w.arena, "http://%u", i);
			enum status rc = find(&w, c, url, NOW, &e);

			assert_true(rc == STATUS_OK || rc == STATUS_NOT_FOUND);
			if (rc != STATUS_OK)
				continue;
			assert_int_equal(e.body.len, 5000);
			assert_memory_equal(e.body.ptr, long_body(&w, 'x', 5000),
			    5000);
			assert_string_equal(e.issuer, "Example CA");
			assert_true(e.dates.next_update == NOW + 6 * DAY);
		}
		e = small_entry("http://new", "new");
		must_store(c, &e, NOW);
		assert_true(has_body(&w, c, "http://new", "new"));
		cache_close(c);
		world_close(&w);
	}
}

static void
a_changed_column_is_an_entry_lost(void **state)
{
	static const char *const changes[] = {
		"UPDATE entry SET body = x'41' || substr(body, 2)",
		"UPDATE entry SET body = x''",
		"UPDATE entry SET body = NULL",
		"UPDATE entry SET signed_by = x'4142'",
		"UPDATE entry SET signed_by = NULL",
		"UPDATE entry SET next_update = next_update + 1",
		"UPDATE entry SET next_update = NULL",
		"UPDATE entry SET this_update = this_update + 1",
		"UPDATE entry SET fetched = fetched + 1",
		"UPDATE entry SET publish = 1",
		"UPDATE entry SET expire = expire + 1",
		"UPDATE entry SET sha1 = zeroblob(20)",
		"UPDATE entry SET sha256 = zeroblob(32)",
		"UPDATE entry SET sha256 = x''",
		"UPDATE entry SET issuer = 'Somebody'",
		"UPDATE entry SET etag = 'x'",
		"UPDATE entry SET file = '0123456789abcdef0123456789abcdef'",
		"UPDATE entry SET file = '../../../../../../../etc/passwd1'",
		"UPDATE entry SET bytes = 2",
		"UPDATE entry SET seal = zeroblob(32)",
	};
	size_t i;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct world w = world_open();
		struct cache *c = world_cache(&w);
		struct cache_entry e = small_entry(URL, "body");

		e.signed_by = span_of_text("a key");
		must_store(c, &e, NOW);
		assert_true(has_body(&w, c, URL, "body"));
		world_sql(&w, changes[i]);
		if (must_verify(c).damaged != 1)
			fail_msg("not noticed: %s", changes[i]);
		if (find(&w, c, URL, NOW, &e) != STATUS_NOT_FOUND)
			fail_msg("believed: %s", changes[i]);
		assert_non_null(strstr(cache_problem(c), "damaged entry"));
		/* It is gone, and bars the way of no new one. */
		assert_int_equal(must_verify(c).damaged, 0);
		e = small_entry(URL, "again");
		must_store(c, &e, NOW);
		assert_true(has_body(&w, c, URL, "again"));
		cache_close(c);
		world_close(&w);
	}
}

static const char *
big_file(struct world *w, const char *ending)
{
	DIR *dir = opendir(world_path(w, "big"));
	const char *path = NULL;
	struct dirent *d;

	assert_non_null(dir);
	while ((d = readdir(dir)) != NULL)
		if (strstr(d->d_name, ending) != NULL)
			path = arena_printf(w->arena, "big/%s", d->d_name);
	closedir(dir);
	assert_non_null(path);
	return path;
}

enum harm { CUT_BODY, CUT_INDEX, NO_BODY, NO_INDEX, FLIP_BODY, FLIP_INDEX };

static void
do_harm(struct world *w, enum harm harm)
{
	const char *body = world_path(w, big_file(w, ".der"));
	const char *index = world_path(w, big_file(w, ".index"));

	switch (harm) {
	case CUT_BODY:
		assert_int_equal(truncate(body, 1000), 0);
		return;
	case CUT_INDEX:
		assert_int_equal(truncate(index, 1000), 0);
		return;
	case NO_BODY:
		assert_int_equal(unlink(body), 0);
		return;
	case NO_INDEX:
		assert_int_equal(unlink(index), 0);
		return;
	case FLIP_BODY:
		write_at(w, big_file(w, ".der"), 50000, "!!!!", 4);
		return;
	case FLIP_INDEX:
		write_at(w, big_file(w, ".index"), 50000, "!!!!", 4);
		return;
	}
}

static void
damaged_files_are_found_out(void **state)
{
	struct buf der;
	int harm;

	buf_init(&der, (size_t)16 << 20);
	crl_make(&der, 10000);
	for (harm = CUT_BODY; harm <= FLIP_INDEX; harm++) {
		struct world w = world_open();
		struct cache *c = world_cache(&w);
		struct cache_entry e = small_entry(URL, "");

		e.body = span_of(der.ptr, der.len);
		must_store(c, &e, NOW);
		assert_int_equal(must_verify(c).damaged, 0);
		cache_close(c);
		do_harm(&w, (enum harm)harm);
		c = world_cache(&w);
		assert_int_equal(must_verify(c).damaged, 1);
		/* What is short or gone is noticed when it is wanted. */
		if (harm < FLIP_BODY) {
			assert_int_equal(find(&w, c, URL, NOW, &e),
			    STATUS_NOT_FOUND);
			assert_int_equal(must_verify(c).entries, 0);
			assert_int_equal(world_files(&w, "big", ""), 0);
		}
		e = small_entry(URL, "");
		e.body = span_of(der.ptr, der.len);
		must_store(c, &e, NOW);
		assert_int_equal(must_verify(c).damaged, 0);
		cache_close(c);
		world_close(&w);
	}
	buf_free(&der);
}

static void
what_the_dead_left_is_swept_up(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_entry e = small_entry(URL, "");
	const struct timespec old[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
	struct timespec recent[2] = { { 0, 0 }, { 0, 0 } };
	int i;

	e.body = span_of_text(long_body(&w, 'x', CACHE_BIG_BYTES));
	must_store(c, &e, NOW);
	write_at(&w, "big/0123456789abcdef0123456789abcdef.der.new", 0, "x", 1);
	write_at(&w, "big/0123456789abcdef0123456789abcdef.der", 0, "x", 1);
	assert_int_equal(must_verify(c).orphans, 0);
	/* Young ones may be somebody's who is just writing. */
	e.body.len++;
	e.body = span_of_text(long_body(&w, 'y', CACHE_BIG_BYTES));
	must_store(c, &e, NOW);
	assert_int_equal(world_files(&w, "big", ""), 3);
	recent[0].tv_sec = recent[1].tv_sec = time(NULL) - 120;
	assert_int_equal(utimensat(AT_FDCWD, world_path(&w,
	    "big/0123456789abcdef0123456789abcdef.der"), recent, 0), 0);
	assert_int_equal(must_verify(c).orphans, 1);
	must_store(c, &e, NOW);
	assert_int_equal(world_files(&w, "big", ""), 3);
	assert_int_equal(utimensat(AT_FDCWD, world_path(&w,
	    "big/0123456789abcdef0123456789abcdef.der"), old, 0), 0);
	must_store(c, &e, NOW);
	assert_int_equal(world_files(&w, "big", ""), 2);
	for (i = 0; i < 3; i++) /* never the one in use */
		must_store(c, &e, NOW);
	assert_int_equal(must_verify(c).damaged, 0);
	cache_close(c);
	world_close(&w);
}

static void
a_newer_version_is_left_alone(void **state)
{
	struct world w = world_open();
	struct cache_key key = key_of(URL);
	struct cache_claim *claim;
	struct cache_entry e;
	struct cache *c;

	fill(&w);
	world_sql(&w, "PRAGMA user_version = 2");
	c = world_cache(&w);
	assert_false(cache_is_usable(c));
	assert_non_null(strstr(cache_problem(c), "newer avow"));
	/* The question goes on without a cache. */
	assert_int_equal(find(&w, c, "http://1", NOW, &e), STATUS_NOT_FOUND);
	e = small_entry(URL, "x");
	assert_int_equal(cache_store(c, &e, NOW), STATUS_IO);
	assert_non_null(strstr(cache_problem(c), "newer avow"));
	assert_int_equal(cache_remember_failure(c, &key, OUTCOME_DNS, 0, NULL,
	    NOW), STATUS_IO);
	assert_int_equal(cache_claim(c, &key, &claim), STATUS_OK);
	cache_release(c, claim);
	cache_close(c);
	assert_int_equal(world_sql(&w, "SELECT count(*) FROM entry"), 20);
	world_close(&w);
}

static void
the_database_of_another_is_not_ours(void **state)
{
	struct world w = world_open();
	struct cache *c;

	world_sql(&w, "CREATE TABLE theirs (x)");
	c = world_cache(&w);
	assert_true(cache_is_writable(c));
	assert_int_equal(world_files(&w, ".", "damaged"), 1);
	must_work(&w, c);
	cache_close(c);
	world_close(&w);
}

/* Run in a child; it must end well. */
static void
in_child(struct world *w, void (*run)(struct world *w))
{
	pid_t pid = fork();
	int how;

	assert_true(pid >= 0);
	if (pid == 0) {
		run(w);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_true(WIFEXITED(how));
	assert_int_equal(WEXITSTATUS(how), 0);
}

static void
reads_only(struct world *w)
{
	struct cache_entry e;
	struct cache *c;

	if (geteuid() == 0)
		CHILD_MUST(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	CHILD_MUST(cache_open(w->folder, &w->limits, &c) == STATUS_OK);
	CHILD_MUST(cache_is_usable(c) && !cache_is_writable(c));
	CHILD_MUST(has_body(w, c, "http://3", long_body(w, 'x', 5000)));
	e = small_entry(URL, "x");
	CHILD_MUST(cache_store(c, &e, NOW) == STATUS_IO);
	CHILD_MUST(strstr(cache_problem(c), "can only be read") != NULL);
	CHILD_MUST(has_body(w, c, "http://3", long_body(w, 'x', 5000)));
	cache_close(c);
}

static void
give_to_nobody(struct world *w)
{
	if (geteuid() == 0) {
		assert_int_equal(chown(w->folder, NOBODY, NOBODY), 0);
		assert_int_equal(chown(world_path(w, "objects.db"), NOBODY,
		    NOBODY), 0);
	}
}

static void
a_folder_that_cannot_be_written_is_read(void **state)
{
	struct world w = world_open();

	fill(&w);
	give_to_nobody(&w);
	assert_int_equal(unlink(world_path(&w, "lock")), 0);
	assert_int_equal(chmod(world_path(&w, "objects.db"), 0400), 0);
	assert_int_equal(chmod(w.folder, 0500), 0);
	in_child(&w, reads_only);
	assert_int_equal(chmod(w.folder, 0700), 0);
	world_close(&w);
}

static void
is_refused(struct world *w)
{
	struct cache_entry e;
	struct cache *c;

	if (geteuid() == 0)
		CHILD_MUST(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	CHILD_MUST(cache_open(w->folder, &w->limits, &c) == STATUS_OK);
	CHILD_MUST(!cache_is_usable(c));
	CHILD_MUST(strstr(cache_problem(c), "Permission denied") != NULL);
	CHILD_MUST(find(w, c, URL, NOW, &e) == STATUS_NOT_FOUND);
	cache_close(c);
}

static void
a_folder_without_permission_is_told(void **state)
{
	struct world w = world_open();

	fill(&w);
	assert_int_equal(chmod(w.folder, 0000), 0);
	in_child(&w, is_refused);
	assert_int_equal(chmod(w.folder, 0700), 0);
	world_close(&w);
}

static void
the_folder_of_another_is_not_believed(void **state)
{
	struct world w = world_open();
	struct cache *c;

	if (geteuid() != 0) {
		world_close(&w);
		skip();
	}
	fill(&w);
	assert_int_equal(chown(w.folder, NOBODY, NOBODY), 0);
	c = world_cache(&w);
	assert_false(cache_is_usable(c));
	assert_non_null(strstr(cache_problem(c), "belongs to somebody else"));
	cache_close(c);
	world_close(&w);
}

static void
a_file_in_the_folders_place(void **state)
{
	struct world w = world_open();
	struct fetch_limits limits = FETCH_LIMITS_DEFAULT;
	struct cache *c;

	write_at(&w, "file", 0, "x", 1);
	assert_int_equal(cache_open(world_path(&w, "file"), &limits, &c),
	    STATUS_OK);
	assert_false(cache_is_usable(c));
	assert_non_null(strstr(cache_problem(c), "Not a directory"));
	cache_close(c);
	assert_int_equal(cache_open(world_path(&w, "file/deeper"), &limits,
	    &c), STATUS_OK);
	assert_false(cache_is_usable(c));
	cache_close(c);
	world_close(&w);
}

/* No file may grow beyond what there is: as on a disk that is full. */
static void
disk_is_full(struct world *w)
{
	struct rlimit limit = { 200000, 200000 };
	struct cache_entry e, big;
	enum status rc = STATUS_OK;
	struct cache *c;
	int i, stored;

	signal(SIGXFSZ, SIG_IGN);
	CHILD_MUST(cache_open(w->folder, &w->limits, &c) == STATUS_OK);
	CHILD_MUST(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	big = small_entry("http://big", long_body(w, 'b', 300000));
	CHILD_MUST(cache_store(c, &big, NOW) == STATUS_IO);
	CHILD_MUST(strstr(cache_problem(c), "/big/") != NULL);
	CHILD_MUST(world_files(w, "big", "") == 0);
	for (stored = 0; rc == STATUS_OK && stored < 1000; stored++) {
		e = small_entry(arena_printf(w->arena, "http://s%d", stored),
		    long_body(w, 'x', 5000));
		rc = cache_store(c, &e, NOW);
	}
	CHILD_MUST(rc == STATUS_IO && stored > 1);
	CHILD_MUST(cache_problem(c)[0] != '\0');
	/* What was there still is, and reading goes on. */
	for (i = 0; i < 20; i++)
		CHILD_MUST(has_body(w, c, arena_printf(w->arena, "http://%d", i),
		    long_body(w, 'x', 5000)));
	cache_close(c);
}

static void
a_full_disk_harms_nothing(void **state)
{
	struct world w = world_open();
	struct cache *c;

	fill(&w);
	in_child(&w, disk_is_full);
	c = world_cache(&w);
	assert_string_equal(cache_problem(c), "");
	assert_true(has_body(&w, c, "http://19", long_body(&w, 'x', 5000)));
	assert_true(must_verify(c).entries >= 20);
	must_work(&w, c);
	cache_close(c);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_database_of_garbage_is_moved_aside),
		cmocka_unit_test(
		    who_still_has_the_old_one_does_not_harm_the_new_one),
		cmocka_unit_test(a_database_cut_short_is_moved_aside),
		cmocka_unit_test(garbage_in_the_middle_never_becomes_an_answer),
		cmocka_unit_test(a_changed_column_is_an_entry_lost),
		cmocka_unit_test(damaged_files_are_found_out),
		cmocka_unit_test(what_the_dead_left_is_swept_up),
		cmocka_unit_test(a_newer_version_is_left_alone),
		cmocka_unit_test(the_database_of_another_is_not_ours),
		cmocka_unit_test(a_folder_that_cannot_be_written_is_read),
		cmocka_unit_test(a_folder_without_permission_is_told),
		cmocka_unit_test(the_folder_of_another_is_not_believed),
		cmocka_unit_test(a_file_in_the_folders_place),
		cmocka_unit_test(a_full_disk_harms_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
