/* The fields of an entry; journal_send.c hands them over. */
#include "say/journal.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "explain/rules.h"

#define FIELD_MAX_BYTES ((size_t)256 << 10) /* escapes are four for one */
#define VALUE_MAX_BYTES ((size_t)48 << 10) /* beyond: journald drops fields */

/* syslog's priorities by CAPI2's levels; levels beyond are debugging. */
static char
priority_of(int level)
{
	static const char priorities[] = { '6', '2', '3', '4', '6' };

	if (level < 0)
		return '6';
	return (size_t)level < sizeof(priorities) ? priorities[level] : '7';
}

/* "NOT TRUSTED", as the answer to verify begins. */
static void
add_answer(struct buf *b, const char *answer)
{
	for (; *answer != '\0'; answer++)
		buf_putc(b, *answer == '-' ? ' ' :
		    *answer >= 'a' && *answer <= 'z' ? (char)(*answer - 32) :
		                                       *answer);
}

static void
add_value(struct buf *b, const char *value)
{
	struct buf whole;

	if (strlen(value) <= VALUE_MAX_BYTES / 4) {
		text_add_printable(b, value);
		return;
	}
	buf_init(&whole, VALUE_MAX_BYTES);
	buf_add(&whole, value, VALUE_MAX_BYTES / 4);
	text_add_printable(b, buf_text(&whole));
	buf_puts(b, "...");
	buf_note(b, whole.status);
	buf_free(&whole);
}

static enum status
take(struct arena *a, struct buf *b, struct journal_fields *fields)
{
	enum status rc = b->status;
	char *copy;

	if (rc == STATUS_OK) {
		if ((copy = arena_copy(a, buf_text(b))) == NULL)
			rc = STATUS_NO_MEMORY;
		else
			fields->items[fields->count++] = span_of_text(copy);
	}
	buf_clear(b);
	return rc;
}

static enum status
add_field(struct arena *a, struct buf *b, const char *key, const char *value,
    struct journal_fields *fields)
{
	if (value == NULL)
		return STATUS_OK;
	buf_puts(b, key);
	buf_putc(b, '=');
	add_value(b, value);
	return take(a, b, fields);
}

/* NOT TRUSTED  leaf.pem  "leaf.example": a certificate is past its validity */
static enum status
add_message(struct arena *a, struct buf *b, const struct journal_entry *e,
    struct journal_fields *fields)
{
	const char *meaning = e->cause == NULL ? NULL : cause_meaning(e->cause);

	buf_puts(b, "MESSAGE=");
	if (e->answer != NULL)
		add_answer(b, e->answer);
	if (e->target != NULL) {
		buf_puts(b, "  ");
		add_value(b, e->target);
	}
	if (e->subject != NULL) {
		buf_puts(b, "  \"");
		add_value(b, e->subject);
		buf_putc(b, '"');
	}
	if (meaning != NULL && strcmp(e->cause, "no-error") != 0) {
		buf_puts(b, ": ");
		buf_puts(b, meaning);
	}
	return take(a, b, fields);
}

static enum status
add_records(struct arena *a, struct buf *b, const struct journal_entry *e,
    struct journal_fields *fields)
{
	if (e->first == 0)
		return STATUS_OK;
	buf_printf(b, "AVOW_RECORDS=%" PRIu64 "-%" PRIu64, e->first, e->last);
	return take(a, b, fields);
}

enum status
journal_fields(struct arena *a, const struct journal_entry *e,
    struct journal_fields *ret_fields)
{
	const char priority[] = { priority_of(e->level), '\0' };
	const struct {
		const char *key;
		const char *value;
	} plain[] = {
		{ "MESSAGE_ID", JOURNAL_MESSAGE_ID },
		{ "PRIORITY", priority },
		{ "SYSLOG_IDENTIFIER", "avow" },
		{ "AVOW_ANSWER", e->answer },
		{ "AVOW_CAUSE", e->cause },
		{ "AVOW_SUBJECT", e->subject },
		{ "AVOW_TARGET", e->target },
		{ "AVOW_TASK", e->task },
	};
	struct journal_fields fields = { .count = 0 };
	struct buf b;
	enum status rc;
	size_t i;

	buf_init(&b, FIELD_MAX_BYTES);
	rc = add_message(a, &b, e, &fields);
	for (i = 0; i < sizeof(plain) / sizeof(*plain) && rc == STATUS_OK; i++)
		rc = add_field(a, &b, plain[i].key, plain[i].value, &fields);
	if (rc == STATUS_OK)
		rc = add_records(a, &b, e, &fields);
	buf_free(&b);
	if (rc == STATUS_OK)
		*ret_fields = fields;
	return rc;
}
