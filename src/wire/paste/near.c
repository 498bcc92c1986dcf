/*
 * Gives an event that is only named what its own sentences say of it.
 *
 * An event known by its number gets the code, words and names of the paragraph
 * it is named in (paste_said), from its own sentence up to the sentence that
 * names the next event, and never anything beyond a blank line. Where one
 * sentence names several events, what stands behind each belongs to it; when
 * the first code stands before the first event, each takes what stands before
 * it. Events in one list ("11, 30 and 41") share what is said of the list.
 * What comes of it is marked as cut off: the event itself said more.
 */
#include <string.h>

#include "base/text.h"
#include "trace/catalogue.h"
#include "trace/messages.h"
#include "wire/paste/internal.h"

#define MAX_BEFORE 600 /* bytes of the paragraph before the number */
#define MAX_AFTER 1200
#define MAX_LIST_GAP 16 /* bytes between the numbers of a list */
#define MAX_LIST 32

struct near {
	struct paste *p;
	const struct draft *last; /* the draft before */
	bool takes_before; /* the last one took what stood before it */
};

static bool
is_mention(const struct draft *d)
{
	return d->kind == DRAFT_MENTION || d->kind == DRAFT_HEADER;
}

/* Nothing but its number and its source is known of it. */
static bool
is_thin(const struct paste *p, const struct draft *d)
{
	const struct node *facts = event_facts(&d->ev);

	if (d->is_dropped || !is_mention(d) || d->ev.id == EVENT_UNKNOWN ||
	    (d->ev.message != NULL && d->kind != DRAFT_HEADER))
		return false;
	if (d->ev.provider == NULL ? !p->mentions_capi2 :
	    !catalogue_is_provider(d->ev.provider))
		return false;
	return facts == NULL || (d->kind == DRAFT_HEADER &&
	    strcmp(facts->name, "EventData") != 0 &&
	    node_child(facts, "Result") == NULL);
}

static bool
is_blank_line_at(const char *text, size_t at, size_t len)
{
	size_t i;

	if (text[at] != '\n')
		return false;
	for (i = at + 1; i < len && is_blank_char(text[i]); i++)
		if (text[i] == '\n')
			return true;
	return false;
}

/* Not before `low`, where the last event was named. */
static size_t
paragraph_start(const struct paste *p, size_t low, size_t at)
{
	bool is_cut = at - low > MAX_BEFORE;

	if (is_cut)
		low = at - MAX_BEFORE;
	while (at > low && !is_blank_line_at(p->text, at - 1, p->len))
		at--;
	/* Not in the middle of a word. */
	while (is_cut && at == low && at < p->len &&
	    !is_blank_char(p->text[at]))
		at = ++low;
	return at;
}

/* Not behind `high`, where the next event is named. */
static size_t
paragraph_end(const struct paste *p, size_t at, size_t high)
{
	if (high - at > MAX_AFTER)
		high = at + MAX_AFTER;
	while (at < high && !is_blank_line_at(p->text, at, p->len))
		at++;
	return at;
}

/* Where the sentence begins that holds `at`, not before `low`. */
static size_t
sentence_start(const struct paste *p, size_t low, size_t at)
{
	const char *q = p->text + low, *end = p->text + at, *next;

	while (q < end && (next = said_sentence_end(q, end)) < end) {
		q = next;
		while (q < end && (is_blank_char(*q) || *q == '"'))
			q++;
	}
	return (size_t)(q - p->text);
}

static struct slice
stretch(const struct paste *p, size_t from, size_t to)
{
	return slice_trim(slice_of(p->text + from, to > from ? to - from : 0));
}

/*
 * Where another event is named that is none of ours: "event 36887", or the
 * log's other great talker by its name. NULL when none is.
 */
static const char *
find_stranger(struct slice s, int id)
{
	static const char *const words[] = { "event", "ereignis",
		"v\xC3\xA9nement", "evento", "schannel" };
	const char *found, *end = s.ptr + s.len, *first = NULL;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct slice rest = s;

		while ((found = slice_find_nocase(rest, words[i])) != NULL &&
		    (first == NULL || found < first)) {
			const char *p = found + strlen(words[i]);
			size_t n = 0, skipped;
			uint64_t number = 0;

			for (skipped = 0; skipped < MAX_LIST_GAP && p < end &&
			     strchr("0123456789.,;\n", *p) == NULL; skipped++)
				p++;
			while (p + n < end && p[n] >= '0' && p[n] <= '9')
				n++;
			if (n > 0 && n < 6 &&
			    slice_to_number(slice_of(p, n), &number) &&
			    (p + n == end || strchr("xX-_.:/", p[n]) == NULL ||
			        p + n + 1 == end || is_blank_char(p[n + 1])) &&
			    number > 0 && number != (uint64_t)id) {
				first = found;
				break;
			}
			rest = slice_of(p, (size_t)(end - p));
		}
	}
	return first;
}

static bool
has_code(struct slice s)
{
	struct said said;

	return said_find(s, EVENT_UNKNOWN, &said) && (said.has_value ||
	    (said.text.len > 0 && memchr(said.text.ptr, '_', said.text.len)));
}

/* What the text says of the draft. */
static struct slice
region_of(struct near *n, const struct draft *d, const struct draft *next)
{
	struct paste *p = n->p;
	size_t low = n->last != NULL && n->last->end < d->at ? n->last->end : 0;
	size_t high = next != NULL && next->at > d->end ? next->at : p->len;
	size_t start = paragraph_start(p, low, d->at);
	size_t end = paragraph_end(p, d->end, high);
	bool shares_next = false, shares_last = false, takes_before = false;
	const char *stranger;

	if (low > 0 && start == low) {
		start = sentence_start(p, low, d->at);
		/* The rest of its sentence is the last one's. */
		shares_last = start == low;
	}
	if (next != NULL && end == next->at) {
		end = sentence_start(p, d->end, end);
		shares_next = end == d->end;
		if (shares_next)
			end = next->at;
	}
	stranger = find_stranger(stretch(p, d->end, end), d->ev.id);
	if (stranger != NULL)
		end = sentence_start(p, d->end, (size_t)(stranger - p->text));
	if (end == d->end && stranger != NULL)
		end = (size_t)(stranger - p->text);
	if (shares_last)
		takes_before = n->takes_before;
	else if (shares_next)
		takes_before = has_code(stretch(p, start, d->at));
	n->takes_before = takes_before;
	if (takes_before)
		return stretch(p, start, d->at);
	return stretch(p, shares_last ? d->at : start, end);
}

/* ---- the event ---- */

static bool
add_text(struct arena *a, struct node *parent, const char *name,
    struct slice text)
{
	struct node *n;

	if (text.len == 0)
		return true;
	if ((n = node_add(a, parent, name)) == NULL)
		return false;
	return (n->text = slice_copy_words(a, text)) != NULL;
}

static bool
add_attr(struct arena *a, struct node *parent, const char *name,
    const char *attr, struct slice value)
{
	struct node *n;

	if (value.len == 0)
		return true;
	if ((n = node_add(a, parent, name)) == NULL)
		return false;
	return node_add_attr(a, n, attr,
	    arena_copy_n(a, value.ptr, value.len)) != NULL;
}

static bool
add_result(struct arena *a, struct node *root, const struct said *said)
{
	struct node *n;

	if (!said->has_value && said->text.len == 0)
		return true;
	if ((n = node_add(a, root, "Result")) == NULL)
		return false;
	if (said->text.len > 0)
		n->text = slice_copy_words(a, said->text);
	return !said->has_value || node_add_attr(a, n, "value",
	    arena_printf(a, "%X", said->value)) != NULL;
}

/* The facts of an Operational event, below its root element. */
static void
give_facts(struct arena *a, struct draft *d, const char *name,
    const struct said *said)
{
	struct node *body = d->ev.body, *root;
	struct slice none = { "", 0 };
	bool is_retrieval = d->ev.id >= 50 && d->ev.id <= 53;
	bool is_file = d->ev.id >= 80 && d->ev.id <= 81;

	while (body != NULL && strcmp(body->name, "UserData") != 0)
		body = body->next;
	if (body == NULL) {
		body = node_new(a, "UserData");
		root = body == NULL ? NULL : node_add(a, body, name);
	} else {
		root = body->children;
	}
	if (root == NULL)
		return;
	if ((node_child(root, "URL") == NULL && !add_text(a, root, "URL",
	        is_retrieval ? said->url : none)) ||
	    !add_attr(a, root, "FileInfo", "filePath",
	        is_file ? said->file : none) ||
	    (node_child(root, "EventAuxInfo") == NULL &&
	        !add_attr(a, root, "EventAuxInfo", "ProcessName",
	            said->process)) ||
	    !add_result(a, root, said))
		return;
	d->ev.body = body;
}

/* Address and error of an event of the Application log. */
static void
give_data(struct arena *a, struct draft *d, const struct said *said)
{
	const char *texts[2] = { NULL, NULL };
	int error = d->ev.id == 257 ? 0 : 1;

	texts[0] = slice_copy(a, said->url);
	texts[error] = said->has_value && said->text.len == 0 ?
	    arena_printf(a, "0x%X", said->value) :
	    slice_copy_words(a, said->text);
	d->ev.body = event_data_node(a, texts, 2);
}

static bool
is_application(const struct draft *d, struct slice region)
{
	const char *provider = d->ev.provider;

	if (catalogue_find(CHANNEL_OPERATIONAL, d->ev.id) == NULL)
		return true;
	if (d->ev.channel != NULL)
		return text_equal_nocase(d->ev.channel, "Application");
	return (provider != NULL && text_equal_nocase(provider, "crypt32")) ||
	    (d->ev.id <= 12 &&
	        slice_find_nocase(region, "application log") != NULL);
}

/* Application events that tell an address and an error. */
static bool
has_error_data(int id)
{
	static const int ids[] = { 3, 5, 8, 11, 256, 257, 4099, 4101, 4104, 4107,
		4110 };
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* The message itself may stand beside the number. */
static bool
give_message(struct paste *p, struct draft *d, struct slice region)
{
	struct message_match m;
	char *text = slice_copy(p->arena, region);

	if (d->ev.message != NULL || text == NULL ||
	    !messages_find(p->arena, text, &m) ||
	    (m.id != d->ev.id && m.id != d->ev.id + 4096))
		return false;
	d->ev.message = slice_copy(p->arena,
	    slice_of(text + m.start, m.end - m.start));
	message_fill(p, &d->ev);
	return true;
}

static void
give(struct paste *p, struct draft *d, struct slice region)
{
	const char *root = schema_root_of(d->ev.id);
	bool is_app = is_application(d, region);
	struct said said;

	if (region.len == 0)
		return;
	if (is_app && give_message(p, d, region))
		return;
	if (!said_find(region, d->ev.id, &said))
		return;
	if (is_app && has_error_data(d->ev.id) && event_facts(&d->ev) == NULL)
		give_data(p->arena, d, &said);
	else if (!is_app && root != NULL)
		give_facts(p->arena, d, root, &said);
	else
		return;
	d->ev.is_truncated = true;
}

/* ---- lists ---- */

/* Only what lists join numbers with: "11, 41 and 4107". */
bool
near_is_list_gap(struct slice s)
{
	static const char *const words[] = { "and", "or", "und", "oder", "et",
		"ou", "y", "o", "e", "en", "of", "och", "og", "ja", "i", "a" };
	size_t i;

	s = slice_trim(s);
	if (s.len > 0 && strchr(",/&;+", *s.ptr) != NULL)
		s = slice_trim(slice_of(s.ptr + 1, s.len - 1));
	if (s.len == 0)
		return true;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (slice_is_nocase(s, words[i]))
			return true;
	return false;
}

/* "11 and then 41": both are named, what follows is not said of both. */
bool
near_goes_on(struct slice s)
{
	static const char *const words[] = { "then", "also", "sometimes",
		"often", "finally", "dann", "auch", "puis", "ensuite", "luego" };
	size_t i, len;

	s = slice_trim(s);
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		len = strlen(words[i]);
		if (s.len >= len && slice_is_nocase(slice_of(
		        s.ptr + s.len - len, len), words[i])) {
			s.len -= len;
			break;
		}
	}
	return near_is_list_gap(s);
}

/* How many mentions from `d` on are one list; *ret_last is its last. */
static int
list_length(const struct paste *p, struct draft *d, struct draft **ret_last)
{
	struct draft *last = d, *next;
	int n = 1;

	while (n < MAX_LIST && (next = last->next) != NULL &&
	    next->kind == DRAFT_MENTION && !next->is_dropped &&
	    last->kind == DRAFT_MENTION && next->at > last->end &&
	    next->at - last->end <= MAX_LIST_GAP &&
	    near_is_list_gap(slice_of(p->text + last->end,
	        next->at - last->end))) {
		last = next;
		n++;
	}
	*ret_last = last;
	return n;
}

static const struct draft *
next_kept(const struct draft *d)
{
	for (d = d->next; d != NULL && d->is_dropped; d = d->next)
		;
	return d;
}

/* Places found in gathered prose can be a byte off, also at the end. */
static void
keep_inside(struct paste *p)
{
	struct draft *d;

	for (d = p->first; d != NULL; d = d->next) {
		if (d->at > p->len)
			d->at = p->len;
		if (d->end > p->len)
			d->end = p->len;
		if (d->end < d->at)
			d->end = d->at;
	}
}

void
near_attach(struct paste *p)
{
	struct near n = { .p = p };
	struct draft *d, *last, *each;
	struct draft span;
	struct slice region;

	keep_inside(p);
	for (d = p->first; d != NULL && p->status == STATUS_OK; d = last->next) {
		list_length(p, d, &last);
		if (d->is_dropped)
			continue;
		if (is_thin(p, d)) {
			span = *last;
			span.at = d->at;
			region = region_of(&n, &span, next_kept(last));
			for (each = d;; each = each->next) {
				if (is_thin(p, each))
					give(p, each, region);
				if (each == last)
					break;
			}
		} else {
			n.takes_before = false;
		}
		n.last = last;
	}
}
