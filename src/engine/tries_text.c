#include "engine/tries_text.h"

#include "base/text.h"

#define MINUTE (60 * TICKS_PER_SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

void
tries_add_age(struct buf *b, ticks age)
{
	if (age < 2 * MINUTE)
		buf_puts(b, "just made");
	else if (age < 2 * HOUR)
		buf_printf(b, "%lld min old", (long long)(age / MINUTE));
	else if (age < 2 * DAY)
		buf_printf(b, "%lld h old", (long long)(age / HOUR));
	else
		buf_printf(b, "%lld days old", (long long)(age / DAY));
}

static void
add_kind(struct buf *b, const struct retrieval *r)
{
	switch (r->kind) {
	case RETRIEVAL_ISSUER:
		buf_puts(b, "issuer");
		break;
	case RETRIEVAL_CRL:
		buf_puts(b, "CRL");
		break;
	case RETRIEVAL_DELTA:
		buf_puts(b, "delta CRL");
		break;
	case RETRIEVAL_OCSP:
		buf_puts(b, "OCSP");
		break;
	case RETRIEVAL_ANY:
		buf_puts(b, "object");
		break;
	}
}

static void
add_date(struct buf *b, const char *before, ticks t)
{
	buf_puts(b, before);
	time_add_plain(b, t);
}

static void
add_place(struct buf *b, const struct retrieval *r)
{
	if (r->is_remembered) {
		buf_puts(b, "not asked again, for it failed a moment ago");
		return;
	}
	switch (r->place) {
	case PLACE_GIVEN:
		break;
	case PLACE_TVO_CACHE:
		buf_puts(b, r->has_object ? "from memory" : "");
		break;
	case PLACE_URL_CACHE:
		buf_puts(b, r->has_object ? "from the cache" : "");
		break;
	case PLACE_WIRE:
		if (r->is_revalidated)
			buf_puts(b, "the cached one confirmed just now");
		else if (r->http_status != 0 || r->bytes != 0 || r->has_object)
			buf_puts(b, "asked just now");
		break;
	}
	if (r->place != PLACE_WIRE && r->dates.fetched != TIME_NONE)
		add_date(b, ", fetched ", r->dates.fetched);
}

/* A comma between parts that are there. */
static void
between(struct buf *b, size_t start)
{
	if (b->len > start)
		buf_puts(b, ", ");
}

static void
add_answer(struct buf *b, const struct retrieval *r, size_t start)
{
	if (r->proxy != NULL && !r->is_remembered) {
		between(b, start);
		buf_puts(b, "by proxy ");
		text_add_printable(b, r->proxy);
		if (r->proxy_named_by != NULL)
			buf_printf(b, " (%s)", r->proxy_named_by);
	}
	if (r->http_status != 0) {
		between(b, start);
		buf_printf(b, "HTTP %d", r->http_status);
	}
	if (r->place == PLACE_WIRE && r->bytes != 0) {
		between(b, start);
		buf_printf(b, "%zu bytes", r->bytes);
	}
	if (r->looks_like != NULL) {
		between(b, start);
		buf_printf(b, "looks like %s", r->looks_like);
	}
	if (r->final_url != NULL) {
		between(b, start);
		buf_puts(b, "redirected to ");
		text_add_printable(b, r->final_url);
	}
	if (r->was_judged && r->opinion.signature == PART_GOOD &&
	    r->opinion.signer == PART_GOOD) {
		between(b, start);
		buf_puts(b, "signed correctly");
	}
}

static void
add_outcome(struct buf *b, const struct retrieval *r, size_t start)
{
	bool has_dates = r->outcome == OUTCOME_EXPIRED &&
	    r->dates.next_update != TIME_NONE;

	if (r->outcome == OUTCOME_OK) {
		between(b, start);
		buf_puts(b, "used");
	} else {
		buf_puts(b, b->len > start ? ": " : "");
		buf_puts(b, outcome_sentence(r->outcome));
	}
	if (has_dates) {
		add_date(b, " of ", r->dates.next_update);
		buf_puts(b, " UTC");
	}
	if (r->detail != NULL) {
		buf_puts(b, "; ");
		text_add_printable(b, r->detail);
	}
	if (r->address != NULL && r->http_status == 0) {
		buf_puts(b, " (");
		text_add_printable(b, r->address);
		buf_puts(b, ")");
	}
}

void
tries_add(struct buf *b, const struct retrieval *r)
{
	size_t start;

	add_kind(b, r);
	buf_putc(b, ' ');
	text_add_printable(b, r->url == NULL ? "-" : r->url);
	buf_puts(b, "  ");
	start = b->len;
	add_place(b, r);
	add_answer(b, r, start);
	add_outcome(b, r, start);
}

void
tries_add_evidence(struct buf *b, const struct revocation_result *r, ticks now)
{
	if (r->source == EVIDENCE_NONE)
		return;
	buf_puts(b, r->source == EVIDENCE_CRL ? "CRL of " : "OCSP of ");
	time_add_plain(b, r->this_update);
	if (r->place == PLACE_GIVEN)
		return;
	if (now >= r->this_update) {
		buf_puts(b, ", ");
		tries_add_age(b, now - r->this_update);
	}
	if (r->place == PLACE_WIRE)
		buf_puts(b, ", fetched just now");
	else if (r->place == PLACE_TVO_CACHE)
		buf_puts(b, ", from memory");
	else
		buf_puts(b, ", from the cache");
	if (r->place != PLACE_WIRE && r->fetched != TIME_NONE)
		add_date(b, ", fetched ", r->fetched);
}
