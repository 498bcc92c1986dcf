/* Many processes and threads at once, and death in the middle of a write. */
#include "cache_world.h"

#include <pthread.h>

#include "base/clock.h"

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
	long wanted = 'a' + strtol(e->url + strlen("http://k"), NULL, 10);
	size_t i;

	for (i = 0; i < e->body.len; i++)
		if (e->body.ptr[i] != wanted)
			return false;
	return e->body.len >= 3000;
}

#define ROUNDS 40
#define KILLED 4

static void
death_in_a_write_costs_one_object_at_most(void **state)
{
	struct world w = world_open();
	uint64_t wrong = 0, found = 0, lost = 0;
	bool was_there[16] = { false };
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
				was_there[i] = true;
			} else {
				/* One that was to be replaced stays. */
				lost += was_there[i];
			}
			arena_free(a);
		}
		cache_close(c);
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(lost, 0);
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

/* Reading everything back beside writers finds no damage that is none. */
static void
verifies(struct world *w)
{
	struct cache_check check;
	struct cache *c;
	int i;

	if (getpid() % 2 == 0) {
		replaces_and_reads(w);
		return;
	}
	CHILD_MUST(cache_open(w->folder, &w->limits, &c) == STATUS_OK);
	for (i = 0; i < 40; i++) {
		CHILD_MUST(cache_verify(c, NULL, &check) == STATUS_OK);
		CHILD_MUST(check.damaged == 0 && check.orphans == 0);
	}
	cache_close(c);
}

static void
who_verifies_is_not_misled_by_writers(void **state)
{
	struct world w = world_open();

	assert_int_equal(crowd(&w, 6, verifies), 0);
	world_close(&w);
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
static sqlite3 *
endless_write(struct world *w)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(world_path(w, "objects.db"), &db), 0);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE; DELETE FROM entry",
	    NULL, NULL, NULL), 0);
	return db;
}

/* How long a write took that came to nothing. */
static uint64_t
wait_in_vain(struct cache *c, const struct cache_entry *e)
{
	uint64_t before = clock_monotonic_ms();

	assert_int_equal(cache_store(c, e, NOW), STATUS_IO);
	assert_non_null(strstr(cache_problem(c), "another process"));
	return clock_monotonic_ms() - before;
}

static void
reads_do_not_wait_for_writers(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_entry e = small_entry(URL, "there");
	uint64_t before;
	sqlite3 *db;

	must_store(c, &e, NOW);
	db = endless_write(&w);
	before = clock_monotonic_ms();
	assert_true(has_body(&w, c, URL, "there"));
	assert_true(clock_monotonic_ms() - before < CACHE_WAIT_MS);
	/* A write waits for so long, and then the question goes on. */
	assert_true(wait_in_vain(c, &e) >= CACHE_WAIT_MS);
	/* The next one has no hope. */
	assert_true(wait_in_vain(c, &e) < CACHE_WAIT_MS);
	sqlite3_close(db);
	must_store(c, &e, NOW);
	/* It has again now. */
	db = endless_write(&w);
	assert_true(wait_in_vain(c, &e) >= CACHE_WAIT_MS);
	sqlite3_close(db);
	must_store(c, &e, NOW);
	cache_close(c);
	world_close(&w);
}

static void
no_wait_outlasts_the_question(void **state)
{
	struct world w = world_open();
	struct cache *c = world_cache(&w);
	struct cache_entry e = small_entry(URL, "there");
	volatile sig_atomic_t stop = 1;
	sqlite3 *db = endless_write(&w);

	cache_wait_until(c, clock_monotonic_ms() + 50, NULL);
	assert_true(wait_in_vain(c, &e) < CACHE_WAIT_MS);
	sqlite3_close(db);
	must_store(c, &e, NOW);
	db = endless_write(&w);
	cache_wait_until(c, 0, &stop);
	assert_true(wait_in_vain(c, &e) < CACHE_WAIT_MS);
	sqlite3_close(db);
	must_store(c, &e, NOW);
	cache_close(c);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_may_make_it_at_once),
		cmocka_unit_test(ten_may_find_it_damaged_at_once),
		cmocka_unit_test(ten_processes_fetch_once),
		cmocka_unit_test(claims_bind_until_released_or_dead),
		cmocka_unit_test(death_in_a_write_costs_one_object_at_most),
		cmocka_unit_test(who_verifies_is_not_misled_by_writers),
		cmocka_unit_test(eight_may_replace_and_read_at_once),
		cmocka_unit_test(threads_are_as_good_as_processes),
		cmocka_unit_test(reads_do_not_wait_for_writers),
		cmocka_unit_test(no_wait_outlasts_the_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
