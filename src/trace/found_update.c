/*
 * The messages of root update about lists, sequence numbers and downloads:
 * 4098 to 4101, 4103, 4104, 4107 and 4110 to 4113.
 */
#include <string.h>

#include "base/text.h"
#include "trace/found.h"

#define TAIL_MAX_BYTES 160 /* between an address and the colon after it */
#define URL_MAX_BYTES 2048

/* What an address tells by its last part. */
enum target {
	TARGET_UNKNOWN,
	TARGET_LIST,
	TARGET_CERT,
	TARGET_SEQ,
};

static enum target
target_of(const char *url)
{
	if (text_ends_nocase(url, ".cab") || text_ends_nocase(url, ".stl"))
		return TARGET_LIST;
	if (text_ends_nocase(url, ".crt") || text_ends_nocase(url, ".cer"))
		return TARGET_CERT;
	if (text_ends_nocase(url, ".txt"))
		return TARGET_SEQ;
	return TARGET_UNKNOWN;
}

/*
 * 4098 to 4101, 4103, 4104 and 4107, or 0. `topics` is how many of the four
 * things must be named that all these messages speak of.
 */
static int
decide_update(const struct reading *r, enum target target, bool has_error,
    int topics)
{
	const size_t *hits = r->hits;
	bool failed = hits[FAIL] > 0 || (has_error && hits[SUCCESS] == 0);
	bool extracts = hits[EXTRACT] > 0;
	int named = (hits[THIRD] > 0) + (hits[ROOT] > 0) + (hits[AUTO] > 0) +
	    (hits[LIST] > 0 || hits[CERT] > 0 || hits[SEQ] > 0);

	if (named < (extracts ? topics - 1 : topics) ||
	    (!failed && hits[SUCCESS] == 0))
		return 0;
	if (target == TARGET_UNKNOWN) {
		if (hits[SEQ] > 0)
			target = TARGET_SEQ;
		else if (hits[LIST] > 0 || extracts)
			target = TARGET_LIST;
		else if (hits[CERT] > 0)
			target = TARGET_CERT;
	}
	switch (target) {
	case TARGET_LIST:
		if (extracts)
			return failed ? 4107 : 0;
		return failed ? 4099 : 4098;
	case TARGET_CERT:
		return failed ? 4101 : 4100;
	case TARGET_SEQ:
		return failed ? 4104 : 4103;
	case TARGET_UNKNOWN:
		break;
	}
	return 0;
}

static const enum concept update_words[] = {
	FAIL, SUCCESS, EXTRACT, RETRIEVE, AUTO, THIRD, ROOT, LIST, CERT, SEQ,
};
#define UPDATE_WORDS (sizeof(update_words) / sizeof(update_words[0]))

/* The end of the address at `at`; blanks in <...> are a wrapped line. */
static size_t
url_end(const struct scan *s, size_t at, bool is_bracketed)
{
	size_t i = at, stop = s->len;

	if (stop - at > URL_MAX_BYTES)
		stop = at + URL_MAX_BYTES;
	if (is_bracketed) {
		while (i < stop && s->text[i] != SCAN_PARAGRAPH &&
		    strchr("<>()[] ", s->text[i]) == NULL)
			i++;
		if (i < stop && s->text[i] == '>')
			return i;
		i = at;
	}
	while (i < stop && s->text[i] > ' ' && s->text[i] != 0x7f &&
	    strchr("<>()[]|", s->text[i]) == NULL)
		i++;
	while (i > at && strchr(".,;:'", s->text[i - 1]) != NULL)
		i--;
	return i;
}

/*
 * The colon after which the error stands, or SIZE_MAX. The text between the
 * address and it belongs to the same sentence, or to a second one: "<...>.
 * Error: ...". *ret_is_plain tells that nothing but the words
 * before the colon could make it a label.
 */
static size_t
find_label(const struct scan *s, size_t at, bool *ret_is_plain)
{
	int ends = 0;

	*ret_is_plain = true;
	for (size_t i = at; i < s->len && i < at + TAIL_MAX_BYTES; i++) {
		if (s->text[i] == ':')
			return scan_begins(s, i, "://") ? SIZE_MAX : i;
		if (strchr("<[", s->text[i]) != NULL)
			return SIZE_MAX;
		if (scan_is_sentence_end(s, i)) {
			if (++ends > 1 || s->text[i] == SCAN_PARAGRAPH)
				return SIZE_MAX;
			*ret_is_plain = false;
		} else if (s->text[i] == SCAN_LINE_END) {
			*ret_is_plain = false;
		}
	}
	return SIZE_MAX;
}

struct url_place {
	size_t at, end; /* the address */
	size_t behind; /* behind what encloses it */
	size_t sentence;
	size_t colon; /* or SIZE_MAX */
	bool is_plain;
	bool is_bracketed;
	enum target target;
};

static void
measure_url(const struct scan *s, size_t at, struct url_place *u)
{
	char url[URL_MAX_BYTES + 1];
	size_t open = at, len = 0;

	while (open > 0 && (s->text[open - 1] == '[' ||
	    scan_is_blank(s->text[open - 1])))
		open--;
	u->at = at;
	u->is_bracketed = open > 0 && s->text[open - 1] == '<';
	u->end = url_end(s, at, u->is_bracketed);
	u->behind = found_skip_closing(s, u->end);
	u->colon = find_label(s, u->behind, &u->is_plain);
	u->sentence = scan_sentence_start(s, at);
	for (size_t i = at; i < u->end && len < URL_MAX_BYTES; i++)
		if (!scan_is_blank(s->text[i]))
			url[len++] = s->text[i];
	url[len] = '\0';
	u->target = target_of(url);
}

/*
 * A message around an address. The words may stand on both sides of it; the
 * address itself does not count, for its own words ("authroot") are English.
 */
bool
found_at_url(const struct scan *s, size_t at, struct found *f)
{
	char around[WINDOW_MAX_BYTES];
	size_t count, head, tail, best = 0;
	const struct lexicon *l = words_lexicons(&count);
	struct url_place u;
	struct window w;
	struct reading r;

	measure_url(s, at, &u);
	head = at - u.sentence;
	tail = u.colon == SIZE_MAX ? 0 : u.colon - u.behind;
	if (u.end <= at + 8 || head < 8 || head + tail + 1 > sizeof(around))
		return false;
	memcpy(around, s->text + u.sentence, head);
	around[head] = ' ';
	memcpy(around + head + 1, s->text + u.behind, tail);
	window_fill(&w, around, head + 1 + tail, SCAN_LINE_END);

	for (size_t i = 0; i < count; i++) {
		size_t label = words_end(&l[i], ERROR, around,
		    found_skip_back(s, u.behind + tail, u.behind) - u.behind +
		    head + 1);
		bool has_error = u.colon != SIZE_MAX &&
		    (label > 0 || u.is_plain);
		int id;

		found_read_words(&l[i], &w, update_words, UPDATE_WORDS, &r);
		id = decide_update(&r, u.target, has_error, 3);
		/* Prose that mentions an address is no message. */
		if (id == 0 || r.first >= head ||
		    (!has_error && u.target == TARGET_UNKNOWN) ||
		    (!has_error && !u.is_bracketed && r.hits[FAIL] > 0) ||
		    r.score + label <= best)
			continue;
		best = r.score + label;
		*f = (struct found){ .id = id, .lexicon = &l[i],
			.is_url = true, .has_error = has_error,
			.start = found_start(s, u.sentence,
			    u.sentence + r.first) };
	}
	if (best == 0)
		return false;
	f->has[0] = true;
	f->parameters[0] = (struct stretch){ at, u.end };
	f->end = scan_skip_stop(s, u.behind);
	if (f->has_error) {
		f->end = scan_error_end(s, f->lexicon, u.colon + 1);
		f->error = (struct stretch){ u.colon + 1, f->end };
		f->has[1] = true;
		f->parameters[1] = f->error;
		f->end = scan_skip_stop(s, f->end);
	}
	return true;
}

/* The part of <...> that ends last before `to`, or an empty stretch there. */
static struct stretch
last_bracket(const struct scan *s, size_t from, size_t to)
{
	size_t close = to, open;

	while (close > from && s->text[close - 1] != '>')
		close--;
	for (open = close; open > from; open--)
		if (s->text[open - 1] == '<')
			return (struct stretch){ open, close - 1 };
	return (struct stretch){ to, to };
}

/* The names of the stores that root update writes to, as they are logged. */
static const char *const store_names[] = {
	"authroot", "disallowed", "trustedpublisher", "trustedpeople",
	"smartcardroot", "flightroot", "root", "ca", "my",
};

static struct stretch
find_store_name(const struct scan *s, size_t from, size_t to)
{
	struct stretch part = last_bracket(s, from, to);

	if (part.from < part.to)
		return part;
	for (size_t n = 0; n < sizeof(store_names) / sizeof(*store_names);
	    n++) {
		size_t len = strlen(store_names[n]);
		size_t at = scan_find(s, from, to, store_names[n]);

		if (at != SIZE_MAX && at > from && at + len <= to &&
		    scan_is_blank(s->text[at - 1]) &&
		    (at + len == to || strchr(" \v-.,", s->text[at + len])))
			return (struct stretch){ at, at + len };
	}
	return (struct stretch){ to, to };
}

/* 4107 and its kin whose address was lost, and 4110, which has none. */
bool
found_at_error_label(const struct scan *s, size_t colon, struct found *f)
{
	static const enum concept add_words[] = { FAIL, ADD, CERT, STORE };
	size_t count, best = 0, sentence = scan_sentence_start(s, colon);
	size_t label_end = found_skip_back(s, colon, sentence);
	const struct lexicon *l = words_lexicons(&count);
	struct window w;
	struct reading r;

	window_fill(&w, s->text + sentence, colon - sentence, SCAN_LINE_END);
	for (size_t i = 0; i < count; i++) {
		size_t label = words_end(&l[i], ERROR, s->text + sentence,
		    label_end - sentence);
		int id;

		if (label == 0)
			continue;
		found_read_words(&l[i], &w, update_words, UPDATE_WORDS, &r);
		id = decide_update(&r, TARGET_UNKNOWN, true, 4);
		if (r.hits[FAIL] == 0 ||
		    (r.hits[EXTRACT] == 0 && r.hits[RETRIEVE] == 0))
			id = 0;
		if (id == 0) {
			found_read_words(&l[i], &w, add_words, 4, &r);
			if (r.hits[FAIL] > 0 && r.hits[ADD] > 0 &&
			    r.hits[CERT] > 0 && r.hits[STORE] > 0)
				id = 4110;
		}
		if (id == 0 || r.score + label <= best)
			continue;
		best = r.score + label;
		*f = (struct found){ .id = id, .lexicon = &l[i],
			.start = found_start(s, sentence,
			    sentence + r.first) };
	}
	if (best == 0)
		return false;
	f->has[0] = true;
	f->parameters[0] = f->id == 4110 ?
	    find_store_name(s, f->start, colon) :
	    last_bracket(s, f->start, colon);
	found_take_error(s, colon + 1, 1, f);
	return true;
}

/* 4111 to 4113: "... with effective date: ...". */
bool
found_at_date_label(const struct scan *s, size_t colon, struct found *f)
{
	static const enum concept wanted[] = { SUCCESS, AUTO, THIRD, ROOT,
		LIST, DISALLOWED, PIN };
	size_t count, best = 0, sentence = scan_sentence_start(s, colon);
	size_t label_end = found_skip_back(s, colon, sentence);
	const struct lexicon *l = words_lexicons(&count);
	struct window w;
	struct reading r;

	window_fill(&w, s->text + sentence, colon - sentence, SCAN_LINE_END);
	for (size_t i = 0; i < count; i++) {
		int id = 0;

		if (words_end(&l[i], EFFECTIVE, s->text + sentence,
		    label_end - sentence) == 0)
			continue;
		found_read_words(&l[i], &w, wanted, 7, &r);
		if (r.hits[SUCCESS] == 0 || r.hits[AUTO] == 0)
			continue;
		if (r.hits[PIN] > 0)
			id = 4113;
		else if (r.hits[DISALLOWED] > 0)
			id = 4112;
		else if (r.hits[ROOT] > 0 && r.hits[LIST] > 0)
			id = 4111;
		if (id == 0 || r.score <= best)
			continue;
		best = r.score;
		*f = (struct found){ .id = id, .lexicon = &l[i],
			.start = found_start(s, sentence,
			    sentence + r.first) };
	}
	if (best == 0)
		return false;
	f->end = scan_error_end(s, f->lexicon, colon + 1);
	f->has[0] = true;
	f->parameters[0] = (struct stretch){ colon + 1, f->end };
	if (f->end > colon + 1 && s->text[f->end - 1] == '.')
		f->parameters[0].to--;
	return true;
}
