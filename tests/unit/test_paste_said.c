/* Events named in prose, and what their sentences say of them. */
#include "paste_help.h"

static const char *
result_value(const struct event *ev)
{
	return node_attr(node_child(event_facts(ev), "Result"), "value");
}

static const char *
result_text(const struct event *ev)
{
	return node_text(node_child(event_facts(ev), "Result"));
}

/* One event comes of the text; its Result has this value. */
static void
assert_value(const char *text, int id, const char *value)
{
	struct pasted f = pasted_count(text, 1);

	assert_int_equal(f.events[0]->id, id);
	assert_true(f.events[0]->is_truncated);
	assert_non_null(result_value(f.events[0]));
	assert_string_equal(result_value(f.events[0]), value);
	arena_free(f.arena);
}

static void
assert_words(const char *text, int id, const char *words)
{
	struct pasted f = pasted_count(text, 1);

	assert_int_equal(f.events[0]->id, id);
	assert_null(result_value(f.events[0]));
	assert_non_null(result_text(f.events[0]));
	assert_string_equal(result_text(f.events[0]), words);
	arena_free(f.arena);
}

static void
assert_nothing(const char *text, int id)
{
	struct pasted f = pasted_count(text, 1);

	assert_int_equal(f.events[0]->id, id);
	assert_null(f.events[0]->body);
	assert_int_equal(f.events[0]->level, EVENT_UNKNOWN);
	arena_free(f.arena);
}

static void
a_code_of_any_shape_is_taken_beside_its_event(void **state)
{
	(void)state;
	assert_value("We see CAPI2 event 41 with 0x80092013 each day.", 41,
	    "80092013");
	assert_value("CAPI2 event 41, Result value 80092013 again", 41,
	    "80092013");
	assert_value("CAPI2 event 11 failed: -2146762487", 11, "800B0109");
	assert_value("CAPI2 event 53 with error 12007", 53, "2EE7");
	assert_value("CAPI2 event 41: 0xFFFFFFFF80092013", 41, "80092013");
	assert_value("CAPI2 event 53, Result: 2EE2", 53, "2EE2");
	assert_value("It returned 800b0100 in CAPI2 event 81.", 81,
	    "800B0100");
	assert_value("CAPI2-Ereignis 30 (Kette) mit Fehler 0x800B010F", 30,
	    "800B010F");
	assert_words("CAPI2 event 11: CERT_E_CHAINING here", 11,
	    "CERT_E_CHAINING");
}

static void
of_two_codes_the_one_behind_result_counts(void **state)
{
	(void)state;
	assert_value("CAPI2 event 11, flag 0x80070005, Result 0x800B0109.", 11,
	    "800B0109");
	assert_value("CAPI2 event 11, 0x800B0109 or else 0x80070005.", 11,
	    "800B0109");
}

static void
words_count_where_a_message_stands(void **state)
{
	(void)state;
	assert_words("CAPI2 30 error: The certificate was not good enough. "
	    "Why?", 30, "The certificate was not good enough.");
	assert_words("CAPI2 event 41 says \xE2\x80\x9CThe server was very "
	    "offline.\xE2\x80\x9D today", 41, "The server was very offline.");
	assert_nothing("CAPI2 30 error: I have no idea at all.", 30);
	assert_nothing("CAPI2 30 error: does anybody know this", 30);
	assert_nothing("CAPI2 event 30, \"Verify Chain Policy\" it says", 30);
}

static void
numbers_that_are_no_codes_are_left_alone(void **state)
{
	(void)state;
	assert_nothing("CAPI2 event 11, {80092013-0000-1111-2222-333344445555}",
	    11);
	assert_nothing("CAPI2 event 11 since 20240305 on 12007 machines", 11);
	assert_nothing("CAPI2 event 53 in https://x.example/800B0109.html", 53);
	assert_nothing("CAPI2 event 11. Thumbprint 80092013800B0109", 11);
}

static void
a_code_of_another_event_or_paragraph_is_not_taken(void **state)
{
	struct pasted f;

	(void)state;
	assert_nothing("CAPI2 event 30 is logged.\n\nMy fax: 0x800B0109", 30);
	assert_nothing("CAPI2 event 41. Schannel event 36887: 0x80090326.",
	    41);
	f = pasted_count("CAPI2 event 11 has 0x80092013 and event 30 has "
	    "0x800B010F.", 2);
	assert_string_equal(result_value(f.events[0]), "80092013");
	assert_string_equal(result_value(f.events[1]), "800B010F");
	arena_free(f.arena);
	f = pasted_count("CAPI2: 800B0100 in event 81 and error 80092013 in "
	    "event 41.", 2);
	assert_string_equal(result_value(f.events[0]), "800B0100");
	assert_string_equal(result_value(f.events[1]), "80092013");
	arena_free(f.arena);
	f = pasted_count("CAPI2 event 30 and then 81 with 0x800B0100", 2);
	assert_null(f.events[0]->body);
	assert_string_equal(result_value(f.events[1]), "800B0100");
	arena_free(f.arena);
}

static void
a_list_of_events_shares_what_is_said_of_it(void **state)
{
	struct pasted f = pasted_count("CAPI2 events 11, 30 and 41 all give "
	    "0x800B0109.", 3);
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_string_equal(result_value(f.events[i]), "800B0109");
	arena_free(f.arena);
}

static void
the_same_number_with_another_code_is_another_event(void **state)
{
	struct pasted f = pasted_count("CAPI2 event 30 with 0x800B0109. "
	    "CAPI2 event 30 with 0x800B010F. CAPI2 event 30 is bad.", 2);

	(void)state;
	assert_string_equal(result_value(f.events[0]), "800B0109");
	assert_string_equal(result_value(f.events[1]), "800B010F");
	arena_free(f.arena);
}

static void
process_address_and_file_are_kept(void **state)
{
	struct pasted f = pasted_count("CAPI2 event 53 from lsass.exe for "
	    "http://a.example/b.crl, error 12002", 1);
	const struct node *facts = event_facts(f.events[0]);

	(void)state;
	assert_string_equal(node_attr(node_child(facts, "EventAuxInfo"),
	    "ProcessName"), "lsass.exe");
	assert_string_equal(node_text(node_child(facts, "URL")),
	    "http://a.example/b.crl");
	arena_free(f.arena);
	f = pasted_count("CAPI2 event 81: 800B0100 for C:\\T\\a.exe.", 1);
	facts = event_facts(f.events[0]);
	assert_string_equal(node_attr(node_child(facts, "FileInfo"),
	    "filePath"), "C:\\T\\a.exe");
	assert_null(node_child(facts, "EventAuxInfo"));
	arena_free(f.arena);
}

static void
an_application_event_gets_data(void **state)
{
	struct pasted f = pasted_count("I see \"Event ID 4107, Source: CAPI2\" "
	    "with \"The data is not valid\" here.", 1);

	(void)state;
	assert_string_equal(event_datum(f.events[0], 1),
	    "The data is not valid");
	arena_free(f.arena);
}

static void
a_number_with_a_group_mark_is_one_number(void **state)
{
	struct pasted f = pasted_count("CAPI2 event 4,107 is here", 1);

	(void)state;
	assert_int_equal(f.events[0]->id, 4107);
	arena_free(f.arena);
	f = pasted_count("CAPI2 events 11,41 are here", 2);
	assert_int_equal(f.events[1]->id, 41);
	arena_free(f.arena);
}

static void
a_number_right_before_its_source_is_an_event(void **state)
{
	struct pasted f = pasted_count("My log has:\n"
	    "1. 11 - CAPI2 - Build Chain - 800B0109\n"
	    "2. 41 - CAPI2 - Verify Revocation - 80092013\n", 2);

	(void)state;
	assert_int_equal(f.events[0]->id, 11);
	assert_string_equal(result_value(f.events[0]), "800B0109");
	assert_int_equal(f.events[1]->id, 41);
	assert_string_equal(result_value(f.events[1]), "80092013");
	arena_free(f.arena);
}

#define START_40 \
	"\n\n<Event><System><Provider Name='Microsoft-Windows-CAPI2'/>" \
	"<EventID>40</EventID></System><UserData><CertVerifyRevocationStart>" \
	"<EventAuxInfo ProcessName='a.exe'/></CertVerifyRevocationStart>" \
	"</UserData></Event>\n"

static void
a_failure_in_prose_counts_beside_other_events_told_in_full(void **state)
{
	struct pasted f = pasted_count("CAPI2 event 41 gives 0x80092013."
	    START_40, 2);

	(void)state;
	assert_int_equal(f.events[0]->id, 41);
	assert_string_equal(result_value(f.events[0]), "80092013");
	arena_free(f.arena);
	/* A number alone does not, nor an event that is told below. */
	f = pasted_count("CAPI2 event 41 is bad." START_40, 1);
	arena_free(f.arena);
	f = pasted_count("CAPI2 event 40 gives 0x80092013." START_40, 1);
	arena_free(f.arena);
}

static void
an_event_without_a_readable_body_is_cut_off(void **state)
{
	struct pasted f = pasted_count("- System\n - Provider\n"
	    "  [ Name] Microsoft-Windows-CAPI2\n  EventID 11\n"
	    "  Channel Microsoft-Windows-CAPI2/Operational\n", 1);

	(void)state;
	assert_true(f.events[0]->is_truncated);
	assert_int_equal(f.events[0]->level, EVENT_UNKNOWN);
	arena_free(f.arena);
}

#define JSON_30 \
	"{\n  \"Event\": {\n    \"System\": {\n" \
	"      \"Provider\": {\"Name\": \"Microsoft-Windows-CAPI2\"},\n" \
	"      \"EventID\": 30,\n      \"Computer\": \"A\\\\B \\\"C\\\"\"\n" \
	"    },\n    \"UserData\": {\n" \
	"      \"CertVerifyCertificateChainPolicy\": {\n" \
	"        \"Result\": {\"value\": \"800B010F\"}\n      }\n" \
	"    }\n  }\n}\n"

static void
json_inside_prose_is_read(void **state)
{
	struct pasted f = pasted_count("Our collector has {this}:\n\n"
	    JSON_30 "\nWhat is it? [1] {2}\n" JSON_30, 2);

	(void)state;
	assert_int_equal(f.events[1]->id, 30);
	assert_string_equal(f.events[0]->computer, "A\\B \"C\"");
	assert_string_equal(result_value(f.events[0]), "800B010F");
	arena_free(f.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_of_any_shape_is_taken_beside_its_event),
		cmocka_unit_test(of_two_codes_the_one_behind_result_counts),
		cmocka_unit_test(words_count_where_a_message_stands),
		cmocka_unit_test(numbers_that_are_no_codes_are_left_alone),
		cmocka_unit_test(
		    a_code_of_another_event_or_paragraph_is_not_taken),
		cmocka_unit_test(a_list_of_events_shares_what_is_said_of_it),
		cmocka_unit_test(
		    the_same_number_with_another_code_is_another_event),
		cmocka_unit_test(process_address_and_file_are_kept),
		cmocka_unit_test(an_application_event_gets_data),
		cmocka_unit_test(a_number_with_a_group_mark_is_one_number),
		cmocka_unit_test(a_number_right_before_its_source_is_an_event),
		cmocka_unit_test(
		    a_failure_in_prose_counts_beside_other_events_told_in_full),
		cmocka_unit_test(an_event_without_a_readable_body_is_cut_off),
		cmocka_unit_test(json_inside_prose_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
