/* The friendly view and headers, as pages and editors leave them. */
#include "paste_help.h"

#define LINE_53 \
	"- System - Provider [ Name]  Microsoft-Windows-CAPI2 " \
	"[ Guid]  {5bbca4a8-b209-48dc-a8c7-b23d3e5216fb} EventID 53 " \
	"Version 0 Level 2 Task 53 Opcode 2 - TimeCreated " \
	"[ SystemTime]  2024-03-05T07:08:09.1000000Z EventRecordID 77 " \
	"Correlation - Execution [ ProcessID]  612 [ ThreadID]  99 " \
	"Channel Microsoft-Windows-CAPI2/Operational Computer PC-7 " \
	"- Security [ UserID]  S-1-5-18 - UserData " \
	"- CryptRetrieveObjectByUrlWire - URL http://a.example/b.crl " \
	"[ scheme]  http - Object [ type]  CONTEXT_OID_CRL [ constant]  2 " \
	"Timeout PT15S - AdditionalInfo - Action " \
	"[ name]  Call_WinHttpSendRequest - Error Not now [ value]  2EE2 " \
	"- HTTPRequestHeadersInfo Header GET /b.crl HTTP/1.1 " \
	"Header Host: a.example - EventAuxInfo [ ProcessName]  lsass.exe " \
	"- Result The operation timed out [ value]  2EE2 "

#define LINE_11 \
	"- System - Provider [ Name]  Microsoft-Windows-CAPI2 EventID 11 " \
	"Level 2 Channel Microsoft-Windows-CAPI2/Operational Computer PC-7 " \
	"- UserData - CertGetCertificateChain - Certificate " \
	"[ subjectName]  Example Task Certificate " \
	"- Result Offline [ value]  80092013 "

static void
assert_53(const struct event *ev)
{
	const struct node *facts = event_facts(ev), *info, *n;

	assert_int_equal(ev->id, 53);
	assert_int_equal(ev->level, 2);
	assert_int_equal(ev->pid, 612);
	assert_string_equal(ev->computer, "PC-7");
	assert_string_equal(facts->name, "CryptRetrieveObjectByUrlWire");
	assert_string_equal(node_text(node_child(facts, "URL")),
	    "http://a.example/b.crl");
	assert_string_equal(node_attr(node_child(facts, "Object"),
	    "constant"), "2");
	assert_string_equal(node_text(node_child(facts, "Timeout")), "PT15S");
	info = node_child(facts, "AdditionalInfo");
	n = node_child(info, "HTTPRequestHeadersInfo");
	assert_string_equal(node_text(node_child(n, "Header")),
	    "GET /b.crl HTTP/1.1");
	assert_string_equal(node_text(node_next(node_child(n, "Header"))),
	    "Host: a.example");
	n = node_child(facts, "Result");
	assert_string_equal(node_text(n), "The operation timed out");
	assert_string_equal(node_attr(n, "value"), "2EE2");
}

static void
a_friendly_view_on_one_line_is_cut_at_its_marks(void **state)
{
	struct pasted f = pasted_count("Please help: " LINE_53 "\n", 1);

	(void)state;
	assert_53(f.events[0]);
	assert_false(f.events[0]->is_truncated);
	arena_free(f.arena);
}

static void
several_views_on_one_line_are_several_events(void **state)
{
	struct pasted f = pasted_count(LINE_53 LINE_11 LINE_53 "\n", 2);
	const struct node *n;

	(void)state;
	assert_53(f.events[0]);
	n = event_facts(f.events[1]);
	assert_string_equal(node_attr(node_child(n, "Certificate"),
	    "subjectName"), "Example Task Certificate");
	assert_string_equal(node_attr(node_child(n, "Result"), "value"),
	    "80092013");
	arena_free(f.arena);
}

static const char view[] =
    "- System\n\n  - Provider\n\n   [ Name]  Microsoft-Windows-CAPI2\n\n"
    "   EventID 41\n\n   Level 2\n\n"
    "   Channel Microsoft-Windows-CAPI2/Operational\n\n"
    "- UserData\n\n  - CertVerifyRevocation\n\n  - EventAuxInfo\n\n"
    "   [ ProcessName]  svchost.exe\n\n"
    "  - Result The server was offline.\n\n   [ value]  80092013\n";

/* The view above with other marks in the place of "- ". */
static void
assert_marked(const char *mark)
{
	char text[2048];
	size_t len = 0, i;
	struct pasted f;
	const struct node *n;

	for (i = 0; view[i] != '\0'; i++) {
		if (view[i] == '-' && view[i + 1] == ' ') {
			memcpy(text + len, mark, strlen(mark));
			len += strlen(mark);
			i++;
		} else {
			text[len++] = view[i];
		}
	}
	text[len] = '\0';
	f = pasted_count(text, 1);
	assert_int_equal(f.events[0]->id, 41);
	n = node_child(event_facts(f.events[0]), "Result");
	assert_string_equal(node_attr(n, "value"), "80092013");
	assert_string_equal(node_text(n), "The server was offline.");
	arena_free(f.arena);
}

static void
bullets_count_as_dashes_in_a_friendly_view(void **state)
{
	(void)state;
	assert_marked("- ");
	assert_marked("+ ");
	assert_marked("* ");
	assert_marked("\xE2\x80\xA2 ");
	assert_marked("\xE2\x80\xA2\t");
	assert_marked("\xC2\xB7 ");
	assert_marked("\xE2\x97\xA6 ");
}

static void
a_friendly_view_without_dashes_is_read(void **state)
{
	(void)state;
	assert_marked("");
}

static void
a_dash_on_its_own_line_above_a_tag_says_nothing(void **state)
{
	struct pasted f = pasted_count("-\n<Event>\n-\n<System>\n"
	    "<Provider Name=\"Microsoft-Windows-CAPI2\"/>\n"
	    "<EventID>30</EventID>\n</System>\n-\n<UserData>\n-\n"
	    "<CertVerifyCertificateChainPolicy>\n"
	    "<Result value=\"800B010F\"/>\n"
	    "</CertVerifyCertificateChainPolicy>\n</UserData>\n</Event>\n", 1);

	(void)state;
	assert_int_equal(f.events[0]->id, 30);
	assert_string_equal(node_attr(node_child(event_facts(f.events[0]),
	    "Result"), "value"), "800B010F");
	arena_free(f.arena);
}

static void
a_dash_on_its_own_line_above_a_name_belongs_to_it(void **state)
{
	(void)state;
	assert_marked("-\n");
}

#define HEADER(id, time) \
	"Log Name:      Microsoft-Windows-CAPI2/Operational\n" \
	"Source:        Microsoft-Windows-CAPI2\n" \
	"Date:          13/3/2024 " time "\n" \
	"Event ID:      " id "\nLevel:         Error\n" \
	"Computer:      PC-7\nDescription:\nSee the details\n\n"
#define XML(id, time, root) \
	"<Event><System><Provider Name=\"Microsoft-Windows-CAPI2\"/>" \
	"<EventID>" id "</EventID><TimeCreated SystemTime=\"2024-03-13T" time \
	"Z\"/><Computer>PC-7</Computer></System><UserData><" root ">" \
	"<Result value=\"80092013\"/></" root "></UserData></Event>\n"

static void
headers_far_from_their_xml_are_the_same_events(void **state)
{
	struct pasted f = pasted_count(
	    HEADER("41", "10:20:30") HEADER("11", "10:20:31")
	    XML("41", "09:20:30", "CertVerifyRevocation")
	    XML("11", "09:20:31", "CertGetCertificateChain"), 2);

	(void)state;
	assert_int_equal(f.events[0]->id, 41);
	assert_string_equal(f.events[0]->message, "See the details");
	assert_false(f.events[0]->time_is_local);
	arena_free(f.arena);
	f = pasted_count(
	    XML("41", "09:20:30", "CertVerifyRevocation")
	    XML("11", "09:20:31", "CertGetCertificateChain")
	    HEADER("41", "10:20:30") HEADER("11", "10:20:31"), 2);
	arena_free(f.arena);
}

static void
a_header_of_another_second_is_another_event(void **state)
{
	struct pasted f = pasted_count(
	    HEADER("41", "10:20:30") HEADER("41", "10:20:33")
	    HEADER("11", "10:20:31")
	    XML("41", "09:20:30", "CertVerifyRevocation")
	    XML("11", "09:20:31", "CertGetCertificateChain"), 3);

	(void)state;
	arena_free(f.arena);
}

#define YAML_HEAD \
    "---\n" \
    "Event:\n" \
    "  Event_attributes:\n" \
    "    xmlns: http://schemas.microsoft.com/win/2004/08/events/event\n" \
    "  System:\n" \
    "    Channel: Microsoft-Windows-CAPI2/Operational\n" \
    "    Computer: PC-7\n" \
    "    Correlation: null\n" \
    "    EventID: 53\n" \
    "    EventRecordID: 77\n" \
    "    Execution_attributes:\n" \
    "      ProcessID: 612\n" \
    "      ThreadID: 99\n" \
    "    Level: 2\n" \
    "    Provider_attributes:\n" \
    "      Guid: 5BBCA4A8-B209-48DC-A8C7-B23D3E5216FB\n" \
    "      Name: Microsoft-Windows-CAPI2\n" \
    "    TimeCreated_attributes:\n" \
    "      SystemTime: 2024-03-05T07:08:09.100000Z\n" \
    "  UserData:\n" \
    "    CryptRetrieveObjectByUrlWire:\n" \
    "      AdditionalInfo:\n"
#define YAML_NUMBERED \
    "        Action:\n" \
    "        Action_attributes:\n" \
    "          name: NoProxy\n" \
    "        Action_1:\n" \
    "          Error: No such name\n" \
    "          Error_attributes:\n" \
    "            value: 2EE7\n" \
    "        Action_1_attributes:\n" \
    "          name: Call_WinHttpSendRequest\n" \
    "        HTTPRequestHeadersInfo:\n" \
    "          Header: GET /b.crl HTTP/1.1\n" \
    "          Header_1: 'Host: a.example'\n"
#define YAML_LISTS \
    "        Action:\n" \
    "        - '#attributes':\n" \
    "            name: NoProxy\n" \
    "        - '#attributes':\n" \
    "            name: Call_WinHttpSendRequest\n" \
    "          Error:\n" \
    "            '#attributes':\n" \
    "              value: 2EE7\n" \
    "            '#text': No such name\n" \
    "        HTTPRequestHeadersInfo:\n" \
    "          Header:\n" \
    "          - GET /b.crl HTTP/1.1\n" \
    "          - 'Host: a.example'\n"
#define YAML_TAIL \
    "      EventAuxInfo_attributes:\n" \
    "        ProcessName: lsass.exe\n" \
    "      Result: No such name\n" \
    "      Result_attributes:\n" \
    "        value: 2EE7\n" \
    "      URL: http://a.example/b.crl\n" \
    "      URL_attributes:\n" \
    "        scheme: http\n" \
    "    CryptRetrieveObjectByUrlWire_attributes:\n" \
    "      xmlns: ''\n"

static void
assert_yaml(const char *text)
{
	struct pasted f = pasted_count(text, 1);
	const struct node *facts = event_facts(f.events[0]), *info, *n;

	assert_int_equal(f.events[0]->id, 53);
	info = node_child(facts, "AdditionalInfo");
	n = node_child(info, "Action");
	assert_string_equal(node_attr(n, "name"), "NoProxy");
	n = node_next(n);
	assert_string_equal(node_attr(n, "name"), "Call_WinHttpSendRequest");
	assert_null(node_next(n));
	n = node_child(n, "Error");
	assert_string_equal(node_attr(n, "value"), "2EE7");
	assert_string_equal(node_text(n), "No such name");
	n = node_child(node_child(info, "HTTPRequestHeadersInfo"), "Header");
	assert_string_equal(node_text(node_next(n)), "Host: a.example");
	assert_string_equal(node_attr(node_child(facts, "Result"), "value"),
	    "2EE7");
	arena_free(f.arena);
}

static void
repeated_elements_of_yaml_are_told_by_number_or_list(void **state)
{
	(void)state;
	assert_yaml(YAML_HEAD YAML_NUMBERED YAML_TAIL);
	assert_yaml(YAML_HEAD YAML_LISTS YAML_TAIL);
}

static void
events_without_any_tag_round_their_parts_are_parted(void **state)
{
	static const char parts[] =
	    "<Provider Name='Microsoft-Windows-CAPI2'/><EventID>40</EventID>\n"
	    "<Channel>Microsoft-Windows-CAPI2/Operational</Channel>\n"
	    "<CertVerifyRevocationStart><EventAuxInfo ProcessName='a.exe'/>"
	    "</CertVerifyRevocationStart>\n"
	    "<Provider Name='Microsoft-Windows-CAPI2'/><EventID>41</EventID>\n"
	    "<CertVerifyRevocation><Result value='80092013'/>"
	    "</CertVerifyRevocation>\n"
	    "<System><Provider Name='Microsoft-Windows-CAPI2'/>"
	    "<EventID>53</EventID></System><UserData>"
	    "<CryptRetrieveObjectByUrlWire><Result value='2EE7'/>"
	    "</CryptRetrieveObjectByUrlWire></UserData>\n";
	static const int ids[] = { 40, 41, 53 };
	struct pasted f = pasted_count(parts, 3);
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(f.events[i]->id, ids[i]);
		assert_non_null(event_facts(f.events[i]));
	}
	arena_free(f.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_friendly_view_on_one_line_is_cut_at_its_marks),
		cmocka_unit_test(several_views_on_one_line_are_several_events),
		cmocka_unit_test(bullets_count_as_dashes_in_a_friendly_view),
		cmocka_unit_test(a_friendly_view_without_dashes_is_read),
		cmocka_unit_test(
		    a_dash_on_its_own_line_above_a_tag_says_nothing),
		cmocka_unit_test(
		    a_dash_on_its_own_line_above_a_name_belongs_to_it),
		cmocka_unit_test(headers_far_from_their_xml_are_the_same_events),
		cmocka_unit_test(a_header_of_another_second_is_another_event),
		cmocka_unit_test(
		    repeated_elements_of_yaml_are_told_by_number_or_list),
		cmocka_unit_test(
		    events_without_any_tag_round_their_parts_are_parted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
