#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "capi2/relate.h"
#include "wire/evxml.h"

/* What a case looked like when it was given out, as one line of text. */
struct seen {
	struct buf text;
	struct relate *r;
	int cases;
};

static void
add_steps(struct buf *b, const struct step *s)
{
	for (; s != NULL; s = s->next) {
		buf_printf(b, "%d%s", s->id, s->has_stop ? "" : "?");
		if (s->children != NULL) {
			buf_putc(b, '(');
			add_steps(b, s->children);
			buf_putc(b, ')');
		}
		if (s->next != NULL)
			buf_putc(b, ' ');
	}
}

static enum status
see_case(void *arg, const struct trace_case *c)
{
	struct seen *seen = arg;

	seen->cases++;
	add_steps(&seen->text, c->steps);
	if (c->starts_inside)
		buf_puts(&seen->text, " inside");
	if (c->result.is_known)
		buf_printf(&seen->text, " =%X", c->result.value);
	if (c->subject != NULL)
		buf_printf(&seen->text, " %s", c->subject);
	buf_puts(&seen->text, "; ");
	return STATUS_OK;
}

static enum status
give_event(void *arg, const struct event *ev)
{
	return relate_event(((struct seen *)arg)->r, ev, NULL);
}

static void
open_seen(struct seen *seen)
{
	const struct case_sink sink = { see_case, seen };

	memset(seen, 0, sizeof(*seen));
	buf_init(&seen->text, 1 << 20);
	assert_int_equal(relate_create(&sink, &seen->r), STATUS_OK);
	assert_int_equal(relate_input(seen->r, "test"), STATUS_OK);
}

static void
read_events(struct seen *seen, const char *xml)
{
	const struct event_options options = { 0 };
	const struct event_sink sink = { give_event, seen };
	struct event_report report = { 0 };

	assert_int_equal(evxml_read(span_of_text(xml), &options, &sink,
	    &report), STATUS_OK);
}

static void
close_seen(struct seen *seen, const char *expected)
{
	assert_int_equal(relate_finish(seen->r), STATUS_OK);
	assert_string_equal(buf_text(&seen->text), expected);
	relate_free(seen->r);
	buf_free(&seen->text);
}

static void
expect_cases(const char *xml, const char *expected)
{
	struct seen seen;

	open_seen(&seen);
	read_events(&seen, xml);
	close_seen(&seen, expected);
}

#define TASK_A "{AAAAAAAA-0000-0000-0000-000000000001}"
#define TASK_B "{BBBBBBBB-0000-0000-0000-000000000002}"
#define CHAIN "{CCCCCCCC-0000-0000-0000-000000000003}"

#define EVENT(id, level, opcode, root, task, seq, body) \
	"<Event><System><Provider Name='Microsoft-Windows-CAPI2'/>" \
	"<EventID>" #id "</EventID><Level>" #level "</Level>" \
	"<Opcode>" #opcode "</Opcode>" \
	"<Channel>Microsoft-Windows-CAPI2/Operational</Channel>" \
	"<Computer>PC</Computer></System><UserData><" root ">" body \
	"<EventAuxInfo ProcessName='a.exe'/>" \
	"<CorrelationAuxInfo TaskId='" task "' SeqNumber='" #seq "'/>" \
	"</" root "></UserData></Event>"

#define START_CHAIN(task, seq) \
	EVENT(10, 4, 1, "CertGetCertificateChainStart", task, seq, "")
#define STOP_CHAIN(task, seq, code) \
	EVENT(11, 4, 2, "CertGetCertificateChain", task, seq, \
	    "<Certificate fileRef='11.cer' subjectName='leaf'/>" \
	    "<CertificateChain chainRef='" CHAIN "'/>" \
	    "<Result value='" code "'/>")
#define START_REVOCATION(task, seq) \
	EVENT(40, 4, 1, "CertVerifyRevocationStart", task, seq, "")
#define STOP_REVOCATION(task, seq, code) \
	EVENT(41, 2, 2, "CertVerifyRevocation", task, seq, \
	    "<Certificate fileRef='11.cer' subjectName='leaf'/>" \
	    "<Result value='" code "'/>")
#define WIRE(task, seq) \
	EVENT(52, 4, 1, "CryptRetrieveObjectByUrlWireStart", task, seq, "") \

#define POLICY(task, seq, code) \
	EVENT(30, 4, 0, "CertVerifyCertificateChainPolicy", task, seq, \
	    "<CertificateChain chainRef='" CHAIN "'/>" \
	    "<Result value='" code "'/>")

static void
starts_and_stops_nest_like_brackets(void **state)
{
	expect_cases(START_CHAIN(TASK_A, 1) START_REVOCATION(TASK_A, 2)
	    STOP_REVOCATION(TASK_A, 3, "0") START_REVOCATION(TASK_A, 4)
	    STOP_REVOCATION(TASK_A, 5, "80092013")
	    STOP_CHAIN(TASK_A, 6, "80092013"),
	    "11(41 41) =80092013 leaf; ");
}

static void
events_are_put_in_order_of_their_sequence(void **state)
{
	expect_cases(STOP_CHAIN(TASK_A, 4, "0") STOP_REVOCATION(TASK_A, 3, "0")
	    START_REVOCATION(TASK_A, 2) START_CHAIN(TASK_A, 1),
	    "11(41) =0 leaf; ");
}

static void
a_verdict_in_a_task_of_its_own_joins_its_chain(void **state)
{
	expect_cases(START_CHAIN(TASK_A, 1) STOP_CHAIN(TASK_A, 2, "0")
	    POLICY(TASK_B, 1, "800B0109"),
	    "11 30 =800B0109 leaf; ");
}

static void
a_verdict_read_before_its_chain_joins_it_too(void **state)
{
	expect_cases(POLICY(TASK_B, 1, "800B0109") STOP_CHAIN(TASK_A, 2, "0")
	    START_CHAIN(TASK_A, 1),
	    "11 30 =800B0109 leaf; ");
}

static void
a_log_may_begin_in_the_middle_of_a_task(void **state)
{
	expect_cases(STOP_REVOCATION(TASK_A, 10, "80092013")
	    STOP_CHAIN(TASK_A, 11, "80092013") POLICY(TASK_A, 12, "80092013"),
	    "11(41) 30 inside =80092013 leaf; ");
}

static void
a_start_without_its_stop_stays_open(void **state)
{
	expect_cases(START_CHAIN(TASK_A, 1) START_REVOCATION(TASK_A, 2)
	    WIRE(TASK_A, 3),
	    "10?(40?(52?)); ");
}

static void
the_same_task_again_is_another_case(void **state)
{
	expect_cases(START_CHAIN(TASK_A, 1) STOP_CHAIN(TASK_A, 2, "0")
	    START_CHAIN(TASK_A, 1) STOP_CHAIN(TASK_A, 2, "5"),
	    "11 =0 leaf; 11 =5 leaf; ");
}

#define DATED(record, time) \
	"<Event><System><Provider Name='Microsoft-Windows-CAPI2'/>" \
	"<EventID>4107</EventID><TimeCreated SystemTime='" time "'/>" \
	"<EventRecordID>" record "</EventRecordID>" \
	"<Channel>Application</Channel><Computer>PC</Computer></System>" \
	"<EventData><Data>http://a/authrootstl.cab</Data>" \
	"<Data>x</Data></EventData></Event>"

static void
an_event_of_two_overlapping_exports_counts_once(void **state)
{
	struct seen seen;

	open_seen(&seen);
	read_events(&seen, DATED("1", "2020-01-01T00:00:00Z")
	    DATED("2", "2020-01-01T00:00:01Z"));
	assert_int_equal(relate_input(seen.r, "other"), STATUS_OK);
	read_events(&seen, DATED("2", "2020-01-01T00:00:01Z")
	    DATED("3", "2020-01-01T00:00:02Z")
	    DATED("2", "2021-01-01T00:00:01Z"));
	assert_int_equal(relate_repeated(seen.r), 1);
	assert_int_equal(relate_finish(seen.r), STATUS_OK);
	assert_int_equal(seen.cases, 4);
	relate_free(seen.r);
	buf_free(&seen.text);
}

static void
other_providers_make_no_case(void **state)
{
	expect_cases("<Event><System><Provider Name='Other'/>"
	    "<EventID>11</EventID></System><EventData/></Event>", "");
}

static void
memory_stays_bounded_over_many_tasks(void **state)
{
	struct seen seen;
	char task[64], *xml = malloc(8192);
	int i;

	assert_non_null(xml);
	open_seen(&seen);
	for (i = 0; i < 5000; i++) {
		const char *event = POLICY(TASK_B, 1, "0");
		char *at;

		memcpy(xml, event, strlen(event) + 1);
		(void)snprintf(task, sizeof(task), "{BBBBBBBB-%04X", i);
		at = strstr(xml, "{BBBBBBBB-0000");
		assert_non_null(at);
		memcpy(at, task, strlen(task));
		read_events(&seen, xml);
	}
	/* Long before the end, old cases have been given out. */
	assert_true(seen.cases > 2000 && seen.cases < 5000);
	assert_int_equal(relate_finish(seen.r), STATUS_OK);
	assert_int_equal(seen.cases, 5000);
	relate_free(seen.r);
	buf_free(&seen.text);
	free(xml);
}

static enum status
count_events(void *arg, const struct trace_case *c)
{
	struct seen *seen = arg;

	assert_false(c->is_truncated);
	seen->cases += c->event_count;
	return STATUS_OK;
}

/* With a sequence number that is not tracked, no event is a rerun. */
static void
a_task_beyond_the_ceiling_loses_no_event(void **state)
{
	struct seen seen;
	const struct case_sink sink = { count_events, &seen };
	int i;

	memset(&seen, 0, sizeof(seen));
	assert_int_equal(relate_create(&sink, &seen.r), STATUS_OK);
	assert_int_equal(relate_input(seen.r, "long"), STATUS_OK);
	for (i = 0; i < 5000; i++)
		read_events(&seen, STOP_REVOCATION(TASK_A, 9999999, "0"));
	assert_int_equal(relate_finish(seen.r), STATUS_OK);
	assert_int_equal(seen.cases, 5000);
	relate_free(seen.r);
}

static enum status
see_facts(void *arg, const struct trace_case *c)
{
	const struct element *e = c->steps->chains->elements;

	assert_non_null(e->facts);
	assert_string_equal(e->facts->subject, "CN=leaf, O=Example");
	assert_string_equal(e->facts->key, "RSA 2048");
	assert_true(e->facts->not_after != TIME_NONE);
	assert_true(e->facts->not_before == TIME_NONE);
	((struct seen *)arg)->cases++;
	return STATUS_OK;
}

static void
facts_of_event_90_are_joined_by_file_ref(void **state)
{
	struct seen seen;
	const struct case_sink sink = { see_facts, &seen };

	memset(&seen, 0, sizeof(seen));
	assert_int_equal(relate_create(&sink, &seen.r), STATUS_OK);
	assert_int_equal(relate_input(seen.r, "facts"), STATUS_OK);
	read_events(&seen,
	    EVENT(11, 4, 2, "CertGetCertificateChain", TASK_A, 2,
	        "<CertificateChain chainRef='" CHAIN "'><ChainElement>"
	        "<Certificate fileRef='ab.CER' subjectName='leaf'/>"
	        "</ChainElement></CertificateChain>")
	    EVENT(90, 4, 0, "X509Objects", TASK_A, 3,
	        "<Certificate fileRef='AB.cer' subjectName='leaf'>"
	        "<Subject><CN>leaf</CN><O>Example</O></Subject>"
	        "<PublicKeyAlgorithm publicKeyName='RSA' "
	        "publicKeyLength='2048'/>"
	        "<NotAfter>2027-01-01T00:00:00Z</NotAfter></Certificate>"));
	assert_int_equal(relate_finish(seen.r), STATUS_OK);
	assert_int_equal(seen.cases, 1);
	relate_free(seen.r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_and_stops_nest_like_brackets),
		cmocka_unit_test(events_are_put_in_order_of_their_sequence),
		cmocka_unit_test(
		    a_verdict_in_a_task_of_its_own_joins_its_chain),
		cmocka_unit_test(a_verdict_read_before_its_chain_joins_it_too),
		cmocka_unit_test(a_log_may_begin_in_the_middle_of_a_task),
		cmocka_unit_test(a_start_without_its_stop_stays_open),
		cmocka_unit_test(the_same_task_again_is_another_case),
		cmocka_unit_test(
		    an_event_of_two_overlapping_exports_counts_once),
		cmocka_unit_test(other_providers_make_no_case),
		cmocka_unit_test(memory_stays_bounded_over_many_tasks),
		cmocka_unit_test(a_task_beyond_the_ceiling_loses_no_event),
		cmocka_unit_test(facts_of_event_90_are_joined_by_file_ref),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
