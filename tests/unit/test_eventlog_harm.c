/* The event log: many processes, and what they and disks do to it. */
#define _GNU_SOURCE
#include "eventlog_place.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* What children do until they have done enough, or are killed. */
static void
write_many(const struct place *p, const struct eventlog_limits *limits,
    int count)
{
	uint32_t objects[2] = { 1, 0 };
	struct eventlog *log;
	int i;

	if (eventlog_open(p->folder, EVENTLOG_WRITE, limits, &log) !=
	    STATUS_OK)
		_exit(2);
	for (i = 0; i < count; i++) {
		objects[1] = (uint32_t)getpid() << 12 | (uint32_t)(i & 0xFFF);
		if (write_question(log, 1 + i % 5, i, objects, 2) != STATUS_OK)
			_exit(3);
	}
	eventlog_close(log);
	_exit(0);
}

static void
test_many_processes(void **state)
{
	enum { CHILDREN = 8, EACH = 25 };
	struct place *p = *state;
	struct eventlog *log;
	struct account a;
	int i, status;

	/* They also race to make the folder, the file and the tables. */
	for (i = 0; i < CHILDREN; i++)
		if (fork() == 0)
			write_many(p, NULL, EACH);
	for (i = 0; i < CHILDREN; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	log = open_log(p, EVENTLOG_READ, NULL);
	a = account_of(log);
	assert_int_equal(a.questions, CHILDREN * EACH);
	assert_int_equal(a.first, 1);
	assert_int_equal(a.next, CHILDREN * EACH * 3 + 1);
	assert_int_equal(a.objects, CHILDREN * EACH + 1);
	eventlog_close(log);
}

/* However often and whenever they are killed, what is there is whole. */
static void
test_killed_in_the_middle(void **state)
{
	enum { CHILDREN = 3, ROUNDS = 40 };
	const struct eventlog_limits limits = { EVENTLOG_LEAST_BYTES, 200 };
	struct place *p = *state;
	uint64_t next = 1, moved = 0;
	struct eventlog *log;
	struct account a;
	pid_t children[CHILDREN];
	int round, i, status;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < CHILDREN; i++)
			if ((children[i] = fork()) == 0)
				write_many(p, &limits, 100000);
		usleep((useconds_t)(2000 + round * 977 % 23000));
		for (i = 0; i < CHILDREN; i++)
			assert_int_equal(kill(children[i], SIGKILL), 0);
		for (i = 0; i < CHILDREN; i++) {
			assert_int_equal(waitpid(children[i], &status, 0),
			    children[i]);
			assert_true(WIFSIGNALED(status));
		}
		log = open_log(p, EVENTLOG_WRITE, &limits);
		assert_int_equal(write_question(log, 2, round, NULL, 0),
		    STATUS_OK);
		a = account_of(log);
		assert_true(a.next >= next + 2);
		moved += a.next - next > 2;
		next = a.next;
		eventlog_close(log);
	}
	/* They did write between the kills. */
	assert_true(moved > ROUNDS / 2);
}

static void
damage(const struct place *p, off_t at, size_t len)
{
	int fd = open(p->file, O_WRONLY | O_CLOEXEC);
	char byte = '\x5A';

	assert_true(fd >= 0);
	for (; len > 0; len--, at++)
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static bool
is_there(const struct place *p, const char *name)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", p->folder, name);
	return access(path, F_OK) == 0;
}

/* Without a WAL, which would heal what the tests do to the file. */
static void
fill(const struct place *p)
{
	struct eventlog *log = open_log(p, EVENTLOG_WRITE, NULL);
	sqlite3 *db;
	uint32_t i;

	for (i = 0; i < 300; i++)
		assert_int_equal(write_question(log, 4, i, &i, 1), STATUS_OK);
	eventlog_close(log);
	assert_int_equal(sqlite3_open(p->file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)",
	    NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
test_no_database_at_all(void **state)
{
	struct place *p = *state;
	struct eventlog *log;

	fill(p);
	damage(p, 0, 100);
	/* A reader changes nothing. */
	assert_int_equal(eventlog_open(p->folder, EVENTLOG_READ, NULL, &log),
	    STATUS_MALFORMED);
	assert_non_null(strstr(eventlog_problem(log), "events.db"));
	eventlog_close(log);
	assert_false(is_there(p, "events.db.damaged"));
	log = open_log(p, EVENTLOG_WRITE, NULL);
	assert_true(is_there(p, "events.db.damaged"));
	assert_int_equal(write_question(log, 2, 1, NULL, 0), STATUS_OK);
	assert_int_equal(account_of(log).questions, 1);
	eventlog_close(log);
}

static void
test_damaged_inside(void **state)
{
	struct place *p = *state;
	struct eventlog *log;
	struct account a;
	struct stat st;

	fill(p);
	assert_int_equal(stat(p->file, &st), 0);
	/* All but the header, the schema and the number of the next record. */
	damage(p, 3 * 4096, (size_t)st.st_size - 3 * 4096);
	log = open_log(p, EVENTLOG_WRITE, NULL);
	assert_int_equal(write_question(log, 2, 1, NULL, 0), STATUS_MALFORMED);
	assert_int_equal(eventlog_renew(log), STATUS_OK);
	assert_int_equal(write_question(log, 2, 1, NULL, 0), STATUS_OK);
	a = account_of(log);
	assert_int_equal(a.questions, 1);
	assert_true(a.first > 1000);
	eventlog_close(log);
}

/* Ten processes that meet a damaged file make one new one of it. */
static void
test_many_meet_damage(void **state)
{
	struct place *p = *state;
	struct eventlog *log;
	int i, status;

	fill(p);
	damage(p, 0, 100);
	for (i = 0; i < 10; i++)
		if (fork() == 0)
			write_many(p, NULL, 5);
	for (i = 0; i < 10; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	log = open_log(p, EVENTLOG_READ, NULL);
	assert_int_equal(account_of(log).questions, 50);
	eventlog_close(log);
}

static void
test_strangers(void **state)
{
	struct place *p = *state;
	struct eventlog *log;

	fill(p);
	damage(p, 60, 4); /* the version in SQLite's header */
	assert_int_equal(eventlog_open(p->folder, EVENTLOG_WRITE, NULL, &log),
	    STATUS_UNSUPPORTED);
	assert_non_null(strstr(eventlog_problem(log), "newer avow"));
	eventlog_close(log);
	damage(p, 68, 4); /* and what it is a database of */
	assert_int_equal(eventlog_open(p->folder, EVENTLOG_WRITE, NULL, &log),
	    STATUS_UNSUPPORTED);
	assert_non_null(strstr(eventlog_problem(log), "another program"));
	eventlog_close(log);
	assert_false(is_there(p, "events.db.damaged"));
}

static void
test_removed_meanwhile(void **state)
{
	struct place *p = *state;
	struct eventlog *log = open_log(p, EVENTLOG_WRITE, NULL);

	assert_int_equal(write_question(log, 2, 1, NULL, 0), STATUS_OK);
	assert_true(eventlog_is_current(log));
	remove_all(p->folder);
	assert_false(eventlog_is_current(log));
	assert_int_equal(write_question(log, 2, 1, NULL, 0), STATUS_OK);
	assert_true(eventlog_is_current(log));
	assert_int_equal(account_of(log).questions, 1);
	eventlog_close(log);
}

static void
test_nothing_to_read(void **state)
{
	struct place *p = *state;
	struct eventlog *log;

	assert_int_equal(eventlog_open(p->folder, EVENTLOG_READ, NULL, &log),
	    STATUS_NOT_FOUND);
	eventlog_close(log);
	/* Looking makes nothing. */
	assert_int_equal(access(p->folder, F_OK), -1);
	assert_int_equal(mkdir(p->folder, 0700), -1);
}

/* Root may do everything: a child gives that up first. */
static void
as_nobody(const struct place *p, void (*act)(const struct place *p))
{
	int status;

	if (fork() == 0) {
		if (geteuid() == 0 &&
		    (setgid(65534) != 0 || setuid(65534) != 0))
			_exit(77);
		act(p);
		_exit(0);
	}
	assert_true(wait(&status) > 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

static void
write_in_vain(const struct place *p)
{
	struct eventlog *log;
	enum status rc = eventlog_open(p->folder, EVENTLOG_WRITE, NULL, &log);

	if (rc == STATUS_OK)
		rc = write_question(log, 2, 1, NULL, 0);
	if (rc != STATUS_IO || *eventlog_problem(log) == '\0')
		_exit(1);
	eventlog_close(log);
}

/* No more room: what fits stays whole, what does not is refused. */
static void
fill_up(const struct place *p)
{
	const struct rlimit room = { 256 << 10, 256 << 10 };
	struct eventlog *log;
	enum status rc;
	int i = 0;

	(void)signal(SIGXFSZ, SIG_IGN);
	if (eventlog_open(p->folder, EVENTLOG_WRITE, NULL, &log) !=
	        STATUS_OK || setrlimit(RLIMIT_FSIZE, &room) != 0)
		_exit(1);
	do
		rc = write_question(log, 4, i, NULL, 0);
	while (rc == STATUS_OK && ++i < 1000);
	if (rc != STATUS_IO || i == 0 || *eventlog_problem(log) == '\0')
		_exit(2);
	/* It goes on failing, and no worse than that. */
	if (write_question(log, 4, i, NULL, 0) != STATUS_IO)
		_exit(3);
	eventlog_close(log);
}

static void
read_without_writing(const struct place *p)
{
	struct eventlog *log;
	struct account a;

	if (eventlog_open(p->folder, EVENTLOG_READ, NULL, &log) != STATUS_OK)
		_exit(1);
	a = account_of(log);
	if (a.questions != 300)
		_exit(2);
	eventlog_close(log);
}

static void
read_in_vain(const struct place *p)
{
	struct eventlog *log;

	if (eventlog_open(p->folder, EVENTLOG_READ, NULL, &log) != STATUS_IO ||
	    *eventlog_problem(log) == '\0')
		_exit(1);
	eventlog_close(log);
}

static void
test_full_disk(void **state)
{
	struct place *p = *state;
	struct eventlog *log;
	uint64_t before;
	int status;

	if (fork() == 0) {
		fill_up(p);
		_exit(0);
	}
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	log = open_log(p, EVENTLOG_WRITE, NULL);
	before = account_of(log).questions;
	assert_true(before > 0);
	assert_int_equal(write_question(log, 4, 1, NULL, 0), STATUS_OK);
	assert_int_equal(account_of(log).questions, before + 1);
	eventlog_close(log);
}

static void
test_read_only_folder(void **state)
{
	struct place *p = *state;
	struct eventlog *log;
	char path[PATH_BYTES];

	fill(p);
	assert_int_equal(chmod(p->top, 0755), 0);
	snprintf(path, sizeof(path), "%s/state", p->top);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(chmod(p->folder, 0555), 0);
	assert_int_equal(chmod(p->file, 0444), 0);
	snprintf(path, sizeof(path), "%s-wal", p->file);
	(void)chmod(path, 0444);
	snprintf(path, sizeof(path), "%s-shm", p->file);
	(void)chmod(path, 0444);
	as_nobody(p, write_in_vain);
	as_nobody(p, read_without_writing);
	/* The same from a copy without what stands beside it. */
	(void)unlink(path);
	snprintf(path, sizeof(path), "%s-wal", p->file);
	(void)unlink(path);
	as_nobody(p, read_without_writing);
	/* But not when a WAL is there that it would miss. */
	assert_int_equal(chmod(p->folder, 0700), 0);
	assert_int_equal(chmod(p->file, 0600), 0);
	log = open_log(p, EVENTLOG_WRITE, NULL);
	assert_int_equal(write_question(log, 2, 1, NULL, 0), STATUS_OK);
	eventlog_close(log);
	assert_int_equal(chmod(p->file, 0444), 0);
	assert_int_equal(chmod(path, 0000), 0);
	assert_int_equal(chmod(p->folder, 0555), 0);
	as_nobody(p, read_in_vain);
	assert_int_equal(chmod(p->folder, 0700), 0);
}

/* The folder's name is taken by a file. */
static void
test_no_folder(void **state)
{
	struct place *p = *state;
	char path[PATH_BYTES];
	struct eventlog *log;
	int fd;

	snprintf(path, sizeof(path), "%s/state", p->top);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(eventlog_open(p->folder, EVENTLOG_WRITE, NULL, &log),
	    STATUS_IO);
	assert_non_null(strstr(eventlog_problem(log), "state"));
	eventlog_close(log);
	assert_int_equal(eventlog_open(p->folder, EVENTLOG_READ, NULL, &log),
	    STATUS_NOT_FOUND);
	eventlog_close(log);
}

/* Where others may put names, a link of theirs would be written through. */
static void
test_shared_folder(void **state)
{
	struct place *p = *state;
	char elsewhere[PATH_BYTES];
	struct eventlog *log;

	log = open_log(p, EVENTLOG_WRITE, NULL);
	eventlog_close(log);
	assert_int_equal(chmod(p->folder, 0777), 0);
	assert_int_equal(eventlog_open(p->folder, EVENTLOG_WRITE, NULL, &log),
	    STATUS_IO);
	assert_non_null(strstr(eventlog_problem(log), "everybody may write"));
	eventlog_close(log);

	/* One that was left there before. */
	assert_int_equal(chmod(p->folder, 0700), 0);
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", p->top);
	assert_int_equal(unlink(p->file), 0);
	assert_int_equal(symlink(elsewhere, p->file), 0);
	assert_int_equal(eventlog_open(p->folder, EVENTLOG_WRITE, NULL, &log),
	    STATUS_IO);
	eventlog_close(log);
	assert_int_equal(access(elsewhere, F_OK), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(test_many_processes),
		IN_PLACE(test_killed_in_the_middle),
		IN_PLACE(test_no_database_at_all),
		IN_PLACE(test_damaged_inside),
		IN_PLACE(test_many_meet_damage),
		IN_PLACE(test_strangers),
		IN_PLACE(test_removed_meanwhile),
		IN_PLACE(test_nothing_to_read),
		IN_PLACE(test_full_disk),
		IN_PLACE(test_read_only_folder),
		IN_PLACE(test_no_folder),
		IN_PLACE(test_shared_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
