/* Opening and closing: see sql.h. */
#define _GNU_SOURCE
#include "fetch/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "fetch/sql_parts.h"

#define FOLDER_MODE 0700
#define FILE_MODE 0600
#define LOCK_FILE "lock"
#define LOCK_STEP_MS 5
#define PAGE_BYTES 4096

static int64_t
wal_bytes(const struct sql *s)
{
	char path[SQL_PATH_BYTES + 8];
	struct stat st;
	struct buf b;

	buf_init_in(&b, path, sizeof(path));
	buf_puts(&b, s->path);
	buf_puts(&b, "-wal");
	return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

/*
 * Write back a WAL that has grown, and empty it. Whoever opens the database
 * next, alone, has to read all of the WAL and cannot tell that it was written
 * back already: it would do so again, and so would the one after it. With
 * others around nothing is waited for; the last of them does it.
 */
static void
shrink_wal(struct sql *s)
{
	if (s->is_read_only ||
	    wal_bytes(s) < (int64_t)s->layout->wal_pages * PAGE_BYTES)
		return;
	sqlite3_busy_timeout(s->db, 0);
	sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE,
	    NULL, NULL);
}

void
sql_close(struct sql *s)
{
	if (s->db != NULL && s->layout->keeps_wal)
		shrink_wal(s);
	sqlite3_close_v2(s->db);
	s->db = NULL;
}

/* The folder and those above it. */
static enum status
make_folder(const char *folder, char *problem)
{
	char path[SQL_PATH_BYTES];
	char *slash = path;
	struct buf b;

	buf_init_in(&b, path, sizeof(path));
	buf_puts(&b, folder);
	if (b.status != STATUS_OK) {
		sql_say(problem, folder, strerror(ENAMETOOLONG));
		return STATUS_IO;
	}
	while (slash != NULL) {
		if ((slash = strchr(slash + 1, '/')) != NULL)
			*slash = '\0';
		if (mkdir(path, FOLDER_MODE) != 0 && errno != EEXIST &&
		    (slash == NULL || access(path, X_OK) != 0)) {
			sql_say(problem, path, strerror(errno));
			return STATUS_IO;
		}
		if (slash != NULL)
			*slash = '/';
	}
	return STATUS_OK;
}

/*
 * Who else can put names into the folder could lead us to write through them,
 * anywhere we may.
 */
static enum status
check_folder(const char *folder, char *problem)
{
	const char *why = NULL;
	struct stat st;

	if (stat(folder, &st) != 0)
		why = strerror(errno);
	else if (!S_ISDIR(st.st_mode))
		why = strerror(ENOTDIR);
	else if (st.st_uid != geteuid() && st.st_uid != 0)
		why = "the folder belongs to somebody else, who could put "
		    "anything there";
	else if ((st.st_mode & S_IWOTH) != 0)
		why = "everybody may write to the folder, and could put "
		    "anything there (chmod 700)";
	else if ((st.st_mode & S_IWGRP) != 0)
		why = "a group may write to the folder, and could put "
		    "anything there (chmod 700)";
	if (why != NULL) {
		sql_say(problem, folder, why);
		return STATUS_IO;
	}
	return STATUS_OK;
}

static bool
identify(const char *path, uint64_t *ret_device, uint64_t *ret_inode)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	*ret_device = (uint64_t)st.st_dev;
	*ret_inode = (uint64_t)st.st_ino;
	return true;
}

bool
sql_is_current(const struct sql *s)
{
	uint64_t device, inode;

	return identify(s->path, &device, &inode) && device == s->device &&
	    inode == s->inode;
}

/* The n-th look at a lock that others hold: whether to look once more. */
static bool
is_patient(struct sql *s, int n)
{
	uint64_t now = clock_monotonic_ms();

	if (n == 0)
		s->give_up_ms = s->is_stuck ? now :
		                              now + (uint64_t)s->layout->wait_ms;
	if (now < s->give_up_ms &&
	    (s->deadline_ms == 0 || now < s->deadline_ms) &&
	    (s->stop == NULL || *s->stop == 0)) {
		usleep(LOCK_STEP_MS * 1000);
		return true;
	}
	s->is_stuck = true;
	return false;
}

static int
wait_busy(void *arg, int n)
{
	return is_patient(arg, n);
}

/*
 * Take the lock on opening, waiting a while. Who only reads makes no file to
 * lock, and does without one.
 */
static enum status
lock_opening(struct sql *s, int how, int *ret_fd, char *problem)
{
	char path[SQL_PATH_BYTES + sizeof(LOCK_FILE)];
	bool is_reading = s->access == SQL_READ;
	struct buf b;
	int n, fd, why;

	buf_init_in(&b, path, sizeof(path));
	buf_add(&b, s->path, s->folder_len);
	buf_puts(&b, "/" LOCK_FILE);
	fd = open(path, (is_reading ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC,
	    FILE_MODE);
	for (n = 0; fd >= 0 && flock(fd, how | LOCK_NB) != 0; n++) {
		why = errno;
		if (why == EWOULDBLOCK && is_patient(s, n))
			continue;
		close(fd);
		sql_say(problem, s->path, why == EWOULDBLOCK ?
		    "another process keeps it locked" : strerror(why));
		return why == EWOULDBLOCK ? STATUS_STOPPED : STATUS_IO;
	}
	if (fd < 0 && !is_reading) {
		sql_say(problem, path, strerror(errno));
		return STATUS_IO;
	}
	*ret_fd = fd;
	return STATUS_OK;
}

static void
unlock_opening(int fd)
{
	if (fd >= 0)
		close(fd);
}

static enum status
refuse_stranger(const struct sql *s, char *problem)
{
	if (s->layout->replaces_strangers)
		return STATUS_MALFORMED;
	sql_say(problem, s->path, "this is another program's database");
	return STATUS_UNSUPPORTED;
}

/* Whether the tables are there. */
static enum status
check_tables(struct sql *s)
{
	enum status rc;
	int64_t any;

	rc = sql_number(s, s->layout->probe, &any);
	if (rc == STATUS_NOT_FOUND || (rc == STATUS_IO &&
	        (sqlite3_errcode(s->db) & 0xFF) == SQLITE_ERROR))
		return STATUS_MALFORMED;
	return rc;
}

/* What the file says it is: STATUS_NOT_FOUND for an empty one. */
static enum status
check_layout(struct sql *s, char *problem)
{
	int64_t application, version, tables;
	enum status rc;

	if ((rc = sql_number(s, "PRAGMA application_id", &application)) !=
	        STATUS_OK ||
	    (rc = sql_number(s, "PRAGMA user_version", &version)) !=
	        STATUS_OK ||
	    (rc = sql_number(s, "SELECT count(*) FROM sqlite_schema",
	        &tables)) != STATUS_OK)
		return rc;
	if (application == 0 && version == 0 && tables == 0)
		return STATUS_NOT_FOUND;
	if ((uint32_t)application != s->layout->application)
		return refuse_stranger(s, problem);
	if (version > s->layout->version) {
		sql_say(problem, s->path, "a newer avow has made it");
		return STATUS_UNSUPPORTED;
	}
	return check_tables(s);
}

/* Nobody waits for a change of the journal's mode by itself, so we do. */
static enum status
enter_wal(struct sql *s)
{
	enum status rc;
	int n;

	for (n = 0; (rc = sql_run(s, "PRAGMA journal_mode = WAL")) ==
	     STATUS_STOPPED && is_patient(s, n); n++)
		;
	return rc;
}

static enum status
make_layout(struct sql *s, char *problem)
{
	char mark[128];
	enum status rc;

	snprintf(mark, sizeof(mark),
	    "PRAGMA application_id = %u; PRAGMA user_version = %d; COMMIT",
	    s->layout->application, s->layout->version);
	if ((rc = enter_wal(s)) == STATUS_OK &&
	    (rc = sql_transaction(s)) == STATUS_OK &&
	    (rc = sql_run(s, s->layout->schema)) == STATUS_OK)
		rc = sql_run(s, mark);
	if (rc != STATUS_OK)
		sql_say_problem(s, problem);
	sql_rollback(s);
	return rc;
}

/*
 * Where it keeps the WAL, what the last process leaves in it stays there: a
 * checkpoint waits for the disk, and readers write nothing.
 */
static enum status
set_up(struct sql *s)
{
	char settings[256];

	sqlite3_busy_handler(s->db, wait_busy, s);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
	    s->layout->keeps_wal, NULL);
	/* What is read may have been made by anybody. */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	snprintf(settings, sizeof(settings), "PRAGMA synchronous = NORMAL;"
	    "PRAGMA temp_store = MEMORY;"
	    "PRAGMA cell_size_check = ON;"
	    "PRAGMA journal_size_limit = %lld;"
	    "PRAGMA wal_autocheckpoint = %d",
	    (long long)s->layout->wal_pages * PAGE_BYTES, s->layout->wal_pages);
	return sql_run(s, settings);
}

/* `name` is a path or a URI. */
static enum status
open_name(struct sql *s, const char *name, int flags)
{
	enum status rc;

	sql_close(s);
	rc = sql_status(sqlite3_open_v2(name, &s->db, flags |
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
	return rc == STATUS_OK ? set_up(s) : rc;
}

/*
 * The name of a database of ours is nobody's link. It is looked at, not opened:
 * closing it again would take away the locks of this process's other handles.
 */
static enum status
check_file(struct sql *s, char *problem)
{
	struct stat st;
	int why = lstat(s->path, &st) != 0 ? errno : 0;

	if (why == 0 && S_ISLNK(st.st_mode) && s->access != SQL_READ)
		why = ELOOP;
	if (why == 0 && identify(s->path, &s->device, &s->inode))
		return STATUS_OK;
	if (why == 0)
		why = errno;
	sql_say(problem, s->path, strerror(why));
	return why == ENOENT || why == ENOTDIR ? STATUS_NOT_FOUND : STATUS_IO;
}

/* STATUS_NOT_FOUND when it is not there, or nobody has filled it yet. */
static enum status
open_as_is(struct sql *s, char *problem)
{
	enum status rc;

	problem[0] = '\0';
	if ((rc = check_file(s, problem)) != STATUS_OK)
		return rc;
	rc = open_name(s, s->path, 0);
	if (rc == STATUS_OK)
		rc = check_layout(s, problem);
	if (rc == STATUS_OK)
		s->is_read_only = sqlite3_db_readonly(s->db, "main") == 1;
	if (rc == STATUS_NOT_FOUND)
		sql_say(problem, s->path, "nothing is in it");
	else if (rc != STATUS_OK && problem[0] == '\0')
		sql_say_problem(s, problem);
	return rc;
}

static enum status
open_immutable(struct sql *s, char *problem)
{
	char uri[SQL_PATH_BYTES * 3 + 64];
	enum status rc;
	struct buf b;
	size_t i;

	buf_init_in(&b, uri, sizeof(uri));
	buf_puts(&b, "file:");
	for (i = 0; s->path[i] != '\0'; i++)
		buf_printf(&b, strchr("?#%", s->path[i]) != NULL ? "%%%02X" :
		                                                   "%c",
		    (unsigned char)s->path[i]);
	buf_puts(&b, "?immutable=1");
	problem[0] = '\0';
	rc = open_name(s, uri, SQLITE_OPEN_URI);
	if (rc == STATUS_OK)
		rc = check_layout(s, problem);
	if (rc != STATUS_OK && problem[0] == '\0')
		sql_say_problem(s, problem);
	return rc;
}

/* Whether SQLite was refused what it needs to write, or to share. */
static bool
is_barred(const struct sql *s)
{
	int code = s->db == NULL ? SQLITE_OK : sqlite3_errcode(s->db) & 0xFF;

	return code == SQLITE_CANTOPEN || code == SQLITE_READONLY;
}

/*
 * A reader needs the shared memory beside the WAL. Where it may neither use nor
 * make that, and no WAL is there to be missed, the file is read as it stands.
 */
static enum status
open_reading(struct sql *s, char *problem)
{
	enum status rc = open_as_is(s, problem);

	if (rc == STATUS_IO && is_barred(s) && wal_bytes(s) == 0)
		rc = open_immutable(s, problem);
	s->is_read_only = true;
	return rc;
}

/*
 * A damaged file that was kept before makes room. What cannot be moved may not
 * stay beside a new database, nor an old WAL beside one that had none.
 */
static enum status
rename_beside(const char *path, const char *end)
{
	char from[SQL_PATH_BYTES + 32], to[SQL_PATH_BYTES + 32];
	struct buf a, b;

	buf_init_in(&a, from, sizeof(from));
	buf_puts(&a, path);
	buf_puts(&a, end);
	buf_init_in(&b, to, sizeof(to));
	buf_puts(&b, path);
	buf_puts(&b, SQL_DAMAGED);
	buf_puts(&b, end);
	if (rename(from, to) == 0)
		return STATUS_OK;
	if (errno == ENOENT)
		return unlink(to) == 0 || errno == ENOENT ? STATUS_OK :
		                                            STATUS_IO;
	return unlink(from) == 0 ? STATUS_OK : STATUS_IO;
}

/* Under the exclusive lock. */
static enum status
set_aside(struct sql *s, char *problem)
{
	sql_close(s);
	/* The WAL first: it must not meet a new database. */
	if (rename_beside(s->path, "-wal") != STATUS_OK ||
	    rename_beside(s->path, "-shm") != STATUS_OK ||
	    rename_beside(s->path, "") != STATUS_OK) {
		sql_say(problem, s->path, strerror(errno));
		return STATUS_IO;
	}
	s->was_set_aside = true;
	return STATUS_OK;
}

/* SQLite takes an empty file for a new database, and its mode for the WAL. */
static enum status
make_file(const struct sql *s, char *problem)
{
	int fd = open(s->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
	    FILE_MODE);

	if (fd < 0 && errno != EEXIST) {
		sql_say(problem, s->path, strerror(errno));
		return STATUS_IO;
	}
	if (fd >= 0)
		close(fd);
	return STATUS_OK;
}

/* Under the exclusive lock: make the database, anew when it is damaged. */
static enum status
open_alone(struct sql *s, char *problem)
{
	enum status rc = open_as_is(s, problem);

	if (rc == STATUS_MALFORMED) {
		if ((rc = set_aside(s, problem)) != STATUS_OK)
			return rc;
		rc = STATUS_NOT_FOUND;
	}
	if (rc != STATUS_NOT_FOUND)
		return rc;
	if ((rc = make_file(s, problem)) != STATUS_OK)
		return rc;
	rc = open_as_is(s, problem);
	if (rc != STATUS_NOT_FOUND)
		return rc;
	return make_layout(s, problem);
}

static enum status
open_writing(struct sql *s, char *problem)
{
	enum status rc;
	int fd = -1;

	if ((rc = lock_opening(s, LOCK_SH, &fd, problem)) != STATUS_OK)
		return rc;
	rc = open_as_is(s, problem);
	unlock_opening(fd);
	if (rc != STATUS_NOT_FOUND && rc != STATUS_MALFORMED)
		return rc;
	sql_close(s);
	if ((rc = lock_opening(s, LOCK_EX, &fd, problem)) != STATUS_OK)
		return rc;
	rc = open_alone(s, problem);
	unlock_opening(fd);
	return rc;
}

static enum status
open_locked_reading(struct sql *s, char *problem)
{
	enum status rc;
	int fd = -1;

	if ((rc = lock_opening(s, LOCK_SH, &fd, problem)) != STATUS_OK)
		return rc;
	rc = open_reading(s, problem);
	unlock_opening(fd);
	return rc;
}

static enum status
open_by_access(struct sql *s, char *problem)
{
	char other[SQL_PROBLEM_BYTES];
	enum status rc;

	s->was_set_aside = false;
	s->is_read_only = false;
	if (s->access == SQL_READ) {
		rc = open_locked_reading(s, problem);
	} else {
		rc = open_writing(s, problem);
		/* Nothing may be written there; perhaps it can be read. */
		if (s->access == SQL_EITHER && !s->was_set_aside &&
		    (rc == STATUS_STOPPED || rc == STATUS_IO) &&
		    open_reading(s, other) == STATUS_OK)
			rc = STATUS_OK;
	}
	if (rc == STATUS_OK)
		problem[0] = '\0';
	else
		sql_close(s);
	return rc;
}

enum status
sql_open(const char *folder, const char *name, enum sql_access access,
    const struct sql_layout *layout, struct sql *ret_sql, char *problem)
{
	struct sql *s = ret_sql;
	enum status rc;
	struct buf b;

	*s = (struct sql){ .layout = layout, .access = access,
		.folder_len = strlen(folder) };
	buf_init_in(&b, s->path, sizeof(s->path));
	buf_puts(&b, folder);
	buf_putc(&b, '/');
	buf_puts(&b, name);
	if (b.status != STATUS_OK) {
		sql_say(problem, folder, strerror(ENAMETOOLONG));
		return STATUS_IO;
	}
	if (access != SQL_READ &&
	    ((rc = make_folder(folder, problem)) != STATUS_OK ||
	        (rc = check_folder(folder, problem)) != STATUS_OK))
		return rc;
	return open_by_access(s, problem);
}

/* Look once more: a disk may fail for a moment, and SQLite calls that damage. */
static bool
is_still_damaged(struct sql *s, char *problem)
{
	enum status rc = open_as_is(s, problem);
	int64_t faults = 0;

	if (rc == STATUS_OK)
		rc = sql_number(s, "SELECT count(*)"
		    " FROM pragma_integrity_check(1)"
		    " WHERE integrity_check <> 'ok'", &faults);
	return rc == STATUS_MALFORMED || faults > 0;
}

enum status
sql_renew(struct sql *s, char *problem)
{
	bool was_set_aside = false;
	enum status rc;
	int fd = -1;

	sql_close(s);
	if ((rc = lock_opening(s, LOCK_EX, &fd, problem)) != STATUS_OK)
		return rc;
	if (sql_is_current(s) && is_still_damaged(s, problem)) {
		rc = set_aside(s, problem);
		was_set_aside = rc == STATUS_OK;
	}
	sql_close(s);
	unlock_opening(fd);
	if (rc == STATUS_OK)
		rc = open_by_access(s, problem);
	s->was_set_aside |= was_set_aside;
	return rc;
}
