#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/batch.h"
#include "engine/bundle.h"
#include "derout.h"
#include "engine/case.h"
#include "engine/evidence.h"
#include "engine/host.h"
#include "engine/suffixes.h"
#include "explain/rules.h"
#include "fixture.h"
#include <unistd.h>

#define MEMORY ((size_t)16 << 20)

struct world {
	struct arena *arena;
	struct store *roots, *extra;
	struct verifier *verifier;
	struct engine engine;
};

static void
add(struct world *w, struct store *s, const char *name)
{
	struct store_problem problem;

	assert_int_equal(store_add_bytes(s, fixture_bytes(w->arena, name),
	    name, &problem), STATUS_OK);
}

static int
open_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->arena = arena_create(MEMORY);
	w->roots = store_create();
	w->extra = store_create();
	w->verifier = verifier_create();
	w->engine = (struct engine){ w->roots, w->extra, NULL };
	add(w, w->roots, "verify/root.pem");
	add(w, w->extra, "verify/ca.pem");
	*state = w;
	return 0;
}

static int
close_world(void **state)
{
	struct world *w = *state;

	verifier_free(w->verifier);
	store_free(w->roots);
	store_free(w->extra);
	arena_free(w->arena);
	free(w);
	return 0;
}

static const char *
dns(struct world *w, const char *text)
{
	struct host host;

	if (host_parse(w->arena, HOST_DNS, text, &host) != NULL)
		return NULL;
	return arena_copy_n(w->arena, (const char *)host.name.ptr,
	    host.name.len);
}

/* The U-labels and A-labels are those of RFC 3492 7.1 and of RFC 5890. */
static void
dns_names_become_lower_case_a_labels(void **state)
{
	struct world *w = *state;

	assert_string_equal(dns(w, "WWW.Example.ORG."), "www.example.org");
	assert_string_equal(dns(w, "b\xC3\xBC" "cher.example"),
	    "xn--bcher-kva.example");
	assert_string_equal(dns(w,
	    "\xE4\xBB\x96\xE4\xBB\xAC\xE4\xB8\xBA\xE4\xBB\x80\xE4\xB9\x88\xE4"
	    "\xB8\x8D\xE8\xAF\xB4\xE4\xB8\xAD\xE6\x96\x87"),
	    "xn--ihqwcrb4cv8a8dqg056pqjye");
	assert_string_equal(dns(w, "3\xE5\xB9\xB4" "b\xE7\xB5\x84"
	    "\xE9\x87\x91\xE5\x85\xAB\xE5\x85\x88\xE7\x94\x9F"),
	    "xn--3b-ww4c5e180e575a65lsy2b");
	assert_string_equal(dns(w, "a\xE3\x80\x82" "b"), "a.b");
}

static void
what_is_no_dns_name_is_refused(void **state)
{
	static const char *const wrong[] = { "", ".", "a..b", "-a", "a-", "a b",
		"*.a", "192.0.2.7", "::1", "\xE2\x80\xAE", "\xFF" };
	struct world *w = *state;
	char long_label[70];
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_null(dns(w, wrong[i]));
	memset(long_label, 'a', 64);
	long_label[64] = '\0';
	assert_null(dns(w, long_label));
}

static void
kinds_of_hosts_are_guessed(void **state)
{
	struct world *w = *state;
	struct host host;

	assert_null(host_guess(w->arena, "[2001:db8::1]", &host));
	assert_int_equal(host.kind, HOST_IP);
	assert_int_equal(host.name.len, 16);
	assert_null(host_guess(w->arena, "Me@Example.ORG", &host));
	assert_int_equal(host.kind, HOST_EMAIL);
	assert_memory_equal(host.name.ptr, "Me@example.org", host.name.len);
	assert_null(host_guess(w->arena, "example", &host));
	assert_int_equal(host.kind, HOST_DNS);
}

static void
oids_are_read_strictly(void **state)
{
	static const char *const wrong[] = { "", "1", "3.1", "1.40", "1.2.",
		"1..2", "01.2", "1.2.03", "1.2.x", ".1.2",
		"1.2.99999999999999999999" };
	struct world *w = *state;
	struct span oid;
	size_t i;

	assert_true(oid_parse(w->arena, "1.3.6.1.4.1.311.21.10", &oid));
	assert_true(DER_IS(oid, "\x2B\x06\x01\x04\x01\x82\x37\x15\x0A"));
	assert_true(oid_parse(w->arena, "2.999", &oid));
	assert_true(DER_IS(oid, "\x88\x37"));
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(oid_parse(w->arena, wrong[i], &oid));
}

static void
stores_take_each_certificate_once(void **state)
{
	struct world *w = *state;
	struct store_problem problem;

	add(w, w->roots, "verify/root.pem");
	assert_int_equal(pool_count(store_pool(w->roots)), 1);
	assert_int_equal(store_add_bytes(w->roots,
	    fixture_bytes(w->arena, "verify/ca.crl"), "x", &problem),
	    STATUS_NOT_FOUND);
	assert_int_equal(store_add_bytes(w->roots,
	    fixture_bytes(w->arena, "verify/cut.der"), "x", &problem),
	    STATUS_MALFORMED);
	assert_non_null(problem.fault.rule);
	assert_int_equal(store_add_path(w->roots, "/nowhere/at all", &problem),
	    STATUS_NOT_FOUND);
	assert_int_not_equal(problem.system, 0);
}

static struct question *
ask_about(struct world *w, const char *name, struct reply *ret_reply,
    const char *host, enum policy_kind kind)
{
	struct question *q = arena_new(w->arena, struct question);
	struct ruling_inputs policy = { .policy = kind };
	struct host *hosts = arena_new(w->arena, struct host);
	struct bundle_problem problem;
	struct bundle bundle;
	ticks at;

	assert_true(time_parse_iso("2026-06-01T00:00:00Z", &at, NULL));
	assert_int_equal(bundle_read(w->arena, fixture_bytes(w->arena, name),
	    &bundle, &problem), STATUS_OK);
	question_begin(q, &w->engine, PROFILE_WINDOWS, at);
	q->target = bundle.target;
	if (host != NULL) {
		assert_null(host_guess(w->arena, host, hosts));
		q->hosts = policy.server = hosts;
		q->host_count = 1;
	}
	assert_int_equal(engine_ask(w->arena, q, &policy, w->verifier,
	    ret_reply), STATUS_OK);
	return q;
}

static void
causes_name_the_certificate(void **state)
{
	struct world *w = *state;
	struct reply reply;

	ask_about(w, "verify/good.pem", &reply, NULL, POLICY_KIND_BASE);
	assert_int_equal(reply.verdict->answer, ANSWER_TRUSTED);
	assert_int_equal(reply.cause_count, 0);
	ask_about(w, "verify/expired.pem", &reply, NULL, POLICY_KIND_BASE);
	assert_int_equal(reply.verdict->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(reply.cause_count, 1);
	assert_string_equal(reply.causes[0].cause, "expired");
	assert_string_equal(reply.causes[0].clause, "RFC 5280 6.1.3 (a) (2)");
	assert_non_null(strstr(reply.causes[0].detail, "old.example.org"));
	assert_int_equal(reply.policy.error, 0x800B0101);
}

static void
every_rule_has_a_cause_that_explain_knows(void **state)
{
	struct world *w = *state;
	struct path_element element = { 0 };
	struct path_finding finding = { 0 };
	struct path path = { .elements = &element, .count = 1,
		.findings = &finding, .finding_count = 1 };
	int rule, i;

	(void)w;
	for (rule = 0; rule < RULE_COUNT; rule++) {
		finding.rule = (enum rule)rule;
		for (i = UNKNOWN_NOT; i <= UNKNOWN_REASONS; i++) {
			element.revocation.cause = (enum unknown_cause)i;
			assert_non_null(cause_meaning(cause_of_path(&path)));
		}
	}
}

struct explained {
	char causes[256];
	int cases;
};

static enum status
explain(void *arg, const struct trace_case *c)
{
	struct explained *e = arg;
	struct arena *a = arena_create(MEMORY);
	const struct finding *f;

	e->cases++;
	for (f = rules_apply(a, c); f != NULL; f = f->next) {
		strncat(e->causes, f->cause,
		    sizeof(e->causes) - strlen(e->causes) - 2);
		strncat(e->causes, " ", 2);
		assert_non_null(f->happened);
	}
	arena_free(a);
	return STATUS_OK;
}

/* The explainer of Windows logs comes to the same cause by itself. */
static void
the_case_of_a_reply_is_explained_alike(void **state)
{
	static const struct {
		const char *file, *host, *causes;
	} stories[] = {
		{ "verify/good.pem", "www.example.org", "no-error " },
		{ "verify/expired.pem", NULL, "expired " },
		{ "verify/good.pem", "other.example.org", "name-mismatch " },
		{ "pki/leaf.pem", NULL, "partial-chain " },
	};
	struct world *w = *state;
	struct events_origin origin = { .computer = "host",
		.process = "avow", .pid = 1, .record_id = 1 };
	struct reply reply;
	size_t i;

	for (i = 0; i < sizeof(stories) / sizeof(*stories); i++) {
		struct explained e = { { 0 }, 0 };
		struct case_sink sink = { explain, &e };

		ask_about(w, stories[i].file, &reply, stories[i].host,
		    POLICY_KIND_SSL);
		assert_int_equal(case_of_reply(w->arena, &reply, w->verifier,
		    &origin, &sink), STATUS_OK);
		assert_int_equal(e.cases, 1);
		assert_string_equal(e.causes, stories[i].causes);
	}
}

static void
public_suffixes_are_told_from_names_below_them(void **state)
{
	static const char list[] = "// comment\ncom\nco.uk // uk\n*.ck\n"
	                           "!www.ck\n\xE5\xB0\x8F.example\n";
	static const struct {
		const char *name;
		bool is_suffix;
	} names[] = { { "com", true }, { "example.com", false },
		{ "co.uk", true }, { "a.co.uk", false }, { "a.ck", true },
		{ "www.ck", false }, { "b.a.ck", false },
		{ "xn--yet.example", true }, { "unlisted", true } };
	char path[] = "/tmp/avow-suffixes-XXXXXX";
	struct suffixes *s;
	int fd = mkstemp(path);
	size_t i;

	assert_true(fd >= 0);
	assert_int_equal(file_write(fd, list, sizeof(list) - 1), STATUS_OK);
	close(fd);
	assert_int_equal(suffixes_load(path, &s), STATUS_OK);
	unlink(path);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(suffixes_has(s, span_of_text(names[i].name)),
		    names[i].is_suffix);
	suffixes_free(s);
	assert_int_equal(suffixes_load("/nowhere/list", &s), STATUS_NOT_FOUND);
}

/* Wherever memory runs out while a line is read, the line is not answered. */
static void
a_line_without_memory_is_never_a_weaker_question(void **state)
{
	static const char line[] = "{\"target\": \"AAAA\", \"host\": "
	                           "{\"dns\": \"a.example\"}, \"roots\": []}";
	struct world *w = *state;
	struct batch_question q;
	size_t n;

	(void)w;
	for (n = 0; n < 4; n++) {
		struct arena *a = arena_create(MEMORY);

		arena_fail_block(a, n);
		if (batch_question_read(a, span_of_text(line), &w->engine, 0,
		        &q) == STATUS_OK) {
			assert_null(q.problem);
			assert_int_equal(q.question.host_count, 1);
			assert_int_equal(pool_count(q.question.roots), 0);
		}
		arena_free(a);
	}
}

/* A list of over a megabyte, in a file. */
static void
write_big_list(const char *path)
{
	struct buf entries, exts, der;
	uint32_t i;
	FILE *f = fopen(path, "wb");

	buf_init(&entries, 4 << 20);
	buf_init(&exts, 100);
	buf_init(&der, 4 << 20);
	for (i = 0; i < 60000; i++) {
		buf_add(&entries, "\x30\x14\x02\x03\x11", 5);
		buf_putc(&entries, (char)(i >> 8));
		buf_putc(&entries, (char)i);
		derout_text(&entries, 0x17, "260101000000Z");
	}
	derout_crl(&der, &entries, &exts);
	assert_non_null(f);
	assert_int_equal(fwrite(der.ptr, 1, der.len, f), der.len);
	fclose(f);
	buf_free(&entries);
	buf_free(&exts);
	buf_free(&der);
}

static void
a_big_list_gets_an_index_when_it_is_asked_often(void **state)
{
	struct world *w = *state;
	struct evidence_set *e = evidence_create();
	char path[] = "/tmp/avow-evidence-XXXXXX";
	struct store_problem problem;
	struct crl_entry entry;
	struct der_fault fault;
	struct question q;
	int fd = mkstemp(path), i;

	assert_true(fd >= 0);
	close(fd);
	write_big_list(path);
	assert_int_equal(evidence_add_crls(e, path, &problem), STATUS_OK);
	unlink(path);
	question_begin(&q, &w->engine, PROFILE_RFC5280, 0);
	for (i = 0; i < EVIDENCE_INDEX_AFTER; i++) {
		evidence_give(e, &q);
		assert_int_equal(q.revocation.crl_count, 1);
		assert_null(q.revocation.indexes);
	}
	evidence_give(e, &q);
	assert_non_null(q.revocation.indexes);
	assert_ptr_equal(crl_index_list(q.revocation.indexes[0]),
	    q.revocation.crls[0]);
	assert_int_equal(crl_index_find(q.revocation.indexes[0],
	    span_of("\x11\xEA\x5F", 3), &entry, &fault), STATUS_OK);
	assert_int_equal(crl_index_find(q.revocation.indexes[0],
	    span_of("\x11\xEA\x60", 3), &entry, &fault), STATUS_NOT_FOUND);
	evidence_free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dns_names_become_lower_case_a_labels),
		cmocka_unit_test(what_is_no_dns_name_is_refused),
		cmocka_unit_test(kinds_of_hosts_are_guessed),
		cmocka_unit_test(oids_are_read_strictly),
		cmocka_unit_test(stores_take_each_certificate_once),
		cmocka_unit_test(causes_name_the_certificate),
		cmocka_unit_test(every_rule_has_a_cause_that_explain_knows),
		cmocka_unit_test(a_big_list_gets_an_index_when_it_is_asked_often),
		cmocka_unit_test(the_case_of_a_reply_is_explained_alike),
		cmocka_unit_test(public_suffixes_are_told_from_names_below_them),
		cmocka_unit_test(
		    a_line_without_memory_is_never_a_weaker_question),
	};

	return cmocka_run_group_tests(tests, open_world, close_world);
}
