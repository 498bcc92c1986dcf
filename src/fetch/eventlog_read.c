/* Reading the event log; nothing is ever written here. */
#include "fetch/eventlog_parts.h"

#define SHA1_COLUMN 0

#define QUESTIONS                                                              \
	"SELECT first, last, time, level, task, target, subject, answer,"      \
	" cause, result, process, pid, computer FROM questions"                \
	" WHERE last >= ? AND first <= ? AND time >= ? AND time <= ?"

/* SQLite's greatest number is greater than every record. */
static int64_t
record_of(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static int64_t
last_of(uint64_t value)
{
	return value == 0 ? INT64_MAX : record_of(value);
}

static enum status
end_rows(struct eventlog *log, sqlite3_stmt *rows, enum status rc)
{
	if (rc != STATUS_END && rc != STATUS_OK)
		(void)eventlog_failed(log, rc);
	sql_end(rows);
	return rc == STATUS_END ? STATUS_OK : rc;
}

static struct eventlog_question
read_question(sqlite3_stmt *row)
{
	return (struct eventlog_question){
		.first = (uint64_t)sqlite3_column_int64(row, 0),
		.last = (uint64_t)sqlite3_column_int64(row, 1),
		.time = sqlite3_column_int64(row, 2),
		.level = sqlite3_column_int(row, 3),
		.task = sql_text(row, 4),
		.target = sql_text(row, 5),
		.subject = sql_text(row, 6),
		.answer = sql_text(row, 7),
		.cause = sql_text(row, 8),
		.result = (uint32_t)sqlite3_column_int64(row, 9),
		.process = sql_text(row, 10),
		.pid = sqlite3_column_int64(row, 11),
		.computer = sql_text(row, 12),
	};
}

enum status
eventlog_questions(struct eventlog *log, const struct eventlog_range *range,
    const struct eventlog_question_sink *sink)
{
	static const char forwards[] = QUESTIONS " ORDER BY first";
	static const char backwards[] = QUESTIONS " ORDER BY first DESC";
	struct eventlog_question q;
	sqlite3_stmt *rows;
	enum status rc;

	rc = sql_begin(&log->sql, &rows,
	    range->is_newest_first ? backwards : forwards, "iiii",
	    record_of(range->first), last_of(range->last),
	    range->since == TIME_NONE ? INT64_MIN : range->since,
	    range->until == TIME_NONE ? INT64_MAX : range->until);
	if (rc != STATUS_OK)
		return eventlog_failed(log, rc);
	while ((rc = sql_next(rows)) == STATUS_OK) {
		q = read_question(rows);
		if ((rc = sink->put(sink->arg, &q)) != STATUS_OK)
			break;
	}
	return end_rows(log, rows, rc);
}

enum status
eventlog_events(struct eventlog *log, uint64_t first, uint64_t last,
    const struct eventlog_event_sink *sink)
{
	struct eventlog_event e;
	sqlite3_stmt *rows;
	enum status rc;

	rc = sql_begin(&log->sql, &rows, "SELECT record, time, id, level,"
	    " task, xml FROM events WHERE record BETWEEN ? AND ?"
	    " ORDER BY record", "ii", record_of(first), last_of(last));
	if (rc != STATUS_OK)
		return eventlog_failed(log, rc);
	while ((rc = sql_next(rows)) == STATUS_OK) {
		e = (struct eventlog_event){
			.record = (uint64_t)sqlite3_column_int64(rows, 0),
			.time = sqlite3_column_int64(rows, 1),
			.id = sqlite3_column_int(rows, 2),
			.level = sqlite3_column_int(rows, 3),
			.task = sql_text(rows, 4),
			.xml = sql_bytes(rows, 5),
		};
		if ((rc = sink->put(sink->arg, &e)) != STATUS_OK)
			break;
	}
	return end_rows(log, rows, rc);
}

enum status
eventlog_objects(struct eventlog *log, uint64_t first, uint64_t last,
    const struct eventlog_object_sink *sink)
{
	struct eventlog_object o = { .suffix = NULL };
	struct span sha1;
	sqlite3_stmt *rows;
	enum status rc;

	rc = sql_begin(&log->sql, &rows, "SELECT sha1, suffix, der FROM objects"
	    " WHERE sha1 IN (SELECT mentions.sha1 FROM mentions"
	    " JOIN questions ON questions.first = mentions.question"
	    " WHERE questions.last >= ? AND questions.first <= ?)"
	    " ORDER BY sha1", "ii", record_of(first), last_of(last));
	if (rc != STATUS_OK)
		return eventlog_failed(log, rc);
	while ((rc = sql_next(rows)) == STATUS_OK) {
		sha1 = sql_bytes(rows, SHA1_COLUMN);
		if (sha1.len != sizeof(o.sha1)) {
			rc = STATUS_MALFORMED;
			break;
		}
		memcpy(o.sha1, sha1.ptr, sizeof(o.sha1));
		o.suffix = sql_text(rows, 1);
		o.der = sql_bytes(rows, 2);
		if ((rc = sink->put(sink->arg, &o)) != STATUS_OK)
			break;
	}
	return end_rows(log, rows, rc);
}

enum status
eventlog_snapshot(struct eventlog *log)
{
	int64_t any;
	enum status rc = sql_run(&log->sql, "BEGIN");

	/* The moment is that of the first look. */
	if (rc == STATUS_OK)
		rc = sql_number(&log->sql, "SELECT next_record FROM state",
		    &any);
	return eventlog_failed(log, rc);
}

void
eventlog_release(struct eventlog *log)
{
	sql_rollback(&log->sql);
}

/*
 * Each of these takes the same short time however long the log is. Records are
 * without gaps and go from the oldest on, so the first and the last one tell
 * how many there are; SQLite finds one of them at once, both only by counting.
 */
enum status
eventlog_state(struct eventlog *log, struct eventlog_state *ret_state)
{
	static const char *const questions[] = {
		"SELECT next_record FROM state",
		"SELECT ifnull(min(record), 0) FROM events",
		"PRAGMA page_count", "PRAGMA freelist_count",
		"PRAGMA page_size",
	};
	int64_t numbers[sizeof(questions) / sizeof(*questions)];
	enum status rc;
	size_t i;

	for (i = 0; i < sizeof(questions) / sizeof(*questions); i++)
		if ((rc = sql_number(&log->sql, questions[i], &numbers[i])) !=
		    STATUS_OK)
			return eventlog_failed(log, rc);
	*ret_state = (struct eventlog_state){
		.next_record = (uint64_t)numbers[0],
		.oldest = (uint64_t)numbers[1],
		.events = numbers[1] == 0 ? 0 :
		    (uint64_t)(numbers[0] - numbers[1]),
		.bytes = (uint64_t)((numbers[2] - numbers[3]) * numbers[4]),
	};
	return STATUS_OK;
}

enum status
eventlog_version(struct eventlog *log, int64_t *ret_version)
{
	return eventlog_failed(log,
	    sql_number(&log->sql, "PRAGMA data_version", ret_version));
}
