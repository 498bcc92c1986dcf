#include "fetch/dialog.h"

#include <stdarg.h>
#include <stdio.h>

#define QUOTE_MAX_BYTES 160

void
dialog_begin(
    struct dialog *d, const struct dialog_rules *rules, const char *name)
{
	memset(d, 0, sizeof(*d));
	d->rules = rules;
	d->name = name;
	d->state = DIALOG_READS;
}

void
dialog_say(struct dialog *d, const char *bytes, size_t len)
{
	if (len > sizeof(d->output)) {
		dialog_fail(d, OUTCOME_FAULT, "what is to be said is too long");
		return;
	}
	memcpy(d->output, bytes, len);
	d->output_len = len;
	d->state = DIALOG_SENDS;
}

void
dialog_sent(struct dialog *d)
{
	d->output_len = 0;
	d->state = DIALOG_READS;
}

void
dialog_fail(struct dialog *d, enum outcome outcome, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->why, sizeof(d->why), format, args);
	va_end(args);
	d->outcome = outcome;
	d->state = DIALOG_FAILED;
}

const char *
dialog_quote(struct span unit, char *storage, size_t size)
{
	size_t len = unit.len, i;

	if (len > QUOTE_MAX_BYTES)
		len = QUOTE_MAX_BYTES;
	if (len > size - 1)
		len = size - 1;
	/* A NUL would hide what is behind it. */
	for (i = 0; i < len; i++)
		storage[i] = unit.ptr[i] == '\0' ? ' ' : (char)unit.ptr[i];
	storage[len] = '\0';
	return storage;
}

/* A whole unit stands in the input. */
static void
take_unit(struct dialog *d)
{
	size_t len = d->input_len;

	d->input_len = 0;
	if (++d->lines > DIALOG_MAX_LINES) {
		dialog_fail(d, OUTCOME_TOO_BIG,
		    "the other side said more than %d lines", DIALOG_MAX_LINES);
		return;
	}
	if (d->rules->measure == NULL) {
		len--;
		if (len > 0 && d->input[len - 1] == '\r')
			len--;
	}
	d->input[len] = '\0';
	d->rules->take(d, span_of(d->input, len));
}

/* One octet more; units are small, and few. */
static void
take_octet(struct dialog *d, uint8_t octet)
{
	size_t whole;

	if (++d->bytes > DIALOG_MAX_BYTES || d->input_len == DIALOG_MAX_UNIT) {
		dialog_fail(d, OUTCOME_TOO_BIG,
		    "the other side said more than is allowed");
		return;
	}
	d->input[d->input_len++] = octet;
	if (d->rules->measure == NULL)
		whole = octet == '\n' ? d->input_len : 0;
	else
		whole = d->rules->measure(d->input, d->input_len);
	if (whole > DIALOG_MAX_UNIT)
		dialog_fail(d, OUTCOME_TOO_BIG,
		    "the other side announced a message of more than %d bytes",
		    DIALOG_MAX_UNIT);
	else if (whole != 0 && whole <= d->input_len)
		take_unit(d);
}

void
dialog_feed(struct dialog *d, struct span bytes, size_t *ret_taken)
{
	size_t i;

	for (i = 0; i < bytes.len && d->state == DIALOG_READS; i++)
		take_octet(d, bytes.ptr[i]);
	*ret_taken = i;
}

static enum outcome
listen_to(struct dialog *d, struct connection *c)
{
	enum outcome outcome;
	struct span bytes;
	size_t taken;

	if ((outcome = connection_fill(c, &bytes)) != OUTCOME_OK)
		return outcome;
	if (bytes.len == 0) {
		dialog_fail(d, OUTCOME_RESET,
		    "the other side closed the connection before TLS began");
		return d->outcome;
	}
	dialog_feed(d, bytes, &taken);
	connection_take(c, taken);
	return OUTCOME_OK;
}

enum outcome
dialog_run(struct dialog *d, struct connection *c)
{
	enum outcome outcome = OUTCOME_OK;

	while (outcome == OUTCOME_OK) {
		switch (d->state) {
		case DIALOG_READS:
			outcome = listen_to(d, c);
			break;
		case DIALOG_SENDS:
			outcome = connection_write(
			    c, span_of(d->output, d->output_len));
			dialog_sent(d);
			break;
		case DIALOG_READY:
			return OUTCOME_OK;
		case DIALOG_FAILED:
			return d->outcome;
		}
	}
	return outcome;
}
