/* The event log: bounds, objects, many processes, and what disks do to it. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "fetch/eventlog.h"

#define TOP_BYTES 64
#define PATH_BYTES 128
#define XML_BYTES 2000

struct place {
	char top[TOP_BYTES];
	char folder[TOP_BYTES + 16];
	char file[TOP_BYTES + 32];
};

static const char *log_file; /* of the test that runs */

static void
remove_all(const char *folder)
{
	char path[1024];
	struct dirent *entry;
	DIR *dir = opendir(folder);

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (text_equal(entry->d_name, ".") ||
		    text_equal(entry->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_type == DT_DIR)
			remove_all(path);
		else
			assert_int_equal(unlink(path), 0);
	}
	closedir(dir);
	assert_int_equal(rmdir(folder), 0);
}

static int
make_place(void **state)
{
	static struct place p;

	snprintf(p.top, sizeof(p.top), "/tmp/avow-eventlog-XXXXXX");
	if (mkdtemp(p.top) == NULL)
		return -1;
	snprintf(p.folder, sizeof(p.folder), "%s/state/avow", p.top);
	snprintf(p.file, sizeof(p.file), "%s/events.db", p.folder);
	log_file = p.file;
	*state = &p;
	return 0;
}

static int
remove_place(void **state)
{
	struct place *p = *state;

	remove_all(p->top);
	return 0;
}

static struct eventlog *
open_log(const struct place *p, enum eventlog_access access,
    const struct eventlog_limits *limits)
{
	struct eventlog *log;

	assert_int_equal(eventlog_open(p->folder, access, limits, &log),
	    STATUS_OK);
	return log;
}

/* An object whose digest is its number, repeated. */
static struct eventlog_object
make_object(uint32_t number, size_t len)
{
	static uint8_t der[4 << 20];
	struct eventlog_object o = { .suffix = "cer" };
	size_t i;

	for (i = 0; i < sizeof(o.sha1); i++)
		o.sha1[i] = (uint8_t)(number >> i % 4 * 8);
	memset(der, (int)(number & 0xFF), len);
	o.der = span_of(der, len);
	return o;
}

/* One question of `count` events; STATUS_OK, or the first failure. */
static enum status
write_question(struct eventlog *log, int count, ticks time,
    const uint32_t *objects, size_t object_count)
{
	static char xml[XML_BYTES];
	struct eventlog_event e = {
		.time = time, .id = 11, .level = 4, .task = "{A-TASK}",
	};
	struct eventlog_question q = {
		.time = time,
		.target = "leaf.pem",
		.subject = "leaf.example",
		.answer = "trusted",
		.cause = "no-error",
		.result = 0x800B0101,
		.process = "avow",
		.pid = getpid(),
		.computer = "here",
	};
	struct eventlog_object o;
	enum status rc;
	size_t i;
	int k;

	if ((rc = eventlog_begin(log, &e.record)) != STATUS_OK)
		return rc;
	for (k = 0; k < count && rc == STATUS_OK; k++, e.record++) {
		memset(xml, 'x', sizeof(xml));
		snprintf(xml, sizeof(xml), "<Event>%llu of %d by %d",
		    (unsigned long long)e.record, count, (int)getpid());
		e.xml = span_of(xml, sizeof(xml));
		rc = eventlog_add_event(log, &e);
	}
	for (i = 0; i < object_count && rc == STATUS_OK; i++) {
		o = make_object(objects[i], 3000);
		rc = eventlog_add_object(log, &o);
	}
	if (rc == STATUS_OK)
		rc = eventlog_commit(log, &q);
	if (rc != STATUS_OK)
		eventlog_abort(log);
	return rc;
}

/* What stands in the log, checked for gaps as it is read. */
struct account {
	struct eventlog *log;
	uint64_t questions, events, objects;
	uint64_t first, next; /* records; first is 0 before there is one */
};

static enum status
count_event(void *arg, const struct eventlog_event *e)
{
	struct account *a = arg;
	char want[64];

	assert_true(a->first == 0 || e->record == a->next);
	if (a->first == 0)
		a->first = e->record;
	a->next = e->record + 1;
	a->events++;
	assert_int_equal(e->xml.len, XML_BYTES);
	snprintf(want, sizeof(want), "<Event>%llu of ",
	    (unsigned long long)e->record);
	assert_memory_equal(e->xml.ptr, want, strlen(want));
	return STATUS_OK;
}

static enum status
count_question(void *arg, const struct eventlog_question *q)
{
	struct account *a = arg;
	struct eventlog_event_sink sink = { count_event, a };
	uint64_t before = a->events;

	a->questions++;
	assert_int_equal(eventlog_events(a->log, q->first, q->last, &sink),
	    STATUS_OK);
	assert_int_equal(a->events - before, q->last - q->first + 1);
	assert_string_equal(q->task, "{A-TASK}");
	assert_string_equal(q->subject, "leaf.example");
	assert_int_equal(q->result, 0x800B0101);
	assert_string_equal(q->computer, "here");
	return STATUS_OK;
}

static enum status
count_object(void *arg, const struct eventlog_object *o)
{
	struct account *a = arg;

	a->objects++;
	assert_int_equal(o->der.len, 3000);
	assert_int_equal(o->der.ptr[0], o->sha1[0]);
	return STATUS_OK;
}

/* Behind the back of the log. */
static int64_t
count(const char *what)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	int64_t number;

	assert_int_equal(sqlite3_open_v2(log_file, &db, SQLITE_OPEN_READWRITE,
	    NULL), SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	assert_int_equal(sqlite3_prepare_v2(db, what, -1, &statement, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return number;
}

static struct account
account_of(struct eventlog *log)
{
	static const struct eventlog_range all = EVENTLOG_EVERYTHING;
	struct account a = { .log = log };
	struct eventlog_question_sink questions = { count_question, &a };
	struct eventlog_object_sink objects = { count_object, &a };
	struct eventlog_state state;

	assert_int_equal(eventlog_snapshot(log), STATUS_OK);
	assert_int_equal(eventlog_questions(log, &all, &questions), STATUS_OK);
	assert_int_equal(eventlog_objects(log, 0, 0, &objects), STATUS_OK);
	assert_int_equal(eventlog_state(log, &state), STATUS_OK);
	eventlog_release(log);
	/* No event without a question, no object without one either. */
	assert_int_equal(state.events, a.events);
	if (access(log_file, W_OK) == 0) {
		assert_int_equal(count("SELECT count(*) FROM objects"),
		    a.objects);
		assert_int_equal(count("SELECT count(*) FROM events"),
		    a.events);
	}
	assert_int_equal(state.oldest, a.first);
	if (a.events != 0)
		assert_int_equal(state.next_record, a.next);
	return a;
}

static void
test_append(void **state)
{
	const uint32_t objects[] = { 7, 8 };
	struct place *p = *state;
	struct eventlog *log = open_log(p, EVENTLOG_WRITE, NULL);
	struct account a;
	struct stat st;

	assert_int_equal(write_question(log, 4, 1000, objects, 2), STATUS_OK);
	assert_int_equal(write_question(log, 3, 2000, objects, 1), STATUS_OK);
	eventlog_close(log);
	/* The numbers go on in the next process. */
	log = open_log(p, EVENTLOG_WRITE, NULL);
	assert_int_equal(write_question(log, 1, 3000, NULL, 0), STATUS_OK);
	a = account_of(log);
	assert_int_equal(a.questions, 3);
	assert_int_equal(a.first, 1);
	assert_int_equal(a.next, 9);
	assert_int_equal(a.objects, 2);
	eventlog_close(log);
	assert_int_equal(stat(p->folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
test_abort_leaves_no_gap(void **state)
{
	struct eventlog *log = open_log(*state, EVENTLOG_WRITE, NULL);
	struct eventlog_event e = { .xml = span_of("x", 1), .id = 11 };
	struct account a;

	assert_int_equal(eventlog_begin(log, &e.record), STATUS_OK);
	assert_int_equal(e.record, 1);
	assert_int_equal(eventlog_add_event(log, &e), STATUS_OK);
	eventlog_abort(log);
	assert_int_equal(write_question(log, 2, 1000, NULL, 0), STATUS_OK);
	a = account_of(log);
	assert_int_equal(a.first, 1);
	assert_int_equal(a.events, 2);
	/* Numbers that do not follow each other are our own mistake. */
	assert_int_equal(eventlog_begin(log, &e.record), STATUS_OK);
	e.record++;
	assert_int_equal(eventlog_add_event(log, &e), STATUS_INVALID);
	eventlog_abort(log);
	eventlog_close(log);
}

static enum status
keep_first(void *arg, const struct eventlog_question *q)
{
	uint64_t *firsts = arg;

	firsts[++firsts[0]] = q->first;
	return STATUS_OK;
}

static void
test_ranges(void **state)
{
	struct eventlog *log = open_log(*state, EVENTLOG_WRITE, NULL);
	struct eventlog_range r = EVENTLOG_EVERYTHING;
	uint64_t firsts[8] = { 0 };
	struct eventlog_question_sink sink = { keep_first, firsts };
	int i;

	for (i = 0; i < 5; i++)
		assert_int_equal(write_question(log, 2, 1000 * i, NULL, 0),
		    STATUS_OK);
	r.since = 1000;
	r.until = 3000;
	r.is_newest_first = true;
	assert_int_equal(eventlog_questions(log, &r, &sink), STATUS_OK);
	assert_int_equal(firsts[0], 3);
	assert_int_equal(firsts[1], 7);
	assert_int_equal(firsts[3], 3);
	/* A record in the middle of a question finds the question. */
	r = (struct eventlog_range)EVENTLOG_EVERYTHING;
	r.first = r.last = 6;
	firsts[0] = 0;
	assert_int_equal(eventlog_questions(log, &r, &sink), STATUS_OK);
	assert_int_equal(firsts[0], 1);
	assert_int_equal(firsts[1], 5);
	/* No number is too great to be asked for. */
	r.first = UINT64_MAX;
	r.last = 0;
	firsts[0] = 0;
	assert_int_equal(eventlog_questions(log, &r, &sink), STATUS_OK);
	assert_int_equal(firsts[0], 0);
	eventlog_close(log);
}

static void
test_bound_of_events(void **state)
{
	const struct eventlog_limits limits = { EVENTLOG_MAX_BYTES, 10 };
	struct eventlog *log = open_log(*state, EVENTLOG_WRITE, &limits);
	uint32_t objects[2];
	struct account a;
	uint32_t i;

	for (i = 0; i < 50; i++) {
		/* One object of its own, one shared by all. */
		objects[0] = 100 + i;
		objects[1] = 99;
		assert_int_equal(write_question(log, 3, i, objects, 2),
		    STATUS_OK);
	}
	a = account_of(log);
	assert_int_equal(a.questions, 3);
	assert_int_equal(a.first, 142);
	assert_int_equal(a.next, 151);
	assert_int_equal(a.objects, 4);
	/* One question beyond the bound is refused and leaves the rest. */
	assert_int_equal(write_question(log, 11, i, NULL, 0), STATUS_TOO_BIG);
	assert_int_equal(account_of(log).questions, 3);
	eventlog_close(log);
}

static void
test_bound_of_bytes(void **state)
{
	const struct eventlog_limits limits = { EVENTLOG_LEAST_BYTES,
		EVENTLOG_MAX_EVENTS };
	struct place *p = *state;
	struct eventlog *log = open_log(p, EVENTLOG_WRITE, &limits);
	struct eventlog_state s;
	struct account a;
	struct stat st;
	uint32_t i;

	for (i = 0; i < 300; i++) {
		assert_int_equal(write_question(log, 4, i, &i, 1), STATUS_OK);
		assert_int_equal(eventlog_state(log, &s), STATUS_OK);
		assert_in_range(s.bytes, 1, EVENTLOG_LEAST_BYTES);
	}
	a = account_of(log);
	assert_int_equal(a.next, 1201);
	assert_in_range(a.questions, 10, 40);
	assert_int_equal(a.objects, a.questions);
	eventlog_close(log);
	assert_int_equal(stat(p->file, &st), 0);
	assert_in_range(st.st_size, 1, EVENTLOG_LEAST_BYTES + (64 << 10));
}

/* Processes that ask one question each, one after the other. */
static void
test_short_lives(void **state)
{
	struct place *p = *state;
	struct eventlog *log;
	char path[PATH_BYTES];
	off_t greatest = 0;
	struct stat st;
	uint32_t i;

	snprintf(path, sizeof(path), "%s-wal", p->file);
	for (i = 0; i < 300; i++) {
		log = open_log(p, EVENTLOG_WRITE, NULL);
		assert_int_equal(write_question(log, 4, i, &i, 1), STATUS_OK);
		eventlog_close(log);
		assert_int_equal(stat(path, &st), 0);
		if (st.st_size > greatest)
			greatest = st.st_size;
	}
	/* The WAL is written back now and then, and never grows on. */
	assert_in_range(greatest, 1 << 20, 3 << 20);
	log = open_log(p, EVENTLOG_READ, NULL);
	assert_int_equal(account_of(log).questions, 300);
	eventlog_close(log);
}

static void
test_too_big(void **state)
{
	struct eventlog *log = open_log(*state, EVENTLOG_WRITE, NULL);
	struct eventlog_object o =
	    make_object(5, EVENTLOG_MAX_OBJECT_BYTES + 1);
	struct eventlog_event e = { .xml = span_of("x", 1), .id = 11 };
	struct eventlog_question q = { .time = 1 };
	struct eventlog_state s;

	assert_int_equal(eventlog_begin(log, &e.record), STATUS_OK);
	assert_int_equal(eventlog_add_event(log, &e), STATUS_OK);
	/* An object too many does not cost the question. */
	assert_int_equal(eventlog_add_object(log, &o), STATUS_TOO_BIG);
	assert_int_equal(eventlog_commit(log, &q), STATUS_OK);
	assert_int_equal(eventlog_state(log, &s), STATUS_OK);
	assert_int_equal(s.events, 1);
	assert_int_equal(count("SELECT count(*) FROM objects"), 0);
	eventlog_close(log);
}

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

static void
test_news(void **state)
{
	struct place *p = *state;
	struct eventlog *writer = open_log(p, EVENTLOG_WRITE, NULL);
	struct eventlog *reader;
	int64_t before, after;

	assert_int_equal(write_question(writer, 1, 1, NULL, 0), STATUS_OK);
	reader = open_log(p, EVENTLOG_READ, NULL);
	assert_int_equal(eventlog_version(reader, &before), STATUS_OK);
	assert_int_equal(eventlog_version(reader, &after), STATUS_OK);
	assert_int_equal(before, after);
	assert_int_equal(write_question(writer, 1, 1, NULL, 0), STATUS_OK);
	assert_int_equal(eventlog_version(reader, &after), STATUS_OK);
	assert_int_not_equal(before, after);
	/* A reader in the middle of a snapshot sees one moment only. */
	assert_int_equal(eventlog_snapshot(reader), STATUS_OK);
	assert_int_equal(write_question(writer, 1, 1, NULL, 0), STATUS_OK);
	{
		struct eventlog_state s;

		assert_int_equal(eventlog_state(reader, &s), STATUS_OK);
		assert_int_equal(s.events, 2);
	}
	eventlog_release(reader);
	assert_int_equal(account_of(reader).events, 3);
	eventlog_close(reader);
	eventlog_close(writer);
}

#define IN_PLACE(test) \
	cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(test_append),
		IN_PLACE(test_abort_leaves_no_gap),
		IN_PLACE(test_ranges),
		IN_PLACE(test_bound_of_events),
		IN_PLACE(test_bound_of_bytes),
		IN_PLACE(test_short_lives),
		IN_PLACE(test_too_big),
		IN_PLACE(test_many_processes),
		IN_PLACE(test_killed_in_the_middle),
		IN_PLACE(test_no_database_at_all),
		IN_PLACE(test_damaged_inside),
		IN_PLACE(test_many_meet_damage),
		IN_PLACE(test_strangers),
		IN_PLACE(test_removed_meanwhile),
		IN_PLACE(test_nothing_to_read),
		IN_PLACE(test_read_only_folder),
		IN_PLACE(test_no_folder),
		IN_PLACE(test_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
