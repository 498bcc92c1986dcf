/*
 * The messages about roots (4097, 4105, 4106, 4108, 4109), about what root
 * update keeps silent (4102), the catalog database (256, 257) and the System
 * Writer (512, 513).
 */
#include <string.h>

#include "trace/found.h"

#define SUBJECT_MAX_BYTES 900
#define DETAILS_MAX_BYTES 700
#define NEAR_BYTES 200

/* 256 and 257: the sentence with the error follows the one that says what. */
bool
found_catalog_database(const struct scan *s, size_t colon, struct found *f)
{
	static const enum concept wanted[] = { FAIL, CRYPTO, DATABASE };
	size_t count, best = 0, sentence = scan_sentence_start(s, colon);
	size_t before = sentence == 0 ? 0 :
	    scan_sentence_start(s, sentence - 1);
	bool is_esent = scan_find(s, sentence, colon, "esent") != SIZE_MAX;
	size_t label_end = found_skip_back(s, colon, sentence);
	const struct lexicon *l = words_lexicons(&count);
	struct window w;
	struct reading r;
	size_t mid;

	window_fill(&w, s->text + before, colon - before, SCAN_LINE_END);
	for (size_t i = 0; i < count; i++) {
		if (!is_esent && words_end(&l[i], ERROR, s->text + sentence,
		    label_end - sentence) == 0)
			continue;
		found_read_words(&l[i], &w, wanted, 3, &r);
		if (r.hits[FAIL] == 0 || r.hits[CRYPTO] == 0 ||
		    r.hits[DATABASE] == 0 || r.score <= best)
			continue;
		best = r.score;
		*f = (struct found){ .id = is_esent ? 257 : 256,
			.lexicon = &l[i],
			.start = found_start(s, before, before + r.first) };
	}
	if (best == 0)
		return false;
	if (is_esent) {
		found_take_error(s, colon + 1, 0, f);
		return true;
	}
	/* %1 : %2 */
	mid = scan_find(s, colon + 1, scan_sentence_end(s, colon + 1), ":");
	if (mid == SIZE_MAX) {
		found_take_error(s, colon + 1, 0, f);
		return true;
	}
	f->has[0] = true;
	f->parameters[0] = (struct stretch){ colon + 1, mid };
	found_take_error(s, mid + 1, 1, f);
	return true;
}

/* 4097, 4105, 4106, 4108, 4109, or 0. */
static int
decide_root(const struct reading *r)
{
	const size_t *hits = r->hits;

	if (hits[PARTIAL] > 0)
		return 4106;
	if (hits[UNTRUSTED] > 0)
		return 4105;
	if (hits[THIRD] == 0 || hits[ROOT] == 0 || hits[CERT] == 0 ||
	    hits[AUTO] == 0 || hits[FAIL] > 0)
		return 0;
	if (hits[DELETE] > 0)
		return 4108;
	if (hits[PROPERTY] > 0)
		return 4109;
	return hits[SUCCESS] > 0 ? 4097 : 0;
}

/* Behind the label of the subject that follows the first colon. */
static size_t
subject_start(const struct scan *s, size_t at, size_t to)
{
	while (at < to && (s->text[at] == ':' || scan_is_blank(s->text[at])))
		at++;
	for (size_t i = at; i < to && i < at + LABEL_MAX_BYTES; i++) {
		if (s->text[i] == ':')
			return i + 1;
		if (strchr("<=,", s->text[i]) != NULL)
			break;
	}
	return at;
}

static void
take_subject(const struct scan *s, size_t colon, size_t sha1, size_t hex,
    struct found *f)
{
	size_t from = subject_start(s, colon, sha1), to = sha1, close;

	while (from < to && scan_is_blank(s->text[from]))
		from++;
	if (from < to && s->text[from] == '<') {
		from++;
		for (close = to; close > from; close--)
			if (s->text[close - 1] == '>')
				break;
		if (close > from)
			to = close - 1;
	}
	f->has[0] = f->has[1] = true;
	f->parameters[0] = (struct stretch){ from, to };
	f->parameters[1] = (struct stretch){ hex, hex + SHA1_DIGITS };
	f->end = scan_skip_stop(s, found_skip_closing(s, hex + SHA1_DIGITS));
}

/* A certificate named by subject and SHA-1 thumbprint. */
bool
found_at_thumbprint(const struct scan *s, size_t hex, struct found *f)
{
	static const enum concept wanted[] = { FAIL, SUCCESS, AUTO, THIRD,
		ROOT, CERT, DELETE, PROPERTY, UNTRUSTED, PARTIAL };
	size_t count, sha1, best = 0, from, label = hex;
	const struct lexicon *l = words_lexicons(&count);
	struct window w;
	struct reading r;

	while (label > 0 && (scan_is_blank(s->text[label - 1]) ||
	    s->text[label - 1] == '<'))
		label--;
	if (label == 0 || s->text[label - 1] != ':')
		return false;
	from = label > LABEL_MAX_BYTES ? label - LABEL_MAX_BYTES : 0;
	sha1 = scan_find(s, from, label, "sha1");
	if (sha1 == SIZE_MAX)
		sha1 = scan_find(s, from, label, "sha-1");
	if (sha1 == SIZE_MAX)
		return false;

	from = sha1 > SUBJECT_MAX_BYTES ? sha1 - SUBJECT_MAX_BYTES : 0;
	for (size_t colon = from; colon < sha1 && best == 0; colon++) {
		size_t sentence;

		if (s->text[colon] != ':')
			continue;
		sentence = scan_sentence_start(s, colon);
		window_fill(&w, s->text + sentence, colon - sentence,
		    SCAN_LINE_END);
		for (size_t i = 0; i < count; i++) {
			int id;

			found_read_words(&l[i], &w, wanted, 10, &r);
			id = decide_root(&r);
			if (id == 0 || r.score <= best)
				continue;
			best = r.score;
			*f = (struct found){ .id = id, .lexicon = &l[i],
				.start = found_start(s, sentence,
				    sentence + r.first) };
		}
		if (best > 0)
			take_subject(s, colon, sha1, hex, f);
	}
	return best > 0;
}

/* 4102: two numbers, a threshold and minutes in one sentence. */
bool
found_at_crypt32(const struct scan *s, size_t at, struct found *f)
{
	static const enum concept wanted[] = { LIMIT, MINUTES };
	size_t count, best = 0, numbers = 0;
	size_t from = scan_sentence_start(s, at);
	size_t to = scan_sentence_end(s, at);
	const struct lexicon *l = words_lexicons(&count);
	struct window w;
	struct reading r;

	if (to - from > 2 * NEAR_BYTES)
		return false;
	*f = (struct found){ .id = 4102, .start = from, .end = to };
	for (size_t i = at + strlen("crypt32"); i < to && numbers < 2; i++) {
		size_t end = i;

		while (end < to && s->text[end] >= '0' && s->text[end] <= '9')
			end++;
		if (end == i)
			continue;
		f->has[numbers] = true;
		f->parameters[numbers++] = (struct stretch){ i, end };
		i = end;
	}
	if (numbers < 2)
		return false;
	window_fill(&w, s->text + from, to - from, SCAN_LINE_END);
	for (size_t i = 0; i < count; i++) {
		found_read_words(&l[i], &w, wanted, 2, &r);
		if (r.hits[LIMIT] == 0 || r.hits[MINUTES] == 0 ||
		    r.score <= best)
			continue;
		best = r.score;
		f->lexicon = &l[i];
		f->start = found_start(s, from, from);
	}
	return best > 0;
}

/* Does a word for "system error" end before the colon at `at`? */
static bool
is_system_error_label(const struct scan *s, size_t from, size_t at)
{
	size_t count, end = found_skip_back(s, at, from);
	const struct lexicon *l = words_lexicons(&count);

	for (size_t i = 0; i < count; i++)
		if (words_end(&l[i], SYSTEM_ERROR, s->text + from,
		    end - from) > 0)
			return true;
	return false;
}

/*
 * What 512 and 513 tell behind "Details:": the step that failed, then "System
 * Error:" and the system's message. The step is English in every language.
 */
void
found_read_details(const struct scan *s, size_t from, struct found *f)
{
	size_t stop = s->len, label;

	if (stop - from > DETAILS_MAX_BYTES)
		stop = from + DETAILS_MAX_BYTES;
	f->has[0] = true;
	for (size_t i = from; i < stop; i++) {
		if (s->text[i] == '<')
			break;
		if (s->text[i] != ':' || !is_system_error_label(s, from, i))
			continue;
		found_take_error(s, i + 1, 0, f);
		f->parameters[0].from = from;
		return;
	}
	while (from < stop && scan_is_blank(s->text[from]))
		from++;
	f->end = from;
	label = scan_error_end(s, NULL, from);
	if (label > from)
		f->end = label;
	f->parameters[0] = (struct stretch){ from, f->end };
}

/*
 * Behind the label "Details:" after `at`, or the first thing that is there.
 * The steps look like labels too ("AddCoreCsiFiles : ..."), so a word that no
 * language has for it counts only when it has a line of its own.
 */
size_t
found_skip_details(const struct scan *s, size_t at)
{
	size_t count, end;
	const struct lexicon *l = words_lexicons(&count);

	while (at < s->len && scan_is_blank(s->text[at]))
		at++;
	for (size_t i = at; i < s->len && i < at + LABEL_MAX_BYTES; i++) {
		if (s->text[i] == ':' && i > at) {
			if (s->text[i + 1] == SCAN_LINE_END)
				return i + 1;
			end = found_skip_back(s, i, at);
			for (size_t n = 0; n < count; n++)
				if (words_end(&l[n], DETAILS, s->text + at,
				    end - at) > 0)
					return i + 1;
			break;
		}
		if (scan_is_sentence_end(s, i))
			break;
	}
	return at;
}

/* 512 and 513, at "System Writer" with VSS and at "OnIdentity()". */
bool
found_system_writer(const struct scan *s, size_t at, int id, struct found *f)
{
	static const enum concept wanted[] = { FAIL, CRYPTO };
	size_t count, best = 0;
	size_t from = scan_sentence_start(s, at);
	size_t to = scan_sentence_end(s, at);
	const struct lexicon *l = words_lexicons(&count);
	bool names_writer = scan_find(s, from, to, "system writer") != SIZE_MAX;
	struct window w;
	struct reading r;

	*f = (struct found){ .id = id, .start = from };
	window_fill(&w, s->text + from, to - from, SCAN_LINE_END);
	for (size_t i = 0; i < count; i++) {
		found_read_words(&l[i], &w, wanted, 2, &r);
		if (r.score <= best ||
		    (id == 512 && (!names_writer || r.hits[FAIL] == 0 ||
		    r.hits[CRYPTO] == 0)))
			continue;
		best = r.score;
		f->lexicon = &l[i];
		f->start = found_start(s, from, from + r.first);
	}
	if (best == 0 && (id == 512 || !names_writer))
		return false;
	found_read_details(s, found_skip_details(s, to), f);
	return true;
}
