#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reply_bench.h"

#include "capi2/relate.h"
#include "engine/events.h"
#include "engine/policy.h"
#include "explain/rules.h"
#include "say/capi2.h"
#include "wire/evxml.h"

#define XML_MAX_BYTES ((size_t)8 << 20)
#define CRL_BYTES 48211

static ticks
bench_now(void)
{
	return time_from_unix(MINT_NOW);
}

void
bench_open(struct bench *b)
{
	struct order root = { .subject = "Test Root", .issuer = "Test Root",
		.key = 0, .signer = 0, .is_ca = true };
	struct order ca = { .subject = "Test CA", .issuer = "Test Root",
		.key = 1, .signer = 0, .is_ca = true };
	struct order leaf = { .subject = "leaf.example.org",
		.issuer = "Test CA", .key = 2, .signer = 1,
		.san = "DNS:leaf.example.org" };

	memset(b, 0, sizeof(*b));
	mint_open(&b->mint);
	b->verifier = verifier_create();
	buf_init(&b->xml, XML_MAX_BYTES);
	b->root = mint_cert(&b->mint, &root);
	b->ca = mint_cert(&b->mint, &ca);
	b->leaf = mint_cert(&b->mint, &leaf);
	bench_begin(b, REVOCATION_NONE);
}

void
bench_close(struct bench *b)
{
	buf_free(&b->xml);
	verifier_free(b->verifier);
	mint_close(&b->mint);
}

void
bench_begin(struct bench *b, enum revocation_mode mode)
{
	const struct ruling_inputs base = { .policy = POLICY_KIND_BASE };
	struct verdict *verdict;
	struct arena *a = b->mint.arena;

	b->question = (struct question){
		.target = b->leaf,
		.profile = PROFILE_WINDOWS,
		.at = bench_now(),
		.now = bench_now(),
		.roots = mint_pool(&b->mint, b->root, NULL),
		.extra = { mint_pool(&b->mint, b->ca, NULL) },
		.refuses_anchor_cas = true,
		.anchor_checks = ANCHOR_CHECKS_ALL,
	};
	assert_int_equal(solve(a, &b->question, b->verifier, &verdict),
	    STATUS_OK);
	assert_int_equal(verdict->answer, ANSWER_TRUSTED);
	assert_int_equal(verdict->paths[0]->count, 3);
	b->question.revocation.mode = mode;
	b->path = *verdict->paths[0];
	memcpy(b->elements, b->path.elements, sizeof(b->elements));
	b->path.elements = b->elements;
	b->path.findings = b->findings;
	b->verdict = *verdict;
	b->paths[0] = &b->path;
	b->verdict.paths = b->paths;
	b->last = NULL;
	b->reply = (struct reply){
		.question = &b->question,
		.verdict = &b->verdict,
		.path = &b->path,
		.policy_inputs = base,
		.budget_ms = 20000,
	};
	if (mode == REVOCATION_CHECK)
		b->reply.policy_inputs.flags =
		    POLICY_IGNORE_UNKNOWN_REVOCATION;
}

void
bench_good(struct bench *b, int element, enum evidence_place place,
    const struct crl *crl)
{
	b->elements[element].revocation = (struct revocation_result){
		.status = REVOCATION_GOOD,
		.reason = REASON_NONE,
		.revoked_at = TIME_NONE,
		.source = crl == NULL ? EVIDENCE_NONE : EVIDENCE_CRL,
		.this_update = crl == NULL ? TIME_NONE : crl->this_update,
		.crl = crl,
		.place = place,
		.fetched = TIME_NONE,
	};
}

static void
hold(struct bench *b, int element, enum rule rule)
{
	b->findings[b->path.finding_count++] = (struct path_finding){
		.rule = rule, .element = element, .about = element };
	b->elements[element].error |= rule_get(rule)->bits;
	b->path.error |= rule_get(rule)->bits;
}

void
bench_revoked(struct bench *b, int element, const struct crl *crl)
{
	struct revocation_result *r = &b->elements[element].revocation;

	bench_good(b, element, PLACE_WIRE, crl);
	r->status = REVOCATION_REVOKED;
	r->result = RESULT_REVOKED;
	r->reason = REASON_KEY_COMPROMISE;
	r->revoked_at = bench_now() - 10 * TICKS_PER_SECOND;
	hold(b, element, RULE_REVOKED);
	b->verdict.answer = ANSWER_NOT_TRUSTED;
}

void
bench_unknown(struct bench *b, int element, enum unknown_cause cause)
{
	struct revocation_result *r = &b->elements[element].revocation;
	enum rule rule = cause == UNKNOWN_NO_SOURCE ? RULE_REVOCATION_UNKNOWN :
						      RULE_REVOCATION_OFFLINE;

	bench_good(b, element, PLACE_WIRE, NULL);
	r->status = REVOCATION_UNKNOWN;
	r->cause = cause;
	r->result = cause == UNKNOWN_NO_SOURCE ? RESULT_NO_CHECK :
						 RESULT_OFFLINE;
	hold(b, element, rule);
	if (b->question.revocation.mode == REVOCATION_CHECK)
		b->path.finding_count--;
	else
		b->verdict.answer = ANSWER_UNDECIDED;
}

struct retrieval *
bench_try(struct bench *b, int element, enum retrieval_kind kind,
    enum evidence_place place, const char *url, enum outcome outcome)
{
	struct retrieval *r = arena_new(b->mint.arena, struct retrieval);

	assert_non_null(r);
	r->kind = kind;
	r->place = place;
	r->url = url;
	r->named_by = kind == RETRIEVAL_CRL ? "CDP" : "AIA";
	r->subject = b->elements[element].cert;
	r->issuer = b->elements[element < ROOT ? element + 1 : ROOT].cert;
	r->timeout_ms = 10000;
	r->max_bytes = 104857600;
	r->started = bench_now() + 2 * TICKS_PER_MS;
	r->ended = r->started + 30 * TICKS_PER_MS;
	r->elapsed_ms = 30;
	r->outcome = outcome;
	r->code = outcome_code(outcome, 0);
	r->dates = (struct object_dates){ TIME_NONE, TIME_NONE, TIME_NONE,
		TIME_NONE, TIME_NONE };
	if (b->last == NULL)
		b->reply.retrievals = r;
	else
		b->last->next = r;
	b->last = r;
	return r;
}

void
bench_http(struct retrieval *r, int status, const char *line,
    const char *const *headers)
{
	r->http_status = status;
	r->status_line = line;
	r->code = outcome_code(r->outcome, status);
	for (; headers != NULL && headers[0] != NULL; headers += 2)
		r->headers[r->header_count++] =
		    (struct header){ headers[0], headers[1] };
}

void
bench_brought(struct bench *b, struct retrieval *r, const struct crl *crl,
    const struct ocsp *ocsp)
{
	r->crl = crl;
	r->ocsp = ocsp;
	r->form = BODY_DER;
	r->bytes = CRL_BYTES;
	r->dates.fetched = r->ended;
	if (crl != NULL) {
		r->dates.this_update = crl->this_update;
		r->dates.next_update = crl->next_update;
	}
}

static enum status
put(void *arg, const struct event *ev)
{
	struct bench *b = arg;

	capi2_add_event(&b->xml, ev);
	return b->xml.status;
}

void
bench_tell(struct bench *b)
{
	struct events_origin origin = { .computer = "host",
		.process = "avow", .pid = 7, .time = bench_now(),
		.record_id = 1 };
	struct event_sink sink = { put, b };

	b->reply.policy = ruling_of(&b->path, &b->reply.policy_inputs);
	assert_int_equal(reply_tell(b->mint.arena, &b->reply), STATUS_OK);
	buf_clear(&b->xml);
	buf_puts(&b->xml, "<Events>\n");
	assert_int_equal(events_give(b->mint.arena, &b->reply, b->verifier,
	    &origin, &sink), STATUS_OK);
	buf_puts(&b->xml, "</Events>\n");
}

static enum status
relate_one(void *arg, const struct event *ev)
{
	return relate_event(arg, ev, NULL);
}

static void
relate_xml(struct bench *b, const struct case_sink *cases)
{
	struct event_options options = { .is_strict = true };
	struct event_report report = { 0 };
	struct event_sink sink = { relate_one, NULL };
	struct relate *relate;

	assert_int_equal(relate_create(cases, &relate), STATUS_OK);
	assert_int_equal(relate_input(relate, "avow"), STATUS_OK);
	sink.arg = relate;
	assert_int_equal(evxml_read(span_of(b->xml.ptr, b->xml.len), &options,
	    &sink, &report), STATUS_OK);
	assert_int_equal(report.skipped, 0);
	assert_int_equal(relate_finish(relate), STATUS_OK);
	relate_free(relate);
}

struct explained {
	struct bench *bench;
	const char *cause;
	bool is_harmless;
	int cases;
};

static enum status
explain(void *arg, const struct trace_case *c)
{
	struct explained *e = arg;
	struct arena *a = arena_create(BENCH_MEMORY);
	const struct finding *f = rules_apply(a, c);

	assert_non_null(f);
	e->cases++;
	e->cause = arena_copy(e->bench->mint.arena, f->cause);
	e->is_harmless = f->harmless == HARMLESS_YES;
	for (; f != NULL; f = f->next) {
		assert_non_null(f->happened);
		assert_non_null(cause_meaning(f->cause));
		assert_null(strchr(f->happened, '{'));
	}
	arena_free(a);
	return STATUS_OK;
}

const char *
bench_explain(struct bench *b, bool *ret_is_harmless)
{
	struct explained e = { .bench = b };
	struct case_sink sink = { explain, &e };

	relate_xml(b, &sink);
	assert_int_equal(e.cases, 1);
	*ret_is_harmless = e.is_harmless;
	return e.cause;
}

const char *
bench_direct(const struct bench *b)
{
	if (b->reply.cause_count != 0)
		return b->reply.causes[0].cause;
	return b->reply.note_count != 0 ? b->reply.notes[0].cause : "no-error";
}

static void
add_steps(struct buf *out, const struct step *s)
{
	for (; s != NULL; s = s->next) {
		buf_printf(out, "%s%d", out->len == 0 ||
		        out->ptr[out->len - 1] == '(' ? "" : " ", s->id);
		if (s->children == NULL)
			continue;
		buf_putc(out, '(');
		add_steps(out, s->children);
		buf_putc(out, ')');
	}
}

static enum status
take_steps(void *arg, const struct trace_case *c)
{
	add_steps(arg, c->steps);
	return STATUS_OK;
}

const char *
bench_steps(struct bench *b)
{
	struct case_sink sink = { take_steps, NULL };
	const char *copy;
	struct buf out;

	buf_init(&out, XML_MAX_BYTES);
	sink.arg = &out;
	relate_xml(b, &sink);
	copy = arena_copy(b->mint.arena, buf_text(&out));
	buf_free(&out);
	return copy;
}
