/* Statements, and what SQLite says to them. */
#include "fetch/sql.h"

#include <stdarg.h>

#include "base/buf.h"
#include "fetch/sql_parts.h"

enum status
sql_status(int code)
{
	switch (code & 0xFF) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return STATUS_OK;
	case SQLITE_NOMEM:
		return STATUS_NO_MEMORY;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return STATUS_STOPPED;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return STATUS_MALFORMED;
	case SQLITE_TOOBIG:
		return STATUS_TOO_BIG;
	case SQLITE_CONSTRAINT:
		return STATUS_INVALID;
	default:
		return STATUS_IO;
	}
}

void
sql_say(char *problem, const char *path, const char *why)
{
	struct buf b;

	buf_init_in(&b, problem, SQL_PROBLEM_BYTES);
	buf_puts(&b, path);
	buf_puts(&b, ": ");
	buf_puts(&b, why);
}

void
sql_say_problem(const struct sql *s, char *problem)
{
	int code = s->db == NULL ? SQLITE_CANTOPEN : sqlite3_errcode(s->db);
	int system = s->db == NULL ? 0 : sqlite3_system_errno(s->db);

	if (sql_status(code) == STATUS_STOPPED)
		sql_say(problem, s->path, "another process keeps it locked");
	else if (code == SQLITE_CANTOPEN && system != 0)
		sql_say(problem, s->path, strerror(system));
	else
		sql_say(problem, s->path, s->db == NULL ? "cannot be opened" :
		                                      sqlite3_errmsg(s->db));
}

enum status
sql_run(struct sql *s, const char *statements)
{
	return sql_status(sqlite3_exec(s->db, statements, NULL, NULL, NULL));
}

enum status
sql_number(struct sql *s, const char *text, int64_t *ret_number)
{
	sqlite3_stmt *statement;
	enum status rc;

	if ((rc = sql_begin(s, &statement, text, "")) != STATUS_OK)
		return rc;
	rc = sql_next(statement);
	if (rc == STATUS_OK)
		*ret_number = sqlite3_column_int64(statement, 0);
	sql_end(statement);
	return rc == STATUS_END ? STATUS_NOT_FOUND : rc;
}

enum status
sql_transaction(struct sql *s)
{
	enum status rc = sql_run(s, "BEGIN IMMEDIATE");

	if (rc == STATUS_OK)
		s->is_stuck = false;
	return rc;
}

void
sql_rollback(struct sql *s)
{
	if (s->db != NULL && sqlite3_get_autocommit(s->db) == 0)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

static int
bind_all(sqlite3_stmt *statement, const char *kinds, va_list args)
{
	int code = SQLITE_OK, i;

	for (i = 0; kinds[i] != '\0' && code == SQLITE_OK; i++) {
		const char *text;
		struct span bytes;

		switch (kinds[i]) {
		case 'i':
			code = sqlite3_bind_int64(statement, i + 1,
			    va_arg(args, int64_t));
			break;
		case 't':
			text = va_arg(args, const char *);
			code = sqlite3_bind_text(statement, i + 1, text, -1,
			    SQLITE_STATIC);
			break;
		default:
			bytes = va_arg(args, struct span);
			code = sqlite3_bind_blob64(statement, i + 1, bytes.ptr,
			    bytes.len, SQLITE_STATIC);
		}
	}
	return code;
}

static enum status
begin_with(struct sql *s, sqlite3_stmt **ret_statement, const char *text,
    const char *kinds, va_list args)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(s->db, text, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = bind_all(statement, kinds, args);
	if (code != SQLITE_OK) {
		sqlite3_finalize(statement);
		return sql_status(code);
	}
	*ret_statement = statement;
	return STATUS_OK;
}

enum status
sql_begin(struct sql *s, sqlite3_stmt **ret_statement, const char *text,
    const char *kinds, ...)
{
	enum status rc;
	va_list args;

	va_start(args, kinds);
	rc = begin_with(s, ret_statement, text, kinds, args);
	va_end(args);
	return rc;
}

enum status
sql_next(sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	return code == SQLITE_DONE ? STATUS_END : sql_status(code);
}

void
sql_end(sqlite3_stmt *statement)
{
	sqlite3_finalize(statement);
}

enum status
sql_do(struct sql *s, const char *text, const char *kinds, ...)
{
	sqlite3_stmt *statement;
	enum status rc;
	va_list args;

	va_start(args, kinds);
	rc = begin_with(s, &statement, text, kinds, args);
	va_end(args);
	if (rc != STATUS_OK)
		return rc;
	rc = sql_next(statement);
	sql_end(statement);
	return rc == STATUS_END ? STATUS_OK : rc;
}

const char *
sql_text(sqlite3_stmt *statement, int column)
{
	return (const char *)sqlite3_column_text(statement, column);
}

struct span
sql_bytes(sqlite3_stmt *statement, int column)
{
	const void *bytes = sqlite3_column_blob(statement, column);

	return span_of(bytes,
	    (size_t)sqlite3_column_bytes(statement, column));
}
