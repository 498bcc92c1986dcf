/*
 * Messages of the Application log in text of any kind.
 *
 * Windows' translations differ from edition to edition, and Microsoft's own
 * articles word them differently again, so no template is compared. A message
 * is found by what cannot be translated: an address, a SHA-1 thumbprint, a
 * label before a colon, "crypt32", "System Writer", "OnIdentity()". At such an
 * anchor the sentence around it is searched for the words of each language
 * (messages.def), and the concepts found decide which message it is.
 *
 * A wrong match would send an administrator astray, a missing one only leaves
 * a sentence unexplained: where the concepts do not settle it, or an address
 * in the same sentence contradicts them, nothing is found. A message in a
 * language that is not in the table is not guessed from its address alone.
 */
#include "trace/messages.h"

#include "base/text.h"
#include "trace/found.h"

#define ARENA_MAX_BYTES (16u << 20)

static bool
find_at_colon(const struct scan *s, size_t at, struct found *f)
{
	size_t count, from = at > LABEL_MAX_BYTES ? at - LABEL_MAX_BYTES : 0;
	size_t end = found_skip_back(s, at, from);
	const struct lexicon *l = words_lexicons(&count);
	bool is_error, is_date = false;

	is_error = scan_find(s, from, at, "esent") != SIZE_MAX;
	for (size_t i = 0; i < count; i++) {
		is_error |= words_end(&l[i], ERROR, s->text + from,
		    end - from) > 0;
		is_date |= words_end(&l[i], EFFECTIVE, s->text + from,
		    end - from) > 0;
	}
	return (is_error && (found_at_error_label(s, at, f) ||
	    found_catalog_database(s, at, f))) ||
	    (is_date && found_at_date_label(s, at, f));
}

static bool
is_hex_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool
is_thumbprint(const struct scan *s, size_t at)
{
	size_t n = 0;

	if (at > 0 && is_hex_digit(s->text[at - 1]))
		return false;
	while (at + n < s->len && n <= SHA1_DIGITS &&
	    is_hex_digit(s->text[at + n]))
		n++;
	return n == SHA1_DIGITS;
}

static bool
find_at(const struct scan *s, size_t at, struct found *f)
{
	switch (s->text[at]) {
	case 'h':
		return (scan_begins(s, at, "http://") ||
		    scan_begins(s, at, "https://")) && found_at_url(s, at, f);
	case ':':
		return !scan_begins(s, at, "://") && find_at_colon(s, at, f);
	case 'o':
		return (scan_begins(s, at, "onidentity()") ||
		    scan_begins(s, at, "onidentity ()")) &&
		    found_system_writer(s, at, 513, f);
	case 'v':
		if (scan_begins(s, at, "vss"))
			return found_system_writer(s, at, 512, f);
		break;
	case 'c':
		if (scan_begins(s, at, "crypt32 ") &&
		    found_at_crypt32(s, at, f))
			return true;
		break;
	}
	return is_hex_digit(s->text[at]) && is_thumbprint(s, at) &&
	    found_at_thumbprint(s, at, f);
}

static bool
find_first(const struct scan *s, struct found *f)
{
	for (size_t at = 0; at < s->len; at++)
		if (find_at(s, at, f))
			return true;
	return false;
}

/* A text that is too long is no message; memory that ran out is a failure. */
static void
note(struct arena *a, const struct arena *work)
{
	arena_note(a, work == NULL ? STATUS_NO_MEMORY : arena_status(work));
}

bool
messages_find(struct arena *a, const char *text,
    struct message_match *ret_match)
{
	struct arena *work = arena_create(ARENA_MAX_BYTES);
	struct message_match m = { 0 };
	struct found f;
	struct scan s;
	bool is_found = false;

	if (work == NULL || text == NULL || !scan_fold(work, text, &s) ||
	    !find_first(&s, &f))
		goto out;
	m.id = f.id;
	m.language = f.lexicon == NULL ? "und" : f.lexicon->language;
	m.start = s.at[f.start];
	m.end = s.at[f.end];
	for (int i = 0; i < MESSAGE_MAX_PARAMETERS; i++) {
		if (!f.has[i])
			continue;
		m.parameters[i] = i == 0 && f.is_url ?
		    scan_copy_solid(&s, a, f.parameters[i]) :
		    scan_copy(&s, a, f.parameters[i]);
		if (m.parameters[i] == NULL)
			goto out;
	}
	if (f.has_error && (m.error = scan_copy(&s, a, f.error)) == NULL)
		goto out;
	*ret_match = m;
	is_found = true;
out:
	note(a, work);
	arena_free(work);
	return is_found;
}

bool
messages_split_details(struct arena *a, const char *text,
    const char **ret_step, const char **ret_error)
{
	struct arena *work = arena_create(ARENA_MAX_BYTES);
	struct found f = { 0 };
	const char *step = NULL, *error = NULL;
	struct stretch part;
	struct scan s;
	size_t from, label;
	bool is_done = false;

	if (work == NULL || text_is_blank(text) || !scan_fold(work, text, &s))
		goto out;
	from = found_skip_details(&s, 0);
	found_read_details(&s, from, &f);
	part = f.parameters[0];
	if (f.has_error) {
		/* The step ends where the label of the error begins. */
		label = f.error.from - 1;
		part.to = scan_sentence_start(&s, label);
		if (part.to <= from)
			part.to = from;
		if ((error = scan_copy(&s, a, f.error)) == NULL)
			goto out;
	}
	if (part.from < part.to && (step = scan_copy(&s, a, part)) == NULL)
		goto out;
	*ret_step = text_is_blank(step) ? NULL : step;
	*ret_error = text_is_blank(error) ? NULL : error;
	is_done = true;
out:
	note(a, work);
	arena_free(work);
	return is_done;
}

int
messages_identify(const char *text)
{
	struct arena *work = arena_create(ARENA_MAX_BYTES);
	struct found f;
	struct scan s;
	int id = 0;

	if (work != NULL && text != NULL && scan_fold(work, text, &s) &&
	    find_first(&s, &f))
		id = f.id;
	else if (work == NULL || arena_status(work) == STATUS_NO_MEMORY)
		id = MESSAGES_NO_MEMORY;
	arena_free(work);
	return id;
}
