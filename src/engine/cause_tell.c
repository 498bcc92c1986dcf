/*
 * All of a sentence's names and words may be hostile: names are escaped as they
 * are added, words of servers are shown printable and cut.
 */
#include "engine/cause_tell.h"

#include "base/text.h"
#include "wire/name.h"

#define OTHERS_MAX 6 /* tries told beside the deciding one */
#define URL_SHOWN_BYTES 300
#define WORDS_SHOWN_BYTES 200 /* of what a server says */
#define NOW_MEANS (5 * TICKS_PER_SECOND)

static void
add_cut(struct buf *b, const char *text, size_t max)
{
	size_t len = strlen(text);
	struct buf shown;

	buf_init(&shown, max + 1);
	buf_add(&shown, text, len < max ? len : max);
	text_add_printable(b, buf_text(&shown));
	if (len > max)
		buf_puts(b, "...");
	buf_note(b, shown.status);
	buf_free(&shown);
}

static void
add_moment(struct buf *b, ticks t)
{
	time_add_plain(b, t);
	buf_puts(b, " UTC");
}

/* "2 days", "3 hours": the largest unit of which there are two. */
static void
add_length(struct buf *b, ticks length)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" },
		{ 1, "second" } };
	int64_t seconds = length / TICKS_PER_SECOND, count;
	size_t i = 0;

	while (i < 3 && seconds < 2 * units[i].seconds)
		i++;
	count = seconds / units[i].seconds;
	buf_printf(b, "%lld %s%s", (long long)count, units[i].name,
	    count == 1 ? "" : "s");
}

static void
add_ago(struct buf *b, ticks then, ticks now)
{
	if (then <= now && now - then < NOW_MEANS) {
		buf_puts(b, "just now");
	} else if (then <= now) {
		add_length(b, now - then);
		buf_puts(b, " ago");
	} else {
		buf_puts(b, "in ");
		add_length(b, then - now);
	}
}

static ticks
next_update_of(const struct retrieval *r)
{
	return r->crl != NULL ? r->crl->next_update : r->dates.next_update;
}

static void
add_next_update(struct buf *b, ticks next_update, ticks now)
{
	if (next_update == TIME_NONE)
		return;
	buf_puts(b, "next update was ");
	add_moment(b, next_update);
	buf_puts(b, ", ");
	add_ago(b, next_update, now);
}

static void
add_first_update(struct buf *b, const struct retrieval *r, ticks now)
{
	ticks from = r->crl != NULL ? r->crl->this_update :
				      r->dates.this_update;

	buf_puts(b, outcome_sentence(r->outcome));
	if (from == TIME_NONE)
		return;
	buf_puts(b, ": it begins ");
	add_moment(b, from);
	buf_puts(b, ", ");
	add_ago(b, from, now);
}

/* "an HTML page came in its place". */
static void
add_wrong_body(struct buf *b, const struct retrieval *r)
{
	if (r->looks_like == NULL) {
		buf_puts(b, outcome_sentence(r->outcome));
		return;
	}
	add_cut(b, r->looks_like, WORDS_SHOWN_BYTES);
	buf_puts(b, " came in its place");
}

static void
add_http(struct buf *b, const struct retrieval *r)
{
	if (r->status_line != NULL)
		add_cut(b, r->status_line, WORDS_SHOWN_BYTES);
	else
		buf_printf(b, "HTTP %d", r->http_status);
}

static void
add_issuers(struct buf *b, const struct retrieval *r)
{
	buf_puts(b, "it is of ");
	name_add_quoted(b, r->crl->issuer);
	if (r->issuer == NULL)
		return;
	buf_puts(b, ", and that of ");
	name_add_quoted(b, r->issuer->subject);
	buf_puts(b, " is wanted");
}

static void
add_outcome(struct buf *b, const struct retrieval *r, ticks now)
{
	if (r->outcome == OUTCOME_HTTP) {
		add_http(b, r);
		return;
	}
	if (r->outcome == OUTCOME_WRONG_ISSUER && r->crl != NULL) {
		add_issuers(b, r);
		return;
	}
	if (r->outcome == OUTCOME_EXPIRED &&
	    next_update_of(r) != TIME_NONE)
		add_next_update(b, next_update_of(r), now);
	else if (r->outcome == OUTCOME_NOT_YET_VALID)
		add_first_update(b, r, now);
	else if (r->outcome == OUTCOME_NOT_DER ||
	    r->outcome == OUTCOME_WRONG_OBJECT)
		add_wrong_body(b, r);
	else
		buf_puts(b, outcome_sentence(r->outcome));
	if (r->detail != NULL) {
		buf_puts(b, ": ");
		add_cut(b, r->detail, WORDS_SHOWN_BYTES);
	}
}

/* Who stood between and what he says it is, where it was not the object. */
static const char *
add_strange_headers(struct buf *b, const struct retrieval *r,
    const char *before)
{
	static const char *const names[] = { "Content-Type", "Via" };
	const char *value;
	size_t i;

	if (r->looks_like == NULL && r->outcome != OUTCOME_HTTP)
		return before;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if ((value = retrieval_header(r, names[i])) == NULL)
			continue;
		buf_printf(b, "%s%s", before, i == 0 ? "" : "via ");
		add_cut(b, value, WORDS_SHOWN_BYTES);
		before = ", ";
	}
	return before;
}

/* The facts of the way, in parentheses, each when it is known. */
static void
add_facts(struct buf *b, const struct retrieval *r, ticks now)
{
	const char *before = " (";

	if (r->http_status != 0 && r->outcome != OUTCOME_HTTP) {
		buf_printf(b, "%sHTTP %d", before, r->http_status);
		before = ", ";
	}
	if (r->outcome == OUTCOME_HTTP && r->looks_like != NULL) {
		buf_puts(b, before);
		add_cut(b, r->looks_like, WORDS_SHOWN_BYTES);
		before = ", ";
	}
	before = add_strange_headers(b, r, before);
	if (r->bytes != 0) {
		buf_printf(b, "%s%zu bytes", before, r->bytes);
		before = ", ";
	}
	if (r->address != NULL && r->http_status == 0 && r->detail == NULL) {
		buf_puts(b, before);
		add_cut(b, r->address, WORDS_SHOWN_BYTES);
		before = ", ";
	}
	if (r->outcome == OUTCOME_TIMEOUT && r->detail == NULL) {
		buf_printf(b, "%safter %.1f s", before,
		    (double)r->elapsed_ms / 1000);
		before = ", ";
	}
	if (r->final_url != NULL) {
		buf_printf(b, "%sredirected to ", before);
		add_cut(b, r->final_url, URL_SHOWN_BYTES);
		before = ", ";
	}
	if (r->proxy != NULL) {
		buf_printf(b, "%sthrough the proxy ", before);
		add_cut(b, retrieval_proxy_host(r), WORDS_SHOWN_BYTES);
		before = ", ";
	}
	if (r->is_remembered) {
		buf_printf(b, "%sremembered from an earlier question", before);
		before = ", ";
	} else if (revocation_try_is_cached(r) && r->dates.fetched != TIME_NONE &&
	    r->dates.fetched != 0) {
		buf_printf(b, "%scached, fetched ", before);
		add_ago(b, r->dates.fetched, now);
		before = ", ";
	}
	if (before[0] == ',')
		buf_putc(b, ')');
}

static void
add_try(struct buf *b, const struct retrieval *r, ticks now)
{
	static const char *const kinds[] = {
		[RETRIEVAL_ISSUER] = "issuer",
		[RETRIEVAL_CRL] = "CRL",
		[RETRIEVAL_DELTA] = "delta CRL",
		[RETRIEVAL_OCSP] = "OCSP",
		[RETRIEVAL_ANY] = "object",
	};

	buf_printf(b, "%s%s",
	    revocation_try_is_cached(r) ? "cached " :
		r->place == PLACE_GIVEN ? "given " :
					  "",
	    kinds[r->kind]);
	if (r->url != NULL) {
		buf_putc(b, ' ');
		add_cut(b, r->url, URL_SHOWN_BYTES);
	}
	buf_puts(b, ": ");
	add_outcome(b, r, now);
	add_facts(b, r, now);
}

static void
add_others(struct buf *b, const struct cause_scene *scene,
    const struct cert *cert, const struct retrieval *decided)
{
	const struct retrieval *r;
	unsigned told = 0, more = 0;

	for (r = scene->tries; r != NULL; r = r->next) {
		if (r == decided || !revocation_try_is_for(r, cert) ||
		    !revocation_try_failed(r))
			continue;
		if (told == OTHERS_MAX) {
			more++;
			continue;
		}
		told++;
		buf_puts(b, "; ");
		add_try(b, r, scene->question->now);
	}
	if (more != 0)
		buf_printf(b, "; and %u more", more);
}

static void
add_expired(struct buf *b, const struct cause_scene *scene,
    const struct path_element *e, const struct retrieval *r)
{
	ticks now = scene->question->now;

	if (r->crl != NULL) {
		buf_printf(b, "the %s of ",
		    r->kind == RETRIEVAL_DELTA ? "delta CRL" : "CRL");
		name_add_quoted(b, r->crl->issuer);
	} else {
		buf_puts(b, "the OCSP response");
	}
	buf_puts(b, " that tells about ");
	name_add_quoted(b, e->cert->subject);
	buf_puts(b, " has expired: ");
	add_outcome(b, r, now);
	if (r->place == PLACE_GIVEN) {
		buf_puts(b, "; it was given");
		return;
	}
	if (r->url != NULL) {
		buf_puts(b, "; it came from ");
		add_cut(b, r->url, URL_SHOWN_BYTES);
	}
	add_facts(b, r, now);
}

static void
add_unasked(struct buf *b, const struct path_element *e)
{
	name_add_quoted(b, e->cert->subject);
	if (e->revocation.cause == UNKNOWN_NO_SOURCE)
		buf_puts(b, " names neither a CRL nor an OCSP responder: "
			    "nobody can tell whether it is revoked");
	else if (e->revocation.cause == UNKNOWN_NO_ISSUER)
		buf_puts(b, " was not asked about: the certificate of its "
			    "issuer is not at hand");
	else
		buf_puts(b, " was not asked about: a CA above it is revoked");
}

/* What was wanted is known, and this try had no part in that. */
static void
add_detour(struct buf *b, const struct cause_scene *scene,
    const struct path_element *e, const struct retrieval *r)
{
	bool is_issuer = r->kind == RETRIEVAL_ISSUER;

	buf_puts(b, is_issuer ? "one way to the issuer of " :
				"one way to learn whether ");
	name_add_quoted(b, e->cert->subject);
	buf_puts(b, is_issuer ? " failed, and another led on: " :
				" is revoked failed, and another told: ");
	add_try(b, r, scene->question->now);
}

static void
add_unknown(struct buf *b, const struct cause_scene *scene,
    const struct path_element *e, const struct retrieval *r)
{
	buf_puts(b, "it is not known whether ");
	name_add_quoted(b, e->cert->subject);
	buf_puts(b, " is revoked: ");
	if (r != NULL)
		add_try(b, r, scene->question->now);
	else if (scene->is_offline)
		buf_puts(b, "nothing usable is at hand, and nothing may be "
			    "fetched");
	else
		buf_puts(b, "it names no place that may be asked: what it "
			    "names is of the kind that --prefer leaves out, "
			    "for some reasons only, or of another issuer");
}

void
revocation_cause_add(struct buf *b, const struct cause_scene *scene,
    int element, const struct revocation_cause *cause)
{
	const struct path_element *e = &scene->path->elements[element];
	enum unknown_cause why = e->revocation.cause;
	const struct retrieval *r = cause->decided;
	struct retrieval evidence;

	if (cause->is_evidence) {
		revocation_evidence_as_try(scene, element, &evidence);
		r = &evidence;
	}
	if (r != NULL && r->kind == RETRIEVAL_ISSUER) {
		add_detour(b, scene, e, r);
		return;
	}
	if (e->revocation.status != REVOCATION_UNKNOWN)
		add_detour(b, scene, e, r);
	else if (why == UNKNOWN_NO_SOURCE ||
	    why == UNKNOWN_ISSUER_REVOKED || why == UNKNOWN_NO_ISSUER)
		add_unasked(b, e);
	else if (r != NULL && r->outcome == OUTCOME_EXPIRED)
		add_expired(b, scene, e, r);
	else
		add_unknown(b, scene, e, r);
	add_others(b, scene, e->cert, r);
}

/* Whether it is a failed try for the issuer that the path ends without. */
static bool
is_lost_issuer(const struct path *path, const struct retrieval *r)
{
	const struct cert *last = path->elements[path->count - 1].cert;

	return r->kind == RETRIEVAL_ISSUER && r->subject != NULL &&
	    der_equal(r->subject->der, last->der) && revocation_try_failed(r);
}

bool
issuer_was_blocked(const struct cause_scene *scene)
{
	const struct retrieval *r;

	for (r = scene->tries; r != NULL; r = r->next)
		if (r->outcome == OUTCOME_BLOCKED &&
		    is_lost_issuer(scene->path, r))
			return true;
	return false;
}

void
issuer_tries_add(struct buf *b, const struct cause_scene *scene)
{
	const struct retrieval *r;
	unsigned told = 0;

	for (r = scene->tries; r != NULL && told < OTHERS_MAX; r = r->next) {
		if (!is_lost_issuer(scene->path, r))
			continue;
		told++;
		buf_puts(b, "; ");
		add_try(b, r, scene->question->now);
	}
}
