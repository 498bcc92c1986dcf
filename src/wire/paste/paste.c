/*
 * Events in text as people post it.
 *
 * The bytes become tidy text (paste_clean, paste_strip). One pass goes through
 * its lines and hands each place to the reader that knows its form: XML
 * (paste_xml), labels and values (paste_header), the friendly view
 * (paste_friendly), tables (paste_table), YAML (paste_yaml), JSON (paste_json). What no reader
 * takes is prose and is searched for messages and numbers (paste_prose). Each
 * find is a draft; at the end drafts of one event become one (paste_merge) and
 * go to the sink in the order of the text.
 *
 * Every reader says where it stopped and what it looked at is not looked at
 * again by its kind, so that the time grows with the length of the input. What
 * the text does not say stays unknown; nothing is filled in from what is usual.
 */
#include "wire/paste.h"

#include <string.h>

#include "base/text.h"
#include "trace/catalogue.h"
#include "wire/paste/internal.h"

#define PROSE_CHUNK ((size_t)256 << 10) /* bytes searched in one go */

struct slice
paste_line(const struct paste *p, size_t at)
{
	const char *start = p->text + at, *stop;

	if (at >= p->len)
		return slice_of(p->text + p->len, 0);
	stop = memchr(start, '\n', p->len - at);
	return slice_of(start, stop == NULL ? p->len - at :
	    (size_t)(stop - start));
}

size_t
paste_after(const struct paste *p, size_t at, struct slice line)
{
	size_t next = (size_t)(line.ptr + line.len - p->text) + 1;

	(void)at;
	return next > p->len ? p->len : next;
}

struct draft *
draft_add(struct paste *p, enum draft_kind kind, size_t at)
{
	struct draft *d;

	if (p->count >= PASTE_MAX_DRAFTS) {
		p->status = STATUS_TOO_BIG;
		return NULL;
	}
	if ((d = arena_new(p->arena, struct draft)) == NULL) {
		p->status = STATUS_NO_MEMORY;
		return NULL;
	}
	event_init(&d->ev, FORM_PASTE);
	d->kind = kind;
	d->at = d->end = at;
	d->ev.where = clean_where(&p->clean, at);
	if (p->last == NULL)
		p->first = d;
	else
		p->last->next = d;
	p->last = d;
	p->count++;
	return d;
}

/* Text that is in no block; pieces are kept apart by line ends. */
static void
add_prose(struct paste *p, size_t at, size_t end)
{
	if (end <= at)
		return;
	if (p->prose.len == 0)
		p->prose_at = at;
	buf_add(&p->prose, p->text + at, end - at);
	if (p->prose.len > 0 && p->prose.ptr[p->prose.len - 1] != '\n')
		buf_putc(&p->prose, '\n');
	if (p->prose.status != STATUS_OK)
		p->status = p->prose.status;
}

static struct draft *
read_block(struct paste *p, size_t at, struct slice line, size_t *ret_end)
{
	const char *tag = xml_find_start(line), *label;
	struct draft *d;

	*ret_end = at;
	if ((d = json_read(p, at, ret_end)) != NULL)
		return d;
	if ((d = yaml_read(p, at, ret_end)) != NULL || *ret_end > at)
		return d;
	if ((d = table_read(p, at, ret_end)) != NULL || *ret_end > at)
		return d;
	if ((d = header_read(p, at, ret_end)) != NULL)
		return d;
	/* Once for each line, not for each of its parts. */
	if (*ret_end == at && p->mentions_capi2 &&
	    (at == 0 || p->text[at - 1] == '\n') &&
	    (label = label_find_inside(p, line)) != NULL &&
	    (tag == NULL || label < tag)) {
		size_t inside = (size_t)(label - p->text);

		if ((d = header_read(p, inside, ret_end)) != NULL) {
			add_prose(p, at, inside);
			return d;
		}
		*ret_end = at;
	}
	if (tag == NULL)
		return friendly_read(p, at, ret_end);
	/* What stands before the tag in its line is prose. */
	add_prose(p, at, (size_t)(tag - p->text));
	*ret_end = (size_t)(tag - p->text);
	d = xml_read(p, *ret_end, ret_end);
	if (d == NULL)
		add_prose(p, (size_t)(tag - p->text), *ret_end);
	return d;
}

static void
read_text(struct paste *p)
{
	size_t at = 0, end;

	while (at < p->len && p->status == STATUS_OK) {
		struct slice line = paste_line(p, at);
		struct draft *d;

		if (slice_trim(line).len == 0) {
			add_prose(p, at, at + line.len + 1 > p->len ? p->len :
			    at + line.len + 1);
			at = paste_after(p, at, line);
			continue;
		}
		d = read_block(p, at, line, &end);
		if (end <= at)
			end = paste_after(p, at, line);
		if (d != NULL)
			prose_read(p);
		else if (xml_find_start(line) == NULL)
			add_prose(p, at, end);
		at = end;
		if (p->prose.len > PROSE_CHUNK)
			prose_read(p);
	}
	prose_read(p);
}

static enum status
give(struct paste *p, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report)
{
	struct draft *d;
	enum status rc;

	for (d = p->first; d != NULL; d = d->next) {
		if (d->is_dropped)
			continue;
		if (options != NULL && options->only_capi2 &&
		    d->ev.provider != NULL &&
		    !catalogue_is_provider(d->ev.provider)) {
			report->filtered++;
			continue;
		}
		if ((rc = sink->put(sink->arg, &d->ev)) != STATUS_OK)
			return rc;
		report->read++;
		report->is_truncated |= d->ev.is_truncated && d->next == NULL;
	}
	return STATUS_OK;
}

static bool
has_event(const struct paste *p)
{
	const struct draft *d;

	for (d = p->first; d != NULL; d = d->next)
		if (!d->is_dropped)
			return true;
	return false;
}

static enum status
read_clean(struct paste *p, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report)
{
	struct slice all = slice_of(p->text, p->len);

	p->mentions_capi2 = slice_find_nocase(all, "capi2") != NULL ||
	    slice_find_nocase(all, "crypt32") != NULL;
	if ((p->status = labels_init(p)) != STATUS_OK)
		return p->status;
	read_text(p);
	if (p->status == STATUS_OK)
		drafts_settle(p);
	/* Most of the readers go on without what they had no memory for. */
	if (p->status == STATUS_OK)
		p->status = arena_status(p->arena);
	if (p->status != STATUS_OK)
		return p->status;
	if (!has_event(p))
		return STATUS_MALFORMED;
	return give(p, options, sink, report);
}

enum status
paste_read(struct span bytes, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report)
{
	struct paste p = { .status = STATUS_OK, .raw = bytes };
	enum status rc;

	if (bytes.len == 0)
		return STATUS_MALFORMED;
	if (bytes.len > PASTE_MAX_INPUT)
		return STATUS_TOO_BIG;
	if ((p.arena = arena_create(PASTE_MAX_ARENA)) == NULL)
		return STATUS_NO_MEMORY;
	buf_init(&p.prose, PASTE_MAX_INPUT * 4);
	rc = clean_read(bytes, &p.clean);
	if (rc == STATUS_OK) {
		p.text = buf_text(&p.clean.text);
		p.len = p.clean.text.len;
		rc = read_clean(&p, options, sink, report);
		clean_free(&p.clean);
	}
	buf_free(&p.prose);
	arena_free(p.arena);
	return rc;
}
