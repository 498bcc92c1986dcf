/* Renders rows of avow's own event log: one question, or one event, a line. */
#ifndef AVOW_SAY_LOG_LINE_H
#define AVOW_SAY_LOG_LINE_H

#include "fetch/eventlog.h"
#include "say/answer.h"

/* What the columns of the lines that follow are called. */
void log_line_head(struct buf *b, bool is_of_events, const struct page *page);

/* Time, answer, cause, records and subject; escaped, one line. */
void log_line_question(struct buf *b, const struct eventlog_question *q,
    const struct page *page);

/* Time, level, number and name of the event, record, task and subject. */
void log_line_event(struct buf *b, const struct eventlog_event *event,
    const struct eventlog_question *of, const struct page *page);

/* One JSON object and a newline, as doc/json-events.md describes it. */
void log_json_question(struct buf *b, const struct eventlog_question *q);

#endif
