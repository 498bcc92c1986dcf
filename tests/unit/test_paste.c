/* Pasted text to events: one small invented paste for each mechanism. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "trace/catalogue.h"
#include "wire/paste.h"

#define MAX_EVENTS 64
#define MAX_ARENA ((size_t)256 << 20)

struct found {
	struct arena *arena;
	struct event *events[MAX_EVENTS];
	int count;
	enum status rc;
	struct event_report report;
};

static enum status
keep(void *arg, const struct event *ev)
{
	struct found *f = arg;

	if (f->count < MAX_EVENTS)
		f->events[f->count++] = event_clone(f->arena, ev);
	return STATUS_OK;
}

static struct found
read_bytes(const void *bytes, size_t len)
{
	struct found f = { .arena = arena_create(MAX_ARENA) };
	struct event_options options = { 0 };
	struct event_sink sink = { keep, &f };

	assert_non_null(f.arena);
	f.rc = paste_read(span_of(bytes, len), &options, &sink, &f.report);
	return f;
}

static struct found
read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static struct found
read_one(const char *text)
{
	struct found f = read_text(text);

	assert_int_equal(f.rc, STATUS_OK);
	assert_int_equal(f.count, 1);
	return f;
}

static void
drop(struct found *f)
{
	arena_free(f->arena);
}

static void
assert_time(const struct event *ev, const char *iso, bool is_local)
{
	ticks t;

	assert_true(time_parse_iso(iso, &t, NULL));
	assert_true(ev->time == t);
	assert_int_equal(ev->time_is_local, is_local);
}

/* ---- XML ---- */

#define XML_HEAD \
	"<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">" \
	"<System><Provider Name=\"Microsoft-Windows-CAPI2\" " \
	"Guid=\"{5bbca4a8-b209-48dc-a8c7-b23d3e5216fb}\"/>" \
	"<EventID>41</EventID><Level>2</Level><TimeCreated " \
	"SystemTime=\"2024-02-03T04:05:06.1234567Z\"/>" \
	"<EventRecordID>99</EventRecordID><Channel>" \
	"Microsoft-Windows-CAPI2/Operational</Channel>" \
	"<Computer>pc1.example.org</Computer></System>"
#define XML_BODY \
	"<UserData><CertVerifyRevocation><Certificate " \
	"fileRef=\"0123456789ABCDEF0123456789ABCDEF01234567.cer\" " \
	"subjectName=\"www.example.org\"/><EventAuxInfo " \
	"ProcessName=\"mail.exe\"/><Result value=\"80092010\">The certificate " \
	"is revoked.</Result></CertVerifyRevocation></UserData></Event>"

static void
check_41(const struct event *ev)
{
	const struct node *facts = event_facts(ev);

	assert_int_equal(ev->id, 41);
	assert_int_equal(ev->level, 2);
	assert_string_equal(ev->provider, "Microsoft-Windows-CAPI2");
	assert_string_equal(ev->channel, "Microsoft-Windows-CAPI2/Operational");
	assert_string_equal(ev->computer, "pc1.example.org");
	assert_true(ev->has_record_id && ev->record_id == 99);
	assert_time(ev, "2024-02-03T04:05:06.1234567Z", false);
	assert_string_equal(facts->name, "CertVerifyRevocation");
	assert_string_equal(node_attr(node_child(facts, "Certificate"),
	    "fileRef"), "0123456789ABCDEF0123456789ABCDEF01234567.cer");
	assert_string_equal(node_attr(node_child(facts, "EventAuxInfo"),
	    "ProcessName"), "mail.exe");
	assert_string_equal(node_attr(node_child(facts, "Result"), "value"),
	    "80092010");
	assert_string_equal(node_text(node_child(facts, "Result")),
	    "The certificate is revoked.");
}

static void
plain_xml_is_read(void **state)
{
	struct found f = read_one(XML_HEAD XML_BODY);

	check_41(f.events[0]);
	assert_false(f.events[0]->is_truncated);
	drop(&f);
}

/* Replace every `from` of the plain XML and read the result. */
static void
check_replaced(const char *from, const char *to)
{
	const char *p = XML_HEAD XML_BODY, *hit;
	struct found f;
	struct buf b;

	buf_init(&b, 1 << 20);
	for (; (hit = strstr(p, from)) != NULL; p = hit + strlen(from)) {
		buf_add(&b, p, (size_t)(hit - p));
		buf_puts(&b, to);
	}
	buf_puts(&b, p);
	f = read_one(buf_text(&b));
	check_41(f.events[0]);
	drop(&f);
	buf_free(&b);
}

static void
quotes_dashes_and_blanks_of_any_kind_are_read(void **state)
{
	check_replaced("\"", "\xE2\x80\x9D");
	check_replaced("\"", "\xC2\xBB");
	check_replaced("\"", "'");
	check_replaced("\"", "\"\"");
	check_replaced("\"", "\\\"");
	check_replaced("-", "\xE2\x80\x93");
	check_replaced("-", "\xE2\x80\x91");
	check_replaced(" ", "\xC2\xA0");
	check_replaced(".", "\xE2\x80\x8B.");
}

static void
escaped_markup_is_unescaped_as_often_as_needed(void **state)
{
	check_replaced("<", "&lt;");
	check_replaced("<", "&amp;lt;");
}

static void
markup_around_and_inside_tags_is_taken_off(void **state)
{
	check_replaced("><", ">\n  - <");
	check_replaced("><", ">[/COLOR]\n[COLOR=#282828]<");
	check_replaced("><", ">\n> <");
	check_replaced("><", "></span><br><span class=\"t\"><");
	check_replaced("=\"http://schemas.microsoft.com/win/2004/08/events/event\"",
	    "=\"[http://example.org/e](http://example.org/e)\"");
	check_replaced("><", ">\n\n<");
}

static void
line_numbers_are_taken_off(void **state)
{
	struct found f = read_one(
	    " 1  <Event><System>\n 2  <Provider Name=\"Microsoft-Windows-CAPI2\"/>\n"
	    " 3  <EventID>30</EventID>\n 4  </System>\n 5  </Event>\n");

	assert_int_equal(f.events[0]->id, 30);
	drop(&f);
}

static void
emphasis_round_values_is_taken_off_but_wildcards_stay(void **state)
{
	struct found f = read_one("<Event><System><Provider "
	    "Name=\"*Microsoft-Windows-CAPI2*\"/><EventID>*30*</EventID></System>"
	    "<UserData><CertVerifyCertificateChainPolicy><Certificate "
	    "subjectName=\"*.example.org\"/></CertVerifyCertificateChainPolicy>"
	    "</UserData></Event>");

	assert_int_equal(f.events[0]->id, 30);
	assert_string_equal(f.events[0]->provider, "Microsoft-Windows-CAPI2");
	assert_string_equal(node_attr(node_child(event_facts(f.events[0]),
	    "Certificate"), "subjectName"), "*.example.org");
	drop(&f);
}

static void
utf16_and_windows_1252_are_read(void **state)
{
	const char *text = XML_HEAD XML_BODY;
	size_t n = strlen(text), i;
	struct found f;
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_puts(&b, "\xFE\xFF");
	for (i = 0; i < n; i++) {
		buf_putc(&b, '\0');
		buf_putc(&b, text[i]);
	}
	f = read_bytes(b.ptr, b.len);
	assert_int_equal(f.count, 1);
	check_41(f.events[0]);
	drop(&f);
	buf_free(&b);
	f = read_one("Protokollname: Application\nQuelle: Microsoft-Windows-CAPI2\n"
	    "Ereignis-ID: 4107\nSchl\xFCsselw\xF6rter: Klassisch\n");
	assert_int_equal(f.events[0]->id, 4107);
	drop(&f);
}

static void
tokens_cut_by_a_console_are_joined(void **state)
{
	struct found f = read_one(
	    "TimeCreated     : 03.02.2024 16:05:06\n"
	    "ID              : 90\n"
	    "RecordType      : Informationen\n"
	    "DetailedMessage : <X509Objects><Certificate subjectName=\"Example     \n"
	    "                  Root CA\"><NotBefore>2020-01-02T03:04:05Z</NotBefor \n"
	    "                  e><SubjectAltName><DNSN \n"
	    "                  ame>a.example.org</DNSName></SubjectAltName><Serial \n"
	    "                  Number>0102030405060708090A0B0C0D0E0F101112131415 \n"
	    "                  16</SerialNumber></Certificate><EventAuxInfo\n"
	    "                  ProcessName=\"a.exe\" /></X509Objects>\n");
	const struct node *cert = node_child(event_facts(f.events[0]),
	    "Certificate");

	assert_int_equal(f.events[0]->id, 90);
	assert_int_equal(f.events[0]->level, 4);
	assert_time(f.events[0], "2024-02-03T16:05:06Z", true);
	assert_string_equal(node_attr(cert, "subjectName"), "Example Root CA");
	assert_string_equal(node_text(node_child(cert, "NotBefore")),
	    "2020-01-02T03:04:05Z");
	assert_string_equal(node_text(node_find(cert, "DNSName")),
	    "a.example.org");
	assert_string_equal(node_text(node_find(cert, "SerialNumber")),
	    "0102030405060708090A0B0C0D0E0F10111213141516");
	drop(&f);
}

static void
missing_closing_tags_do_not_swallow_what_follows(void **state)
{
	struct found f = read_one("<Event><Provider "
	    "Name=\"Microsoft-Windows-CAPI2\"><EventID>4107<Level>2"
	    "<Channel>Application<Data>http://example.org/a.cab"
	    "<Data>The data is invalid.");

	assert_int_equal(f.events[0]->id, 4107);
	assert_int_equal(f.events[0]->level, 2);
	assert_string_equal(event_datum(f.events[0], 1), "The data is invalid.");
	assert_true(f.events[0]->is_truncated);
	drop(&f);
}

static void
a_fragment_without_opening_tags_is_housed(void **state)
{
	struct found f = read_one("Source: Microsoft-Windows-CAPI2\nEvent ID: 11\n"
	    "[...]\n  <ChainElement><Certificate subjectName=\"x\"/>\n  [...]\n"
	    "  </ChainElement>\n</CertificateChain>\n<Result value=\"800B0109\"/>\n");
	const struct node *facts = event_facts(f.events[0]);

	assert_true(f.events[0]->is_truncated);
	assert_string_equal(facts->name, "CertGetCertificateChain");
	assert_non_null(node_child(node_child(facts, "CertificateChain"),
	    "ChainElement"));
	assert_string_equal(node_attr(node_child(facts, "Result"), "value"),
	    "800B0109");
	drop(&f);
}

static bool
is_ours(const struct event *ev)
{
	const struct catalogue_entry *entry = NULL;

	assert_int_equal(catalogue_identify(ev, &entry), STATUS_OK);
	return entry != NULL;
}

static void
other_providers_events_keep_their_name(void **state)
{
	struct found f = read_text("<Event><System><Provider Name=\"Example\"/>"
	    "<EventID>11</EventID></System></Event>\nand then\n" XML_HEAD XML_BODY);

	assert_int_equal(f.count, 2);
	assert_string_equal(f.events[0]->provider, "Example");
	assert_false(is_ours(f.events[0]));
	check_41(f.events[1]);
	assert_true(f.events[1]->where > f.events[0]->where);
	drop(&f);
}

/* ---- headers ---- */

static void
a_header_and_its_xml_are_one_event(void **state)
{
	struct found f = read_one("Log Name: x\nSource: Microsoft-Windows-CAPI2\n"
	    "Date: 2/3/2024 5:05:06 AM\nEvent ID: 41\nUser: EXAMPLE\\bob\n"
	    "Description:\nFor more details\nEvent Xml:\n" XML_HEAD XML_BODY);

	check_41(f.events[0]);
	assert_string_equal(f.events[0]->user, "EXAMPLE\\bob");
	assert_string_equal(f.events[0]->message, "For more details");
	drop(&f);
}

static void
the_same_record_quoted_again_counts_once(void **state)
{
	struct found f = read_one(XML_HEAD XML_BODY "\n\nBob wrote:\n> "
	    XML_HEAD XML_BODY "\n");

	check_41(f.events[0]);
	drop(&f);
}

static void
headers_in_other_languages_are_read(void **state)
{
	static const struct {
		const char *text;
		int level;
		const char *time; /* or NULL */
	} rows[] = {
		{ "Nom du journal :Application\nSource :       "
		  "Microsoft-Windows-CAPI2\nDate :         03/02/2024 16:05:06\n"
		  "ID de l\xE2\x80\x99\xC3\xA9v\xC3\xA9nement :4107\n"
		  "Cat\xC3\xA9gorie de la t\xC3\xA2" "che :Aucun\n"
		  "Niveau :       Erreur\n", 2, "2024-02-03T16:05:06Z" },
		{ "Nombre de registro:Application\n"
		  "Origen:        Microsoft-Windows-CAPI2\n"
		  "Fecha:         13/02/2024 16:05:06\n"
		  "Id. del evento:4107\nNivel:         Advertencia\n", 3,
		  "2024-02-13T16:05:06Z" },
		{ "\xD0\x98\xD0\xBC\xD1\x8F \xD0\xB6\xD1\x83\xD1\x80\xD0\xBD\xD0\xB0"
		  "\xD0\xBB\xD0\xB0: Application\n"
		  "\xD0\x98\xD1\x81\xD1\x82\xD0\xBE\xD1\x87\xD0\xBD\xD0\xB8\xD0\xBA: "
		  "Microsoft-Windows-CAPI2\n"
		  "\xD0\x94\xD0\xB0\xD1\x82\xD0\xB0: 03.02.2024 16:05:06\n"
		  "\xD0\x9A\xD0\xBE\xD0\xB4 \xD1\x81\xD0\xBE\xD0\xB1\xD1\x8B\xD1\x82"
		  "\xD0\xB8\xD1\x8F: 4107\n"
		  "\xD0\xA3\xD1\x80\xD0\xBE\xD0\xB2\xD0\xB5\xD0\xBD\xD1\x8C: "
		  "\xD0\x9E\xD1\x88\xD0\xB8\xD0\xB1\xD0\xBA\xD0\xB0\n", 2,
		  "2024-02-03T16:05:06Z" },
		{ "\xE6\x97\xA5\xE5\xBF\x97\xE5\x90\x8D\xE7\xA7\xB0: Application\n"
		  "\xE6\x9D\xA5\xE6\xBA\x90: Microsoft-Windows-CAPI2\n"
		  "\xE6\x97\xA5\xE6\x9C\x9F: 2024/2/3 16:05:06\n"
		  "\xE4\xBA\x8B\xE4\xBB\xB6 ID: 4107\n"
		  "\xE7\xBA\xA7\xE5\x88\xAB: \xE9\x94\x99\xE8\xAF\xAF\n", 2,
		  "2024-02-03T16:05:06Z" },
		/* A language that no table knows: only the shape tells. */
		{ "Dzurnala nosaukums: Application\nAvots: Microsoft-Windows-CAPI2\n"
		  "Datums: 2024-02-03 16:05:06\nNotikuma ID: 4107\n"
		  "Limenis: Error\n", 2, "2024-02-03T16:05:06Z" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct found f = read_one(rows[i].text);

		assert_int_equal(f.events[0]->id, 4107);
		assert_string_equal(f.events[0]->provider,
		    "Microsoft-Windows-CAPI2");
		assert_string_equal(f.events[0]->channel, "Application");
		assert_int_equal(f.events[0]->level, rows[i].level);
		assert_time(f.events[0], rows[i].time, true);
		drop(&f);
	}
}

static void
dates_that_can_be_read_two_ways_are_not_read(void **state)
{
	static const struct {
		const char *date;
		const char *iso; /* or NULL */
	} rows[] = {
		{ "3/4/2024 16:05:06", NULL },
		{ "3/4/2024 4:05:06 PM", "2024-03-04T16:05:06Z" },
		{ "23/4/2024 16:05:06", "2024-04-23T16:05:06Z" },
		{ "4/23/2024 16:05:06", "2024-04-23T16:05:06Z" },
		{ "3.4.2024 16:05:06", "2024-04-03T16:05:06Z" },
		{ "2024.04.03. 16:05:06", "2024-04-03T16:05:06Z" },
		{ "2024-04-03T16:05:06", "2024-04-03T16:05:06Z" },
		{ "03 April 2024 16:05:06", "2024-04-03T16:05:06Z" },
		{ "date and time", NULL },
		{ "13/13/2024 16:05:06", NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[256];
		struct found f;

		(void)snprintf(text, sizeof(text), "Source: Microsoft-Windows-CAPI2"
		    "\nDate: %s\nEvent ID: 513\n", rows[i].date);
		f = read_one(text);
		if (rows[i].iso == NULL)
			assert_true(f.events[0]->time == TIME_NONE);
		else
			assert_time(f.events[0], rows[i].iso, true);
		drop(&f);
	}
}

static void
labels_that_lost_their_line_ends_are_split(void **state)
{
	struct found f = read_one("Log Name: ApplicationSource: "
	    "Microsoft-Windows-CAPI2Date: 2024-02-03 16:05:06Event ID: 513Task "
	    "Category: NoneLevel: ErrorKeywords: ClassicUser: N/AComputer: "
	    "pc1.example.org");

	assert_int_equal(f.events[0]->id, 513);
	assert_string_equal(f.events[0]->provider, "Microsoft-Windows-CAPI2");
	assert_string_equal(f.events[0]->computer, "pc1.example.org");
	assert_int_equal(f.events[0]->level, 2);
	drop(&f);
	f = read_one("I see this: Log Name: Application Source: "
	    "Microsoft-Windows-CAPI2 Event ID: 257 Level: Error");
	assert_int_equal(f.events[0]->id, 257);
	assert_string_equal(f.events[0]->channel, "Application");
	drop(&f);
}

static void
a_message_with_headings_stays_whole(void **state)
{
	struct found f = read_one("Log Name: Application\n"
	    "Source: Microsoft-Windows-CAPI2\nEvent ID: 513\nLevel: Error\n\n"
	    "Description:\nCryptographic Services failed while processing the "
	    "OnIdentity() call in the System Writer Object.\n\nDetails:\n"
	    "AddLegacyDriverFiles: Unable to back up image of binary Example.\n\n"
	    "System Error:\nAccess is denied.\n\nThanks in advance!\n");

	assert_non_null(strstr(f.events[0]->message, "Access is denied."));
	assert_null(strstr(f.events[0]->message, "Thanks"));
	assert_non_null(strstr(event_datum(f.events[0], 0), "Example"));
	drop(&f);
}

static void
two_lists_are_two_events(void **state)
{
	struct found f = read_text(
	    "Message              : For more details\nId                   : 41\n"
	    "Level                : 2\nProviderName         : "
	    "Microsoft-Windows-CAPI2\nLogName              : "
	    "Microsoft-Windows-CAPI2/Operational\nMachineName          : pc1\n"
	    "LevelDisplayName     : Error\n\n"
	    "Message              : For more details\nId                   : 11\n"
	    "Level                : 4\nProviderName         : "
	    "Microsoft-Windows-CAPI2\n");

	assert_int_equal(f.count, 2);
	assert_int_equal(f.events[0]->id, 41);
	assert_string_equal(f.events[0]->computer, "pc1");
	assert_int_equal(f.events[1]->id, 11);
	assert_int_equal(f.events[1]->level, 4);
	drop(&f);
}

static void
a_table_gives_a_row_each(void **state)
{
	struct found f = read_text("   ProviderName: Microsoft-Windows-CAPI2\n\n"
	    "TimeCreated                     Id LevelDisplayName Message\n"
	    "-----------                     -- ---------------- -------\n"
	    "2024-02-03 16:05:06             11 Error            For more\n"
	    "2024-02-03 16:05:07           4107 Error            Failed\n");

	assert_int_equal(f.count, 2);
	assert_int_equal(f.events[0]->id, 11);
	assert_string_equal(f.events[0]->provider, "Microsoft-Windows-CAPI2");
	assert_int_equal(f.events[1]->id, 4107);
	assert_int_equal(f.events[1]->level, 2);
	drop(&f);
}

/* ---- the friendly view, YAML ---- */

static void
the_friendly_view_nests_by_schema(void **state)
{
	struct found f = read_one("+ System\n\n  - Provider\n\n   [ Name]  "
	    "Microsoft-Windows-CAPI2\n\n   EventID 11\n\n- UserData\n\n"
	    "  - CertGetCertificateChain\n\n  - AdditionalStore\n\n"
	    "  - Certificate\n\n   [ subjectName]  b\n\n  - Certificate\n\n"
	    "   [ subjectName]  c\n\n  - CertificateChain\n\n  - ChainElement\n\n"
	    "  - TrustStatus\n\n  - ErrorStatus\n\n   [ value]  20\n\n"
	    "  - EventAuxInfo\n\n   [ ProcessName]  a.exe\n\n"
	    "  - Result The data is invalid.\n\n   [ value]  8007000D\n\nBye\n");
	const struct node *facts = event_facts(f.events[0]), *store;

	store = node_child(facts, "AdditionalStore");
	assert_string_equal(node_attr(node_next(store->children),
	    "subjectName"), "c");
	assert_string_equal(node_attr(node_child(node_child(node_child(node_child(
	    facts, "CertificateChain"), "ChainElement"), "TrustStatus"),
	    "ErrorStatus"), "value"), "20");
	assert_string_equal(node_text(node_child(facts, "Result")),
	    "The data is invalid.");
	drop(&f);
}

static void
a_result_quoted_in_prose_goes_to_the_event_that_lacks_it(void **state)
{
	struct found f = read_one("See below, in particular: - Result The "
	    "certificate is revoked.\n\n- System\n\n  - Provider\n\n   [ Name]  "
	    "Microsoft-Windows-CAPI2\n\n   EventID 11\n\n- UserData\n\n"
	    "  - CertGetCertificateChain\n\n  - Certificate\n\n"
	    "   [ subjectName]  www.exa\n");
	const struct node *result = node_child(event_facts(f.events[0]),
	    "Result");

	assert_true(f.events[0]->is_truncated);
	assert_string_equal(node_text(result), "The certificate is revoked.");
	assert_null(node_attr(result, "value"));
	drop(&f);
}

static void
yaml_gives_the_same_tree(void **state)
{
	struct found f = read_one("---\nEvent:\n  EventData:\n    Data:\n"
	    "    - CN=Example Root, O=Example\n    - 'ABCD'\n  System:\n"
	    "    EventID: 4097\n    Level: 4\n    Channel: Application\n"
	    "    Provider_attributes:\n      Name: Microsoft-Windows-CAPI2\n"
	    "    TimeCreated_attributes:\n"
	    "      SystemTime: 2024-02-03T04:05:06.123456Z\n");

	assert_int_equal(f.events[0]->id, 4097);
	assert_string_equal(event_datum(f.events[0], 0),
	    "CN=Example Root, O=Example");
	assert_string_equal(event_datum(f.events[0], 1), "ABCD");
	assert_time(f.events[0], "2024-02-03T04:05:06.123456Z", false);
	drop(&f);
}

/* ---- prose ---- */

static void
a_message_in_a_sentence_is_an_event(void **state)
{
	struct found f = read_one("Every hour I get this: Failed extract of "
	    "third-party root list from auto update cab at: "
	    "<http://example.org/authrootstl.cab> with error: The data is "
	    "invalid. What can I do?");

	assert_int_equal(f.events[0]->id, 4107);
	assert_string_equal(event_datum(f.events[0], 0),
	    "http://example.org/authrootstl.cab");
	drop(&f);
}

static void
numbers_named_in_prose_count_only_without_a_fuller_event(void **state)
{
	struct found f = read_text("What do CAPI2 events 11, 41 and 4107 mean? I "
	    "have Windows 10 with 16 GB.");

	assert_int_equal(f.rc, STATUS_OK);
	assert_int_equal(f.count, 3);
	assert_int_equal(f.events[0]->id, 11);
	assert_int_equal(f.events[2]->id, 4107);
	drop(&f);
	f = read_one("CAPI2 event 41:\n" XML_HEAD XML_BODY);
	check_41(f.events[0]);
	drop(&f);
}

static void
text_without_events_is_refused(void **state)
{
	static const char *const texts[] = { "", " ", "\n\n", "Hello, world.",
		"<html><body>Event ID</body></html>", "Level: Error\nUser: bob\n",
		"a: b\nc: 4107\n", "<Event><Event><Data>", "port 4107 is open" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct found f = read_text(texts[i]);

		assert_int_equal(f.rc, STATUS_MALFORMED);
		assert_int_equal(f.count, 0);
		drop(&f);
	}
}

static void
hostile_repetition_takes_no_quadratic_time(void **state)
{
	static const char *const pieces[] = { "<", "<Event>", "<Event a=\"", "[", "&",
		"- System\n", "Log Name: a: ", "> > ", "<Data>", "- Certificate\n\n" };
	const size_t len = (size_t)2 << 20;
	char *text = malloc(len);
	size_t i, at;

	assert_non_null(text);
	for (i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		struct found f;

		for (at = 0; at < len; at++)
			text[at] = pieces[i][at % strlen(pieces[i])];
		f = read_bytes(text, len);
		assert_true(f.rc == STATUS_OK || f.rc == STATUS_MALFORMED);
		drop(&f);
	}
	free(text);
}

/* ---- the posted cases ---- */

static const char *
shared_folder(void)
{
	const char *path = getenv("AVOW_SHARED");

	return path == NULL ? "../shared" : path;
}

/* The numbers of "event_ids" of a case.json. */
static int
expected_ids(struct span json, int *ids, int max)
{
	char *text = malloc(json.len + 1), *p;
	int n = 0;

	assert_non_null(text);
	memcpy(text, json.ptr, json.len);
	text[json.len] = '\0';
	p = strstr(text, "\"event_ids\"");
	assert_non_null(p);
	p = strchr(p, '[');
	while (n < max && p != NULL && *p != ']') {
		if (*p >= '0' && *p <= '9')
			ids[n++] = (int)strtol(p, &p, 10);
		else
			p++;
	}
	free(text);
	return n;
}

static bool
open_case(const char *name, const char *file, struct file *ret_file)
{
	char path[1024];

	(void)snprintf(path, sizeof(path), "%s/capi2/cases/%s/%s",
	    shared_folder(), name, file);
	return file_open(path, 1 << 20, ret_file) == STATUS_OK;
}

static const char *const cases[] = { "001-seed-4107-41-11",
	"002-kb2328240-en", "003-sysadmins-lv-4107-flattened-xml",
	"004-networksteve-4107-sentence", "006-kb2328240-sv", "009-kb2328240-pl",
	"011-softperten-4107-de", "012-technet-wiki-4107-data-invalid",
	"014-sbs-bradley-4107-eventlist", "016-kb317541-ja-crypt32-8",
	"017-kb2253680-crypt32-8", "019-justworks-513-mslldp",
	"020-kb3209092-513-variant-wording", "022-kb2009272-513-with-517",
	"024-ubuntu-forum-513-bbcode", "027-exchange-relay-30-untrusted",
	"029-rras-41-revoked", "031-teams-11-explicit-distrust",
	"033-adfs-qna-53-friendly", "034-lsass-firewall-41-xml",
	"036-entracp-155-friendly-truncated", "038-msedge-rbing-11-de",
	"040-sharepoint-sts-11-53", "042-chainsaw-4097-yaml",
	"046-msedge-rbing-full-task-de", "047-real-53-level2-result0-wpad",
	"048-real-53-level2-result0-cachewrite", "049-real-42-cached-crl-expired",
	"050-real-11-inner-80092012-level4" };

static void
posted_cases_give_the_expected_events(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int ids[MAX_EVENTS], count, got = 0, j;
		struct file input, json;
		struct found f;

		if (!open_case(cases[i], "input.txt", &input))
			skip();
		assert_true(open_case(cases[i], "case.json", &json));
		count = expected_ids(json.bytes, ids, MAX_EVENTS);
		f = read_bytes(input.bytes.ptr, input.bytes.len);
		for (j = 0; j < f.count; j++) {
			if (!is_ours(f.events[j]))
				continue;
			if (got == count || f.events[j]->id != ids[got])
				fail_msg("%s: event %d is %d", cases[i], got,
				    f.events[j]->id);
			got++;
		}
		if (got != count)
			fail_msg("%s: %d events, not %d", cases[i], got, count);
		drop(&f);
		file_close(&input);
		file_close(&json);
	}
}

static void
check_refs(const struct node *n)
{
	const struct attr *a;
	size_t len;

	for (; n != NULL; n = n->next) {
		for (a = n->attrs; a != NULL; a = a->next) {
			if (strcmp(a->name, "fileRef") != 0)
				continue;
			len = strspn(a->value, "0123456789ABCDEF");
			assert_int_equal(len, 40);
			assert_true(strcmp(a->value + len, ".cer") == 0 ||
			    strcmp(a->value + len, ".crl") == 0 ||
			    strcmp(a->value + len, ".bin") == 0);
		}
		check_refs(n->children);
	}
}

static void
a_wrapped_task_keeps_every_value(void **state)
{
	struct file input;
	struct found f;
	const struct node *n;
	ticks t;
	int i;

	if (!open_case("046-msedge-rbing-full-task-de", "input.txt", &input))
		skip();
	f = read_bytes(input.bytes.ptr, input.bytes.len);
	assert_int_equal(f.count, 10);
	for (i = 0; i < f.count; i++) {
		check_refs(f.events[i]->body);
		n = node_child(event_facts(f.events[i]), "CorrelationAuxInfo");
		assert_int_equal(strtol(node_attr(n, "SeqNumber"), NULL, 10),
		    i + 1);
	}
	assert_string_equal(node_text(node_child(event_facts(f.events[9]),
	    "Result")), "Die Sperrfunktion konnte die Sperrung nicht "
	    "\xC3\xBC" "berpr\xC3\xBC" "fen, da der Sperrserver offline war.");
	n = node_child(event_facts(f.events[8]), "Certificate");
	assert_string_equal(node_attr(n, "subjectName"),
	    "Microsoft RSA TLS CA 01");
	assert_true(time_parse_iso(node_text(node_child(n, "NotAfter")), &t,
	    NULL));
	for (; n != NULL; n = node_next(n))
		assert_true(time_parse_iso(node_text(node_child(n,
		    "NotBefore")), &t, NULL));
	drop(&f);
	file_close(&input);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_xml_is_read),
		cmocka_unit_test(quotes_dashes_and_blanks_of_any_kind_are_read),
		cmocka_unit_test(escaped_markup_is_unescaped_as_often_as_needed),
		cmocka_unit_test(markup_around_and_inside_tags_is_taken_off),
		cmocka_unit_test(line_numbers_are_taken_off),
		cmocka_unit_test(
		    emphasis_round_values_is_taken_off_but_wildcards_stay),
		cmocka_unit_test(utf16_and_windows_1252_are_read),
		cmocka_unit_test(tokens_cut_by_a_console_are_joined),
		cmocka_unit_test(missing_closing_tags_do_not_swallow_what_follows),
		cmocka_unit_test(a_fragment_without_opening_tags_is_housed),
		cmocka_unit_test(other_providers_events_keep_their_name),
		cmocka_unit_test(a_header_and_its_xml_are_one_event),
		cmocka_unit_test(the_same_record_quoted_again_counts_once),
		cmocka_unit_test(headers_in_other_languages_are_read),
		cmocka_unit_test(dates_that_can_be_read_two_ways_are_not_read),
		cmocka_unit_test(labels_that_lost_their_line_ends_are_split),
		cmocka_unit_test(a_message_with_headings_stays_whole),
		cmocka_unit_test(two_lists_are_two_events),
		cmocka_unit_test(a_table_gives_a_row_each),
		cmocka_unit_test(the_friendly_view_nests_by_schema),
		cmocka_unit_test(
		    a_result_quoted_in_prose_goes_to_the_event_that_lacks_it),
		cmocka_unit_test(yaml_gives_the_same_tree),
		cmocka_unit_test(a_message_in_a_sentence_is_an_event),
		cmocka_unit_test(
		    numbers_named_in_prose_count_only_without_a_fuller_event),
		cmocka_unit_test(text_without_events_is_refused),
		cmocka_unit_test(hostile_repetition_takes_no_quadratic_time),
		cmocka_unit_test(posted_cases_give_the_expected_events),
		cmocka_unit_test(a_wrapped_task_keeps_every_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
