/*
 * What lies between blocks: messages, results and numbers named in prose.
 *
 * A message of the Application channel is known by its wording in many
 * languages (trace/messages) and is an event by itself. "CAPI2 event 4107"
 * names an event without telling it; such mentions are kept only when the
 * text has nothing fuller (paste_merge). A quoted "- Result ..." without its
 * event is kept for an event that lacks it.
 */
#define _GNU_SOURCE /* memmem */

#include <string.h>

#include "base/text.h"
#include "trace/catalogue.h"
#include "trace/messages.h"
#include "wire/paste/internal.h"

#define MAX_MENTION_LINE 1000 /* bytes looked at for numbers */
#define MAX_ID 99999
#define NEAR_BYTES 24 /* between an event word and its number */
#define WINDOW_BYTES ((size_t)2 << 10) /* of prose searched in one go */

struct node *
event_data_node(struct arena *a, const char *const *texts, int count)
{
	struct node *data = node_new(a, "EventData"), *n;
	int i;

	while (count > 0 && texts[count - 1] == NULL)
		count--;
	for (i = 0; i < count && data != NULL; i++) {
		if ((n = node_add(a, data, "Data")) == NULL)
			return NULL;
		n->text = texts[i];
	}
	return data;
}

static int
count_data(const struct event *ev)
{
	int n = 0;

	while (event_datum(ev, n) != NULL)
		n++;
	return n;
}

/* "... <URL> ... : error text" of a language without a template. */
static bool
split_by_url(struct arena *a, const char *text, const char *ret[2])
{
	const char *url = strstr(text, "http://"), *end, *colon;
	size_t len;

	if (url == NULL && (url = strstr(text, "https://")) == NULL)
		return false;
	len = strcspn(url, " <>\t\n\"'");
	while (len > 0 && strchr(",;.)", url[len - 1]) != NULL)
		len--;
	if (!(url > text && url[-1] == '<') &&
	    memmem(url, len, "authroot", 8) == NULL &&
	    memmem(url, len, "/trustedr/", 10) == NULL &&
	    memmem(url, len, ".crt", 4) == NULL)
		return false;
	ret[0] = arena_copy_n(a, url, len);
	end = url + len;
	colon = strchr(end, ':');
	if (colon == NULL && (colon = strstr(end, "\xEF\xBC\x9A")) != NULL)
		colon += 2;
	ret[1] = colon == NULL ? NULL :
	    slice_copy_words(a, slice_of(colon + 1, strlen(colon + 1)));
	return ret[0] != NULL;
}

void
message_fill(struct paste *p, struct event *ev)
{
	struct message_match m;
	const char *parameters[MESSAGE_MAX_PARAMETERS] = { NULL, NULL };
	const struct node *facts = event_facts(ev);
	struct node *data;
	int i, count = 0;

	if (ev->message == NULL ||
	    (facts != NULL && strcmp(facts->name, "EventData") != 0))
		return;
	if (messages_find(p->arena, ev->message, &m)) {
		for (i = 0; i < MESSAGE_MAX_PARAMETERS; i++)
			parameters[i] = m.parameters[i];
		if (ev->id == EVENT_UNKNOWN)
			ev->id = m.id;
	} else if (ev->provider == NULL ||
	    !catalogue_is_provider(ev->provider) ||
	    !split_by_url(p->arena, ev->message, parameters)) {
		return;
	}
	for (i = 0; i < MESSAGE_MAX_PARAMETERS; i++)
		count += !text_is_blank(parameters[i]);
	if (count == 0 || (facts != NULL && count_data(ev) >= count &&
	        !ev->is_truncated))
		return;
	data = event_data_node(p->arena, parameters, MESSAGE_MAX_PARAMETERS);
	if (data != NULL)
		ev->body = data;
}

/* ---- messages ---- */

static void
add_message(struct paste *p, size_t at, const char *text,
    const struct message_match *m)
{
	struct draft *d = draft_add(p, DRAFT_MESSAGE, at + m->start);
	const char *const *parameters = m->parameters;

	if (d == NULL)
		return;
	d->end = at + m->end;
	d->ev.provider = "Microsoft-Windows-CAPI2";
	d->ev.channel = "Application";
	d->ev.id = m->id;
	d->ev.message = slice_copy(p->arena,
	    slice_of(text + m->start, m->end - m->start));
	if (!text_is_blank(parameters[0]) || !text_is_blank(parameters[1]))
		d->ev.body = event_data_node(p->arena, parameters,
		    MESSAGE_MAX_PARAMETERS);
}

/* Windows end at a blank line, so that few messages are cut in two. */
static size_t
window_end(const char *text, size_t from, size_t len)
{
	const char *p = text + from + WINDOW_BYTES;
	const char *limit = text + from + WINDOW_BYTES * 4, *blank;

	if (len - from <= WINDOW_BYTES)
		return len;
	if (limit > text + len)
		limit = text + len;
	blank = memmem(p, (size_t)(limit - p), "\n\n", 2);
	if (blank == NULL)
		blank = memrchr(text + from, '\n', (size_t)(limit - text) - from);
	return blank == NULL ? (size_t)(limit - text) :
	    (size_t)(blank - text) + 1;
}

/*
 * Colons and addresses are what messages are found by, and each costs time. A
 * window of little else is a listing or rubbish.
 */
static bool
is_prose(struct slice s)
{
	size_t colons = 0, addresses = 0, i;

	for (i = 0; i < s.len; i++) {
		colons += s.ptr[i] == ':';
		addresses += s.ptr[i] == ':' && i + 1 < s.len &&
		    s.ptr[i + 1] == '/';
	}
	return colons < 8 || (colons * 8 <= s.len && addresses * 40 <= s.len);
}

/*
 * The search folds all it is given each time, so it gets the text in windows
 * of a few paragraphs.
 */
static void
find_messages(struct paste *p)
{
	const char *text = buf_text(&p->prose);
	size_t from, end, at;

	for (from = 0; from < p->prose.len; from = end) {
		struct buf window;
		struct message_match m;

		end = window_end(text, from, p->prose.len);
		if (!is_prose(slice_of(text + from, end - from)))
			continue;
		buf_init(&window, WINDOW_BYTES * 4 + 1);
		buf_add(&window, text + from, end - from);
		for (at = 0; window.status == STATUS_OK && at < window.len &&
		     messages_find(p->arena, window.ptr + at, &m) &&
		     m.end > m.start; at += m.end)
			add_message(p, p->prose_at + from + at,
			    window.ptr + at, &m);
		arena_note(p->arena, window.status);
		buf_free(&window);
	}
}

/* ---- mentions ---- */

static bool
is_word_char(char c)
{
	return is_name_char(c) && c != '.' && c != ':' && c != '-';
}

/* An event word, or CAPI2 itself, shortly before the number. */
static bool
has_event_word(struct slice before)
{
	static const char *const event_words[] = { "event", "ereignis",
		"\xC3\xA9v\xC3\xA9nement", "evento", "gebeurtenis",
		"h\xC3\xA4ndelse", "h\xC3\xA6ndelse", "hendelse", "tapahtuma",
		"zdarzen", "ud\xC3\xA1lost", "esem\xC3\xA9ny",
		"\xD1\x81\xD0\xBE\xD0\xB1\xD1\x8B\xD1\x82", "olay",
		"suceso", "doga\xC4\x91", "\xE3\x82\xA4\xE3\x83\x99\xE3\x83\xB3",
		"\xE4\xBA\x8B\xE4\xBB\xB6", "\xEC\x9D\xB4\xEB\xB2\xA4", "capi2",
		"crypt32", "id", "error" };
	size_t i;

	for (i = 0; i < sizeof(event_words) / sizeof(*event_words); i++)
		if (slice_find_nocase(before, event_words[i]) != NULL)
			return true;
	return false;
}

static bool
is_catalogued(uint64_t id)
{
	return id <= MAX_ID &&
	    (catalogue_find(CHANNEL_OPERATIONAL, (int)id) != NULL ||
	        catalogue_find(CHANNEL_APPLICATION, (int)id) != NULL ||
	        (id >= 1 && id <= 12));
}

static void
add_mention(struct paste *p, size_t at, size_t end, int id,
    bool is_crypt32)
{
	struct draft *d = draft_add(p, DRAFT_MENTION, at);

	if (d == NULL)
		return;
	d->end = end;
	d->is_mention = true;
	d->ev.id = id;
	d->ev.provider = is_crypt32 ? "crypt32" : "Microsoft-Windows-CAPI2";
}

/* "4,107" is 4107 when only that is an event's number. */
static size_t
grouped_number(struct slice s, uint64_t *ret_id)
{
	uint64_t head, tail;

	if (s.len < 5 || s.ptr[0] < '1' || s.ptr[0] > '9' ||
	    strchr(",.'", s.ptr[1]) == NULL ||
	    (s.len > 5 && (is_word_char(s.ptr[5]) ||
	        (s.len > 6 && strchr(",.:/-", s.ptr[5]) != NULL &&
	            is_word_char(s.ptr[6])))) ||
	    !slice_to_number(slice_of(s.ptr, 1), &head) ||
	    !slice_to_number(slice_of(s.ptr + 2, 3), &tail) ||
	    !is_catalogued(head * 1000 + tail) || is_catalogued(tail))
		return 0;
	*ret_id = head * 1000 + tail;
	return 5;
}

/* "30 - CAPI2 - ...": the source stands right behind the number. */
static bool
has_source_behind(struct slice after)
{
	size_t n = 0;

	while (n < after.len && n < NEAR_BYTES &&
	    strchr(" \t-|,;:(", after.ptr[n]) != NULL)
		n++;
	after = slice_of(after.ptr + n, after.len - n);
	if (after.len >= 18 && slice_is_nocase(slice_of(after.ptr, 18),
	        "Microsoft-Windows-"))
		after = slice_of(after.ptr + 18, after.len - 18);
	return n > 0 && after.len >= 5 &&
	    slice_is_nocase(slice_of(after.ptr, 5), "CAPI2");
}

static void
mentions_in_line(struct paste *p, struct slice line, size_t at)
{
	bool is_capi2 = slice_find_nocase(line, "capi2") != NULL;
	bool is_crypt32 = !is_capi2 &&
	    slice_find_nocase(line, "crypt32") != NULL;
	size_t i = 0, last_end = 0, start;
	bool last_was_event = false;

	if (!is_capi2 && !is_crypt32)
		return;
	while (i < line.len) {
		struct slice before;
		uint64_t id;

		if (line.ptr[i] < '0' || line.ptr[i] > '9' ||
		    (i > 0 && (is_word_char(line.ptr[i - 1]) ||
		        strchr(".:-/\\$", line.ptr[i - 1]) != NULL))) {
			i++;
			continue;
		}
		start = i;
		i += grouped_number(slice_of(line.ptr + i, line.len - i), &id);
		while (i < line.len && is_word_char(line.ptr[i]))
			i++;
		if ((!slice_to_number(slice_of(line.ptr + start, i - start),
		         &id) && grouped_number(slice_of(line.ptr + start,
		         line.len - start), &id) == 0) || !is_catalogued(id) ||
		    (i + 1 < line.len && strchr(".:/-", line.ptr[i]) != NULL &&
		        is_word_char(line.ptr[i + 1])))
			continue;
		before = slice_of(line.ptr + last_end, start - last_end);
		if (before.len > NEAR_BYTES && !(last_was_event &&
		        near_goes_on(before))) {
			before.ptr += before.len - NEAR_BYTES;
			before.len = NEAR_BYTES;
		}
		if ((last_was_event && near_goes_on(before)) ||
		    has_event_word(before) ||
		    has_source_behind(slice_of(line.ptr + i, line.len - i))) {
			add_mention(p, at + start, at + i, (int)id,
			    is_crypt32);
			last_was_event = true;
		} else {
			last_was_event = false;
		}
		last_end = i;
	}
}

/* ---- results ---- */

/* "- Result The revocation function ..." quoted inside a sentence. */
static void
find_result(struct paste *p, struct slice line, size_t at)
{
	static const char mark[] = "- Result ";
	const char *found = memmem(line.ptr, line.len, mark, sizeof(mark) - 1);
	struct slice text;
	struct draft *d;
	struct node *facts, *result;

	if (found == NULL || (found > line.ptr && !is_blank_char(found[-1])))
		return;
	text = slice_trim(slice_of(found + sizeof(mark) - 1, line.len -
	    (size_t)(found + sizeof(mark) - 1 - line.ptr)));
	if (text.len < 8)
		return;
	facts = node_new(p->arena, "UserData");
	result = facts == NULL ? NULL : node_add(p->arena, facts, "Facts");
	result = result == NULL ? NULL : node_add(p->arena, result, "Result");
	d = draft_add(p, DRAFT_RESULT,
	    at + (size_t)(found - line.ptr));
	if (d == NULL || result == NULL)
		return;
	result->text = slice_copy_words(p->arena, text);
	d->ev.body = facts;
	d->end = d->at;
}

void
prose_read(struct paste *p)
{
	const char *text = buf_text(&p->prose), *end = text + p->prose.len;
	const char *line, *stop;

	if (p->prose.len == 0)
		return;
	find_messages(p);
	for (line = text; line < end; line = stop + 1) {
		struct slice s;

		stop = memchr(line, '\n', (size_t)(end - line));
		if (stop == NULL)
			stop = end;
		s = slice_of(line, (size_t)(stop - line));
		if (s.len > MAX_MENTION_LINE)
			s.len = MAX_MENTION_LINE;
		mentions_in_line(p, s, p->prose_at + (size_t)(line - text));
		find_result(p, s, p->prose_at + (size_t)(line - text));
	}
	buf_clear(&p->prose);
}
