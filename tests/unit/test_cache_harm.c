/* Damage, full disks, other processes, and death in the middle of a write. */
#include "cache_world.h"

#include <pthread.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "../../bench/crl_make.h"

#define NOBODY 65534

static void
write_at(struct world *w, const char *name, off_t offset, const void *bytes,
    size_t len)
{
	int fd = open(world_path(w, name), O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, offset), (ssize_t)len);
	close(fd);
}

/* Twenty objects, and nothing left in the log. */
static void
fill(struct world *w)
{
	struct cache *c = world_cache(w);
	struct cache_entry e;
	int i;

	for (i = 0; i < 20; i++) {
		e = small_entry(arena_printf(w->arena, "http://%d", i),
		    long_body(w, 'x', 5000));
		must_store(c, &e, NOW);
	}
	cache_close(c);
}

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
	assert_non_null(strstr(cache_problem(c), ".damaged-"));
	assert_int_equal(world_files(&w, ".", "objects.db.damaged-"), 1);
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
	int i;

	e.body = span_of_text(long_body(&w, 'x', CACHE_BIG_BYTES));
	must_store(c, &e, NOW);
	write_at(&w, "big/0123456789abcdef0123456789abcdef.der.new", 0, "x", 1);
	write_at(&w, "big/0123456789abcdef0123456789abcdef.der", 0, "x", 1);
	assert_int_equal(must_verify(c).orphans, 2);
	/* Young ones may be somebody's who is just writing. */
	e.body.len++;
	e.body = span_of_text(long_body(&w, 'y', CACHE_BIG_BYTES));
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
	assert_int_equal(world_files(&w, ".", "damaged-"), 1);
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

#define CHILD_MUST(claim)                                                      \
	do {                                                                   \
		if (!(claim)) {                                                \
			fprintf(stderr, "child: %s\n", #claim);                \
			_exit(1);                                              \
		}                                                              \
	} while (0)

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

static void
opens_and_stores(struct world *w)
{
	struct cache_entry e = small_entry(URL, "one");
	struct cache *c;

	CHILD_MUST(cache_open(w->folder, &w->limits, &c) == STATUS_OK);
	CHILD_MUST(cache_problem(c)[0] == '\0');
	CHILD_MUST(cache_store(c, &e, NOW) == STATUS_OK);
	CHILD_MUST(has_body(w, c, URL, "one"));
	cache_close(c);
}

/* Start that many children at once and wait for all; how many did not end well. */
static int
crowd(struct world *w, int count, void (*run)(struct world *w))
{
	int i, how, bad = 0, gate[2];
	char c;

	assert_int_equal(pipe(gate), 0);
	for (i = 0; i < count; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid > 0)
			continue;
		close(gate[1]);
		(void)!read(gate[0], &c, 1); /* until the gate is closed */
		close(gate[0]);
		run(w);
		_exit(0);
	}
	close(gate[0]);
	close(gate[1]);
	for (i = 0; i < count; i++) {
		assert_true(wait(&how) > 0);
		bad += !WIFEXITED(how) || WEXITSTATUS(how) != 0;
	}
	return bad;
}

static void
ten_may_make_it_at_once(void **state)
{
	int round;

	for (round = 0; round < 10; round++) {
		struct world w = world_open();

		assert_int_equal(crowd(&w, 10, opens_and_stores), 0);
		assert_int_equal(world_sql(&w, "SELECT count(*) FROM entry"),
		    1);
		assert_int_equal(world_files(&w, ".", "damaged"), 0);
		world_close(&w);
	}
}

static void
heals_or_works(struct world *w)
{
	struct cache_entry e = small_entry(URL, "one");
	struct cache *c;

	CHILD_MUST(cache_open(w->folder, &w->limits, &c) == STATUS_OK);
	CHILD_MUST(cache_store(c, &e, NOW) == STATUS_OK);
	CHILD_MUST(has_body(w, c, URL, "one"));
	cache_close(c);
}

static void
ten_may_find_it_damaged_at_once(void **state)
{
	int round;

	for (round = 0; round < 10; round++) {
		struct world w = world_open();
		struct cache *c;

		fill(&w);
		write_at(&w, "objects.db", 0, long_body(&w, 'g', 9000), 9000);
		assert_int_equal(crowd(&w, 10, heals_or_works), 0);
		assert_int_equal(world_files(&w, ".", "damaged"), 1);
		c = world_cache(&w);
		assert_int_equal(must_verify(c).damaged, 0);
		cache_close(c);
		world_close(&w);
	}
}

/* Look, and when it is not there fetch it: one at a time, and look again. */
static void
fetches_once(struct world *w)
{
	struct cache_key key = key_of(URL);
	struct cache_claim *claim = NULL;
	struct cache_entry e;
	struct cache *c;
	enum status rc;
	int fd;

	CHILD_MUST(cache_open(w->folder, &w->limits, &c) == STATUS_OK);
	while ((rc = find(w, c, URL, NOW, &e)) == STATUS_NOT_FOUND) {
		rc = cache_claim(c, &key, &claim);
		if (rc == STATUS_OK)
			break;
		CHILD_MUST(rc == STATUS_STOPPED);
		usleep(2000);
	}
	if (rc == STATUS_OK && claim != NULL &&
	    find(w, c, URL, NOW, &e) == STATUS_NOT_FOUND) {
		fd = open(world_path(w, "fetches"),
		    O_WRONLY | O_APPEND | O_CREAT, 0600);
		CHILD_MUST(write(fd, "x", 1) == 1);
		usleep(50000); /* so slow is the network */
		e = small_entry(URL, "fetched");
		CHILD_MUST(cache_store(c, &e, NOW) == STATUS_OK);
	}
	cache_release(c, claim);
	CHILD_MUST(has_body(w, c, URL, "fetched"));
	cache_close(c);
}

static void
ten_processes_fetch_once(void **state)
{
	struct stat st;
	int round;

	for (round = 0; round < 5; round++) {
		struct world w = world_open();

		assert_int_equal(crowd(&w, 10, fetches_once), 0);
		assert_int_equal(stat(world_path(&w, "fetches"), &st), 0);
		assert_int_equal(st.st_size, 1);
		world_close(&w);
	}
}

static void
claims_bind_until_released_or_dead(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w), *other = world_cache(&w);
	struct cache_key key = key_of(URL), another = key_of(URL "2");
	struct cache_claim *claim, *second;
	size_t files = open_files();
	int gate[2], how;
	pid_t pid;
	char byte;

	assert_int_equal(cache_claim(c, &key, &claim), STATUS_OK);
	/* The same thread, another handle: bound all the same. */
	assert_int_equal(cache_claim(c, &key, &second), STATUS_STOPPED);
	assert_int_equal(cache_claim(other, &key, &second), STATUS_STOPPED);
	assert_int_equal(cache_claim(c, &another, &second), STATUS_OK);
	cache_release(c, second);
	another = key;
	another.kind = RETRIEVAL_DELTA;
	assert_int_equal(cache_claim(c, &another, &second), STATUS_OK);
	cache_release(c, second);
	cache_release(c, claim);
	assert_int_equal(cache_claim(other, &key, &second), STATUS_OK);
	cache_release(other, second);
	assert_int_equal(open_files(), files);

	assert_int_equal(pipe(gate), 0);
	pid = fork();
	if (pid == 0) {
		struct cache *mine = world_cache(&w);

		if (cache_claim(mine, &key, &claim) == STATUS_OK)
			(void)!write(gate[1], "x", 1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(gate[0], &byte, 1), 1);
	assert_int_equal(cache_claim(c, &key, &claim), STATUS_STOPPED);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_int_equal(cache_claim(c, &key, &claim), STATUS_OK);
	cache_release(c, claim);
	close(gate[0]);
	close(gate[1]);
	cache_close(c);
	cache_close(other);
	world_close(&w);
}

/* Store small and big ones for ever; each body tells its URL. */
static void
stores_for_ever(struct world *w, unsigned seed)
{
	struct cache *c;
	unsigned i;

	if (cache_open(w->folder, &w->limits, &c) != STATUS_OK)
		_exit(1);
	for (i = seed;; i = i * 1103515245 + 12345) {
		unsigned n = i >> 16 & 15;
		char url[32];
		struct cache_entry e;
		char *body;
		size_t len = n < 4 ? CACHE_BIG_BYTES + n : 3000 + n;

		snprintf(url, sizeof(url), "http://k%u", n);
		body = malloc(len + 1);
		memset(body, 'a' + (int)n, len);
		body[len] = '\0';
		e = small_entry(url, body);
		if (cache_store(c, &e, NOW) != STATUS_OK) {
			fprintf(stderr, "child: %s\n", cache_problem(c));
			_exit(1);
		}
		free(body);
	}
}

static bool
is_true_to_its_url(const struct cache_entry *e)
{
	size_t i;

	for (i = 0; i < e->body.len; i++)
		if (e->body.ptr[i] != 'a' + atol(e->url + 8))
			return false;
	return e->body.len >= 3000;
}

#define ROUNDS 40
#define KILLED 4

static void
death_in_a_write_costs_one_object_at_most(void **state)
{
	struct world w = world_open();
	uint64_t wrong = 0, found = 0;
	int round, i, how;

	srand(7);
	for (round = 0; round < ROUNDS; round++) {
		struct cache_check check;
		pid_t pids[KILLED];
		struct cache *c;

		for (i = 0; i < KILLED; i++) {
			pids[i] = fork();
			assert_true(pids[i] >= 0);
			if (pids[i] == 0)
				stores_for_ever(&w,
				    (unsigned)(round * KILLED + i));
		}
		for (i = 0; i < KILLED; i++) {
			usleep((useconds_t)(rand() % 20000));
			kill(pids[i], SIGKILL);
			assert_int_equal(waitpid(pids[i], &how, 0), pids[i]);
			assert_true(WIFSIGNALED(how));
		}
		c = world_cache(&w);
		assert_string_equal(cache_problem(c), "");
		check = must_verify(c);
		assert_int_equal(check.damaged, 0);
		for (i = 0; i < 16; i++) {
			struct arena *a = arena_create(1 << 20);
			struct cache_entry e;
			struct cache_key key = key_of(
			    arena_printf(a, "http://k%d", i));

			if (cache_find(c, a, &key, NOW, &e) == STATUS_OK) {
				found++;
				wrong += !is_true_to_its_url(&e);
			}
			arena_free(a);
		}
		cache_close(c);
	}
	assert_int_equal(wrong, 0);
	assert_true(found > 0);
	assert_int_equal(world_files(&w, ".", "damaged"), 0);
	world_close(&w);
}

static void
replaces_and_reads(struct world *w)
{
	unsigned i, n;
	struct cache *c;

	CHILD_MUST(cache_open(w->folder, &w->limits, &c) == STATUS_OK);
	for (i = 0; i < 60; i++) {
		struct arena *a = arena_create(4 << 20);
		struct cache_filter all = CACHE_FILTER_ALL;
		struct cache_entry e, got;
		struct cache_key key;
		uint64_t count;
		char *body;

		n = (i * 7 + (unsigned)getpid()) % 6;
		body = arena_alloc(a, CACHE_BIG_BYTES + 16);
		memset(body, 'a' + (int)n, n < 3 ? CACHE_BIG_BYTES + n : 3000);
		e = small_entry(arena_printf(a, "http://k%u", n), body);
		CHILD_MUST(cache_store(c, &e, NOW) == STATUS_OK);
		n = (n + 1) % 6;
		key = key_of(arena_printf(a, "http://k%u", n));
		if (cache_find(c, a, &key, NOW, &got) == STATUS_OK)
			CHILD_MUST(is_true_to_its_url(&got));
		CHILD_MUST(cache_problem(c)[0] == '\0');
		all.url = key.url;
		if (i % 10 == 0)
			CHILD_MUST(cache_drop(c, &all, &count) == STATUS_OK);
		arena_free(a);
	}
	cache_close(c);
}

static void
eight_may_replace_and_read_at_once(void **state)
{
	struct world w = world_open();
	struct cache_check check;
	struct cache *c;

	assert_int_equal(crowd(&w, 8, replaces_and_reads), 0);
	c = world_cache(&w);
	check = must_verify(c);
	assert_int_equal(check.damaged, 0);
	assert_int_equal(check.orphans, 0);
	cache_close(c);
	world_close(&w);
}

static void *
thread_of_many(void *arg)
{
	replaces_and_reads(arg);
	return NULL;
}

static void
threads_are_as_good_as_processes(void **state)
{
	struct world w = world_open();
	pthread_t threads[4];
	struct cache_check check;
	struct cache *c;
	size_t files = open_files();
	int i;

	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    thread_of_many, &w), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(open_files(), files);
	c = world_cache(&w);
	check = must_verify(c);
	assert_int_equal(check.damaged, 0);
	assert_int_equal(check.orphans, 0);
	cache_close(c);
	world_close(&w);
}

/* Somebody writes and does not come to an end. */
static void
reads_do_not_wait_for_writers(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_entry e = small_entry(URL, "there");
	uint64_t before;
	sqlite3 *db;

	must_store(c, &e, NOW);
	assert_int_equal(sqlite3_open(world_path(&w, "objects.db"), &db), 0);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE; DELETE FROM entry",
	    NULL, NULL, NULL), 0);
	before = clock_monotonic_ms();
	assert_true(has_body(&w, c, URL, "there"));
	assert_true(clock_monotonic_ms() - before < 200);
	/* A write waits for so long, and then the question goes on. */
	before = clock_monotonic_ms();
	assert_int_equal(cache_store(c, &e, NOW), STATUS_IO);
	assert_in_range(clock_monotonic_ms() - before, CACHE_WAIT_MS - 200,
	    2 * CACHE_WAIT_MS);
	assert_non_null(strstr(cache_problem(c), "another process"));
	sqlite3_close(db);
	must_store(c, &e, NOW);
	cache_close(c);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_database_of_garbage_is_moved_aside),
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
		cmocka_unit_test(ten_may_make_it_at_once),
		cmocka_unit_test(ten_may_find_it_damaged_at_once),
		cmocka_unit_test(ten_processes_fetch_once),
		cmocka_unit_test(claims_bind_until_released_or_dead),
		cmocka_unit_test(death_in_a_write_costs_one_object_at_most),
		cmocka_unit_test(eight_may_replace_and_read_at_once),
		cmocka_unit_test(threads_are_as_good_as_processes),
		cmocka_unit_test(reads_do_not_wait_for_writers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
