/*
 * The events that avow writes about what it asked of the world have Windows'
 * elements, attributes, order and nesting.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "engine/events.h"
#include "reply_bench.h"
#include "shared.h"
#include "trace/event.h"
#include "wire/evxml.h"

#define CRL_URL "http://pki.example.org/ca.crl"
#define OCSP_URL "http://ocsp.example.org/"
#define AIA_URL "http://pki.example.org/ca.crt"
#define DAY 86400
#define EVENTS_MAX 64
#define PATH_BYTES 256

struct story {
	struct bench bench;
	struct event *events[EVENTS_MAX];
	int count;
};

static enum status
keep(void *arg, const struct event *ev)
{
	struct story *s = arg;

	assert_true(s->count < EVENTS_MAX);
	s->events[s->count++] = event_clone(s->bench.mint.arena, ev);
	return STATUS_OK;
}

static void
read_back(struct story *s)
{
	struct event_options options = { .is_strict = true };
	struct event_report report = { 0 };
	struct event_sink sink = { keep, s };

	s->count = 0;
	assert_int_equal(evxml_read(span_of(s->bench.xml.ptr,
	    s->bench.xml.len), &options, &sink, &report), STATUS_OK);
}

static int
open_story(void **state)
{
	struct story *s = calloc(1, sizeof(*s));

	bench_open(&s->bench);
	*state = s;
	return 0;
}

static int
close_story(void **state)
{
	struct story *s = *state;

	bench_close(&s->bench);
	free(s);
	return 0;
}

static const char *const plain[] = { "Content-Type", "application/pkix-crl",
	"ETag", "\"1a2b\"", "Cache-Control", "public, max-age=900", NULL };

/* A reply with everything in it: what every kind of event is made of. */
static void
tell_much(struct story *s)
{
	struct bench *b = &s->bench;
	struct ocsp_order order = { .about = b->leaf, .issuer = b->ca,
		.responder = b->ca, .signer = 1, .next_update = DAY };
	const struct crl *old = mint_crl(&b->mint, "Test CA", 1, -1, -50);
	const struct crl *stale = mint_crl(&b->mint, "Test CA", 1, 5, -90);
	const struct crl *fresh = mint_crl(&b->mint, "Test Root", 0, -1, DAY);
	struct revocation_result *result;
	struct retrieval *r;

	bench_begin(b, REVOCATION_REQUIRE);
	b->reply.policy_inputs.policy = POLICY_KIND_SSL;
	r = bench_try(b, LEAF, RETRIEVAL_ISSUER, PLACE_WIRE, AIA_URL,
	    OUTCOME_OK);
	bench_http(r, 200, "HTTP/1.1 200 OK", NULL);
	r->certs = &b->ca;
	r->cert_count = 1;
	/* The CA: a cached list. */
	r = bench_try(b, CA, RETRIEVAL_CRL, PLACE_URL_CACHE, CRL_URL,
	    OUTCOME_OK);
	bench_brought(b, r, fresh, NULL);
	r->dates.publish = fresh->next_update - 3600 * TICKS_PER_SECOND;
	r->dates.expire = fresh->next_update;
	bench_good(b, CA, PLACE_URL_CACHE, fresh);
	/* The leaf: an old list, a responder behind a proxy, an old list. */
	r = bench_try(b, LEAF, RETRIEVAL_CRL, PLACE_URL_CACHE, CRL_URL,
	    OUTCOME_EXPIRED);
	bench_brought(b, r, old, NULL);
	r = bench_try(b, LEAF, RETRIEVAL_OCSP, PLACE_WIRE, OCSP_URL,
	    OUTCOME_RESPONDER_UNKNOWN);
	r->is_post = true;
	r->proxy = "http://proxy.example.org:3128";
	bench_http(r, 200, "HTTP/1.1 200 OK", NULL);
	bench_brought(b, r, NULL, mint_ocsp(&b->mint, &order));
	bench_try(b, LEAF, RETRIEVAL_CRL, PLACE_WIRE,
	    "http://first.example.org/ca.crl", OUTCOME_REFUSED);
	r = bench_try(b, LEAF, RETRIEVAL_CRL, PLACE_WIRE, CRL_URL,
	    OUTCOME_EXPIRED);
	r->is_revalidated = true;
	bench_http(r, 200, "HTTP/1.1 200 OK", plain);
	r->sent[r->sent_count++] = "GET /ca.crl HTTP/1.1";
	r->sent[r->sent_count++] = "Accept: */*";
	bench_brought(b, r, stale, NULL);
	bench_unknown(b, LEAF, UNKNOWN_STALE);
	result = &b->elements[LEAF].revocation;
	result->source = EVIDENCE_CRL;
	result->place = PLACE_WIRE;
	result->crl = stale;
	result->this_update = stale->this_update;
	bench_tell(b);
	read_back(s);
}

static void
add_ids(const struct story *s, struct buf *b)
{
	int i;

	for (i = 0; i < s->count; i++)
		buf_printf(b, "%s%d", i == 0 ? "" : " ", s->events[i]->id);
}

static void
events_come_in_windows_order(void **state)
{
	struct story *s = *state;
	struct buf ids;

	tell_much(s);
	buf_init(&ids, 4096);
	add_ids(s, &ids);
	assert_string_equal(buf_text(&ids),
	    "10 52 53 40 50 51 41 40 50 51 42 52 53 42 52 53 50 51 52 53 42 41 "
	    "90 11 30");
	buf_free(&ids);
	assert_string_equal(bench_steps(&s->bench),
	    "11(53 41(51) 41(51 42 53 42 53 51 53 42) 90) 30");
}

static const struct node *
aux_of(const struct event *ev)
{
	return node_child(event_facts(ev), "CorrelationAuxInfo");
}

/* A stop without a fitting start, or a gap in the numbers, would fail here. */
static void
numbers_are_gapless_and_brackets_match(void **state)
{
	struct story *s = *state;
	int open[EVENTS_MAX], depth = 0, seq = 0, i;
	const char *task;

	tell_much(s);
	task = node_attr(aux_of(s->events[0]), "TaskId");
	for (i = 0; i < s->count - 1; i++) {
		const struct event *ev = s->events[i];
		uint64_t number;

		assert_string_equal(node_attr(aux_of(ev), "TaskId"), task);
		assert_true(text_to_u64(node_attr(aux_of(ev), "SeqNumber"),
		    &number));
		assert_int_equal(number, ++seq);
		assert_int_equal(ev->record_id, i + 1);
		if (ev->opcode == 1)
			open[depth++] = ev->task;
		else if (ev->opcode == 2)
			assert_int_equal(open[--depth], ev->task);
		assert_true(depth > 0 || i == s->count - 2);
	}
	assert_int_equal(depth, 0);
	assert_string_not_equal(node_attr(aux_of(s->events[i]), "TaskId"),
	    task);
	assert_int_equal(s->events[s->count - 3]->id, 90);
}

/* Section 3 of the facts: Result, Level, Keywords. */
static void
frames_are_as_windows_writes_them(void **state)
{
	struct story *s = *state;
	int i;

	tell_much(s);
	for (i = 0; i < s->count; i++) {
		const struct event *ev = s->events[i];
		const struct node *facts = event_facts(ev);
		const struct node *result = node_child(facts, "Result");
		bool has_none =
		    ev->opcode == 1 || ev->id == 42 || ev->id == 90;

		assert_string_equal(ev->channel,
		    "Microsoft-Windows-CAPI2/Operational");
		assert_true(ev->keywords >> 60 == 4);
		assert_string_equal(node_attr(node_child(facts,
		    "EventAuxInfo"), "ProcessName"), "avow");
		assert_int_equal(result == NULL, has_none);
		if (ev->id == 42)
			assert_int_equal(ev->level, 2);
		else if (has_none)
			assert_int_equal(ev->level, 4);
		else
			assert_int_equal(ev->level,
			    strcmp(node_attr(result, "value"), "0") == 0 ? 4 :
			                                                   2);
	}
}

static const struct event *
nth(const struct story *s, int id, int n)
{
	int i;

	for (i = 0; i < s->count; i++)
		if (s->events[i]->id == id && n-- == 0)
			return s->events[i];
	fail_msg("no event %d", id);
	return NULL;
}

static void
has(const struct event *ev, const char *element, const char *attribute,
    const char *value)
{
	const struct node *n = node_find(event_facts(ev), element);

	if (n == NULL)
		fail_msg("event %d has no %s", ev->id, element);
	if (attribute == NULL)
		assert_string_equal(node_text(n), value);
	else if (node_attr(n, attribute) == NULL)
		fail_msg("%s has no %s", element, attribute);
	else
		assert_string_equal(node_attr(n, attribute), value);
}

static void
tries_have_their_facts(void **state)
{
	struct story *s = *state;
	const struct event *ev;

	tell_much(s);
	ev = nth(s, 53, 0);
	has(ev, "URL", NULL, AIA_URL);
	has(ev, "URL", "scheme", "http");
	has(ev, "Object", "type", "CONTEXT_OID_CERTIFICATE");
	has(ev, "Action", "name", "NoProxy");
	has(ev, "Timeout", NULL, "PT10S");
	has(ev, "AuxInfo", "maxUrlRetrievalByteCount", "104857600");
	has(ev, "Certificate", "subjectName", "Test CA");
	ev = nth(s, 51, 0);
	has(ev, "Flags", "value", "2003");
	has(ev, "Flags", "CRYPT_CACHE_ONLY_RETRIEVAL", "true");
	has(ev, "CacheInfo", "lastSyncTime", "2026-01-01T00:00:00.032Z");
	has(ev, "URLCachePrefetchInfo", "nextUpdateTime",
	    "2026-01-02T00:00:00Z");
	has(ev, "URLCachePrefetchInfo", "publishTime", "2026-01-01T23:00:00Z");
	has(ev, "URLCacheFlushInfo", "expireTime", "2026-01-02T00:00:00Z");
	ev = nth(s, 53, 1);
	has(ev, "Object", "type", "CONTEXT_OID_OCSP_RESP");
	has(ev, "Flags", "CRYPT_HTTP_POST_RETRIEVAL", "true");
	has(ev, "Action", "name", "ProxyListAndByPassList");
	has(ev, "Action", "parameter1", "proxy.example.org:3128");
	has(ev, "OCSPResponse", "issuerName", "Test CA");
	has(ev, "Result", "value", "0");
	ev = nth(s, 53, 2);
	has(ev, "Error", "value", "2EFD");
	has(ev, "Result", "value", "2EFD");
	ev = nth(s, 53, 3);
	has(ev, "Flags", "value", "202005");
	has(ev, "Header", NULL, "GET /ca.crl HTTP/1.1");
	assert_string_equal(node_text(node_child(node_find(event_facts(ev),
	    "HTTPResponseHeadersInfo"), "Header")), "HTTP/1.1 200 OK");
	has(ev, "URLCacheResponseInfo", "responseValidated", "true");
	has(ev, "URLCacheResponseInfo", "maxAge", "900");
	has(ev, "URLCacheResponseInfo", "eTag", "\"1a2b\"");
}

static void
checks_have_their_facts(void **state)
{
	struct story *s = *state;
	const struct event *ev;

	tell_much(s);
	ev = nth(s, 41, 0);
	has(ev, "Certificate", "subjectName", "Test CA");
	has(ev, "IssuerCertificate", "subjectName", "Test Root");
	has(ev, "Flags", "CERT_VERIFY_REV_ACCUMULATIVE_TIMEOUT_FLAG", "true");
	has(ev, "AdditionalParameters", "timeToUse", "2026-01-01T00:00:00Z");
	has(ev, "AdditionalParameters", "currentTime", "2026-01-01T00:00:00Z");
	has(ev, "AdditionalParameters", "urlRetrievalTimeout", "PT19.968S");
	has(ev, "RevocationStatus", "error", "0");
	has(ev, "RevocationStatus", "actualFreshnessTime", "PT1M40S");
	has(ev, "CertificateRevocationList", "location", "UrlCache");
	has(ev, "CertificateRevocationList", "url", CRL_URL);
	ev = nth(s, 42, 0);
	has(ev, "SubjectCertificate", "subjectName", "leaf.example.org");
	has(ev, "CertificateRevocationList", "location", "UrlCache");
	has(ev, "Action", "name", "CheckTimeValidity");
	ev = nth(s, 42, 1);
	has(ev, "OCSPResponse", "location", "Wire");
	has(ev, "Action", "name", "CheckCertStatus");
	ev = nth(s, 41, 1);
	has(ev, "RevocationStatus", "error", "80092013");
	has(ev, "CertificateRevocationList", "location", "Wire");
	has(ev, "Result", "value", "80092013");
	ev = nth(s, 11, 0);
	has(ev, "Flags", "value", "48000000");
	has(ev, "CertificateChain", "revocationFreshnessTime", "PT1M40S");
	has(ev, "RevocationInfo", "freshnessTime", "PT1M40S");
	has(ev, "RevocationResult", "value", "80092013");
	has(ev, "CertificateRevocationList", "url", CRL_URL);
}

/* CERT_CHAIN_* by what was asked. */
static void
flags_tell_what_was_allowed(void **state)
{
	static const struct {
		enum revocation_mode mode;
		enum revocation_scope scope;
		bool is_offline;
		uint64_t budget_ms;
		const char *value;
	} rows[] = {
		{ REVOCATION_NONE, SCOPE_CHAIN, false, 20000, "0" },
		{ REVOCATION_NONE, SCOPE_CHAIN, true, 20000, "80000004" },
		{ REVOCATION_CHECK, SCOPE_END, false, 20000, "18000000" },
		{ REVOCATION_CHECK, SCOPE_CHAIN, false, 20000, "28000000" },
		{ REVOCATION_REQUIRE, SCOPE_CHAIN_EXCLUDE_ROOT, false, 0,
		    "40000000" },
		{ REVOCATION_REQUIRE, SCOPE_CHAIN_EXCLUDE_ROOT, true, 20000,
		    "C0000004" },
	};
	struct story *s = *state;
	struct bench *b = &s->bench;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bench_begin(b, rows[i].mode);
		b->question.revocation.scope = rows[i].scope;
		b->reply.is_offline = rows[i].is_offline;
		b->reply.budget_ms = rows[i].budget_ms;
		bench_tell(b);
		read_back(s);
		has(nth(s, 11, 0), "Flags", "value", rows[i].value);
	}
}

/* What was asked for a chain that was not chosen is told, and does no harm. */
static void
other_paths_are_told_last(void **state)
{
	struct story *s = *state;
	struct bench *b = &s->bench;
	struct order cross = { .subject = "Test CA", .issuer = "Other Root",
		.key = 1, .signer = 9, .is_ca = true };
	struct path_element elements[2];
	const struct path *paths[2];
	struct path other;
	struct retrieval *r;
	bool is_harmless;

	bench_begin(b, REVOCATION_REQUIRE);
	bench_good(b, LEAF, PLACE_TVO_CACHE, NULL);
	bench_unknown(b, CA, UNKNOWN_NO_EVIDENCE);
	bench_try(b, CA, RETRIEVAL_CRL, PLACE_WIRE, CRL_URL, OUTCOME_TIMEOUT);
	r = bench_try(b, CA, RETRIEVAL_CRL, PLACE_WIRE,
	    "http://other.example.org/", OUTCOME_HTTP);
	bench_http(r, 404, "HTTP/1.1 404 Not Found", NULL);
	memcpy(elements, b->elements, sizeof(elements));
	elements[CA].cert = r->subject = mint_cert(&b->mint, &cross);
	other = b->path;
	other.elements = elements;
	other.count = 2;
	other.end = PATH_PARTIAL;
	paths[0] = &b->path;
	paths[1] = &other;
	b->verdict.paths = paths;
	b->verdict.path_count = 2;
	r = bench_try(b, LEAF, RETRIEVAL_CRL, PLACE_WIRE,
	    "http://stray.example.org/", OUTCOME_REFUSED);
	r->subject = b->root;
	bench_tell(b);
	assert_string_equal(bench_steps(b), "11(41(53) 41(53) 53 90) 30");
	assert_string_equal(bench_explain(b, &is_harmless),
	    "revocation-timeout");
	assert_false(is_harmless);
	assert_string_equal(bench_direct(b), "revocation-timeout");
	b->verdict.path_count = 1;
	b->verdict.paths = b->paths;
}

static void
expect_usages(const struct node *element, const char *wanted)
{
	const struct node *list = node_child(element, "ApplicationUsage");
	const struct node *n = node_child(list, "Usage");
	struct buf b;

	buf_init(&b, 4096);
	buf_puts(&b, text_equal(node_attr(list, "any"), "true") ? "any" : "");
	for (; n != NULL; n = node_next(n))
		buf_printf(&b, "%s ", node_attr(n, "oid"));
	assert_string_equal(buf_text(&b), wanted);
	buf_free(&b);
}

/* Each list limits all that is below it. */
static void
usages_are_those_that_are_left(void **state)
{
	struct story *s = *state;
	struct bench *b = &s->bench;
	struct order ca = { .subject = "Test CA", .issuer = "Test Root",
		.key = 1, .signer = 0, .is_ca = true,
		.eku = "serverAuth,clientAuth" };
	struct order leaf = { .subject = "leaf", .issuer = "Test CA",
		.key = 2, .signer = 1, .eku = "serverAuth,codeSigning" };
	const struct node *n;

	bench_begin(b, REVOCATION_NONE);
	b->elements[CA].cert = mint_cert(&b->mint, &ca);
	b->elements[LEAF].cert = mint_cert(&b->mint, &leaf);
	bench_tell(b);
	read_back(s);
	n = node_find(event_facts(nth(s, 11, 0)), "ChainElement");
	expect_usages(n, "1.3.6.1.5.5.7.3.1 ");
	n = node_next(n);
	expect_usages(n, "1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2 ");
	expect_usages(node_next(n), "any");
	/* A leaf without a list has what the CA leaves it. */
	leaf.eku = NULL;
	b->elements[LEAF].cert = mint_cert(&b->mint, &leaf);
	bench_tell(b);
	read_back(s);
	n = node_find(event_facts(nth(s, 11, 0)), "ChainElement");
	expect_usages(n, "1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2 ");
}

static bool
is_described(const struct event *objects, const char *file_ref)
{
	const struct node *n = event_facts(objects)->children;

	for (; n != NULL; n = n->next)
		if (node_attr(n, "fileRef") != NULL &&
		    strcmp(node_attr(n, "fileRef"), file_ref) == 0)
			return true;
	return false;
}

static void
check_refs(const struct event *objects, const struct node *n, int *count)
{
	for (; n != NULL; n = n->next) {
		const char *ref = node_attr(n, "fileRef");

		if (ref != NULL) {
			(*count)++;
			assert_int_equal(strcspn(ref, "."), 40);
			assert_true(is_described(objects, ref));
		}
		check_refs(objects, n->children, count);
	}
}

/* Event 90 alone proves dates and names, so it must have every object. */
static void
every_object_named_is_described(void **state)
{
	struct story *s = *state;
	const struct event *objects;
	int count = 0, i;

	tell_much(s);
	objects = nth(s, 90, 0);
	for (i = 0; i < s->count; i++)
		check_refs(objects, event_facts(s->events[i]), &count);
	assert_true(count > 20);
	has(objects, "OCSPResponse", "issuerName", "Test CA");
	has(objects, "Status", NULL, "OCSP_SUCCESSFUL_RESPONSE");
	has(objects, "CertStatus", NULL, "OCSP_BASIC_GOOD_CERT_STATUS");
	has(objects, "CRLNumber", NULL, "07");
	has(objects, "DNSName", NULL, "leaf.example.org");
}

/*
 * What real logs of Windows 7 have no example of, with where it is from:
 * posts of Windows 10 (case 046 and others of the facts), or [G].
 */
static const char *const not_in_logs[] = {
	/* Windows 10, posted: OCSP, name forms, failing requests. */
	"11 /CertGetCertificateChain/CertificateChain/ChainElement/TrustStatus/"
	"ErrorStatus @CERT_TRUST_IS_OFFLINE_REVOCATION",
	"11 /CertGetCertificateChain/CertificateChain/TrustStatus/ErrorStatus "
	"@CERT_TRUST_IS_OFFLINE_REVOCATION",
	"11 /CertGetCertificateChain/Result #text",
	"30 /CertVerifyCertificateChainPolicy/Result #text",
	"30 /CertVerifyCertificateChainPolicy/SSLAdditionalPolicyInfo",
	"30 /CertVerifyCertificateChainPolicy/SSLAdditionalPolicyInfo "
	"@authType",
	"41 /CertVerifyRevocation/Result #text",
	"53 /CryptRetrieveObjectByUrlWire/Result #text",
	"90 /X509Objects/Certificate/Extensions/SubjectAltName/DNSName",
	"90 /X509Objects/Certificate/Extensions/SubjectAltName/DNSName #text",
	"90 /X509Objects/OCSPResponse",
	"90 /X509Objects/OCSPResponse @fileRef",
	"90 /X509Objects/OCSPResponse @issuerName",
	"90 /X509Objects/OCSPResponse/Status",
	"90 /X509Objects/OCSPResponse/Status @value",
	"90 /X509Objects/OCSPResponse/Status #text",
	"90 /X509Objects/OCSPResponse/ProducedAt",
	"90 /X509Objects/OCSPResponse/ProducedAt #text",
	"90 /X509Objects/OCSPResponse/Issuer",
	"90 /X509Objects/OCSPResponse/Issuer/CN",
	"90 /X509Objects/OCSPResponse/Issuer/CN #text",
	"90 /X509Objects/OCSPResponse/Response",
	"90 /X509Objects/OCSPResponse/Response/SerialNumber",
	"90 /X509Objects/OCSPResponse/Response/SerialNumber #text",
	"90 /X509Objects/OCSPResponse/Response/CertStatus",
	"90 /X509Objects/OCSPResponse/Response/CertStatus @value",
	"90 /X509Objects/OCSPResponse/Response/CertStatus #text",
	"90 /X509Objects/OCSPResponse/Response/ThisUpdate",
	"90 /X509Objects/OCSPResponse/Response/ThisUpdate #text",
	"90 /X509Objects/OCSPResponse/Response/NextUpdate",
	"90 /X509Objects/OCSPResponse/Response/NextUpdate #text",
	/* [G]: no log shows a retrieval for OCSP or AIA, nor a refused one. */
	"42 /CertRejectedRevocationInfo/OCSPResponse",
	"42 /CertRejectedRevocationInfo/OCSPResponse @location",
	"42 /CertRejectedRevocationInfo/OCSPResponse @url",
	"42 /CertRejectedRevocationInfo/OCSPResponse @fileRef",
	"42 /CertRejectedRevocationInfo/OCSPResponse @issuerName",
	"53 /CryptRetrieveObjectByUrlWire/CacheInfo/URLCacheResponseInfo "
	"@responseValidated", /* event 51 has it */
	"53 /CryptRetrieveObjectByUrlWire/Flags @CRYPT_AIA_RETRIEVAL",
	"53 /CryptRetrieveObjectByUrlWire/Flags @CRYPT_HTTP_POST_RETRIEVAL",
	"53 /CryptRetrieveObjectByUrlWire/RetrievedObjects/Certificate",
	"53 /CryptRetrieveObjectByUrlWire/RetrievedObjects/Certificate "
	"@fileRef",
	"53 /CryptRetrieveObjectByUrlWire/RetrievedObjects/Certificate "
	"@subjectName",
	"53 /CryptRetrieveObjectByUrlWire/RetrievedObjects/OCSPResponse",
	"53 /CryptRetrieveObjectByUrlWire/RetrievedObjects/OCSPResponse "
	"@fileRef",
	"53 /CryptRetrieveObjectByUrlWire/RetrievedObjects/OCSPResponse "
	"@issuerName",
};

#define NOT_IN_LOGS (sizeof(not_in_logs) / sizeof(*not_in_logs))

/* The inventory: "id path" and "id path @name". */
struct inventory {
	char *rows[2048];
	int count;
	bool used[NOT_IN_LOGS];
	int unknown;
};

static void
add_row(struct inventory *inv, const char *row)
{
	assert_true(inv->count < 2048);
	inv->rows[inv->count++] = strdup(row);
}

static bool
load(struct inventory *inv)
{
	FILE *file = shared_open("capi2/real-logs/schema-inventory.tsv");
	char line[65536], row[1024], *column[SHARED_MAX_COLUMNS];

	if (file == NULL)
		return false;
	while (shared_row(file, line, sizeof(line), column) >= 4) {
		snprintf(row, sizeof(row), "%s %s", column[0], column[1]);
		add_row(inv, row);
		if (*column[3] == '\0')
			continue;
		snprintf(row, sizeof(row), "%s %s %s", column[0], column[1],
		    column[3]);
		add_row(inv, row);
	}
	fclose(file);
	return true;
}

static void
look_for(struct inventory *inv, const char *row)
{
	size_t k;
	int i;

	for (i = 0; i < inv->count; i++)
		if (strcmp(inv->rows[i], row) == 0)
			return;
	for (k = 0; k < NOT_IN_LOGS; k++)
		if (strcmp(not_in_logs[k], row) == 0) {
			inv->used[k] = true;
			return;
		}
	print_message("# no log has \"%s\"\n", row);
	inv->unknown++;
}

static void
look_for_all(struct inventory *inv, int id, const char *above,
    const struct node *n)
{
	char path[PATH_BYTES], row[2 * PATH_BYTES];
	const struct attr *attr;

	for (; n != NULL; n = n->next) {
		snprintf(path, sizeof(path), "%s/%s", above, n->name);
		snprintf(row, sizeof(row), "%d %s", id, path);
		look_for(inv, row);
		for (attr = n->attrs; attr != NULL; attr = attr->next) {
			snprintf(row, sizeof(row), "%d %s @%s", id, path,
			    attr->name);
			look_for(inv, row);
		}
		if (!text_is_blank(n->text)) {
			snprintf(row, sizeof(row), "%d %s #text", id, path);
			look_for(inv, row);
		}
		look_for_all(inv, id, path, n->children);
	}
}

static void
names_are_those_of_real_logs(void **state)
{
	struct story *s = *state;
	struct inventory *inv = calloc(1, sizeof(*inv));
	size_t k;
	int i;

	if (!load(inv)) {
		free(inv);
		skip();
	}
	tell_much(s);
	for (i = 0; i < s->count; i++)
		look_for_all(inv, s->events[i]->id, "",
		    event_facts(s->events[i]));
	for (k = 0; k < NOT_IN_LOGS; k++)
		if (!inv->used[k])
			print_message("# not written: \"%s\"\n",
			    not_in_logs[k]);
	assert_int_equal(inv->unknown, 0);
	for (k = 0; k < NOT_IN_LOGS; k++)
		assert_true(inv->used[k]);
	for (i = 0; i < inv->count; i++)
		free(inv->rows[i]);
	free(inv);
}

/* One after the other, an allocation fails: never half an event for a whole. */
static void
without_memory_it_fails(void **state)
{
	struct story *s = *state;
	struct events_origin origin = { .computer = "host",
		.process = "avow", .time = s->bench.question.now };
	struct event_sink sink = { keep, s };
	struct arena *a;
	size_t n, failed = 0;

	tell_much(s);
	for (n = 0; n < 4; n++) {
		a = arena_create(BENCH_MEMORY);
		arena_fail_block(a, n);
		s->count = 0;
		failed += events_give(a, &s->bench.reply, s->bench.verifier,
		    &origin, &sink) == STATUS_NO_MEMORY;
		arena_free(a);
	}
	assert_true(failed > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_in_windows_order),
		cmocka_unit_test(numbers_are_gapless_and_brackets_match),
		cmocka_unit_test(frames_are_as_windows_writes_them),
		cmocka_unit_test(tries_have_their_facts),
		cmocka_unit_test(checks_have_their_facts),
		cmocka_unit_test(flags_tell_what_was_allowed),
		cmocka_unit_test(other_paths_are_told_last),
		cmocka_unit_test(usages_are_those_that_are_left),
		cmocka_unit_test(every_object_named_is_described),
		cmocka_unit_test(names_are_those_of_real_logs),
		cmocka_unit_test(without_memory_it_fails),
	};

	return cmocka_run_group_tests(tests, open_story, close_story);
}
