#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/text.h"
#include "shared.h"
#include "trace/catalogue.h"

#define ARENA_BYTES (1u << 20)

static const int known_ids[] = {
#define EVENT(id, ...) id,
#include "trace/catalogue.def"
#undef EVENT
};

static int
identified(const struct event *ev)
{
	const struct catalogue_entry *e = NULL;

	assert_int_equal(catalogue_identify(ev, &e), STATUS_OK);

	return e == NULL ? 0 : e->id;
}

static struct event
event_of(const char *provider, const char *channel, int id)
{
	struct event ev;

	event_init(&ev, FORM_XML);
	ev.provider = provider;
	ev.channel = channel;
	ev.id = id;
	return ev;
}

/* A body of EventData with one Data, or of UserData with one element. */
static struct node *
body_of(struct arena *a, const char *top, const char *child, const char *text)
{
	struct node *n = node_new(a, top), *c = node_add(a, n, child);

	assert_non_null(c);
	c->text = text;
	return n;
}

static void
rows_are_sorted_and_found(void **state)
{
	size_t count = sizeof(known_ids) / sizeof(known_ids[0]);

	assert_int_equal(count, 75);
	for (size_t i = 0; i < count; i++) {
		const struct catalogue_entry *e = NULL;

		for (int c = 0; c <= CHANNEL_CATALOG_DEBUG && e == NULL; c++)
			e = catalogue_find((enum catalogue_channel)c,
			    known_ids[i]);
		assert_non_null(e);
		assert_int_equal(e->id, known_ids[i]);
		assert_true(i == 0 || known_ids[i - 1] < known_ids[i]);
		assert_true(strlen(e->says) > 20);
		assert_int_equal(e->says[strlen(e->says) - 1], '.');
		if (e->root != NULL)
			assert_ptr_equal(catalogue_find_root(e->root), e);
	}
	assert_null(catalogue_find(CHANNEL_APPLICATION, 11));
	assert_null(catalogue_find(CHANNEL_OPERATIONAL, 4107));
	assert_null(catalogue_find_root("CertGetCertificate"));
}

/* Windows' "\n" stands as backslash and n in the table of facts. */
static bool
is_same_message(const char *ours, const char *facts)
{
	if (ours == NULL)
		return *facts == '\0';
	for (; *ours != '\0'; ours++) {
		if (*ours == '\n' && facts[0] == '\\' && facts[1] == 'n')
			facts += 2;
		else if (*ours == *facts)
			facts++;
		else
			return false;
	}
	return *facts == '\0';
}

static void
rows_agree_with_the_manifests(void **state)
{
	FILE *file = shared_open("capi2/events.tsv");
	char line[8192], *column[SHARED_MAX_COLUMNS];
	int rows = 0;

	if (file == NULL)
		skip();
	shared_row(file, line, sizeof(line), column);
	while (shared_row(file, line, sizeof(line), column) >= 10) {
		const char *root = strchr(column[8], '/');
		const char *bits = strrchr(column[6], ' ');
		enum catalogue_channel channel = CHANNEL_APPLICATION;
		const struct catalogue_entry *e;

		if (strstr(column[2], "Operational") != NULL)
			channel = CHANNEL_OPERATIONAL;
		else if (strcmp(column[2], "Application") != 0)
			channel = CHANNEL_CATALOG_DEBUG;
		e = catalogue_find(channel, (int)strtol(column[0], NULL, 10));
		assert_non_null(e);
		assert_int_equal(e->task, strtol(column[4], NULL, 10));
		assert_int_equal(e->opcode, column[5][0] - '0');
		assert_int_equal(e->keywords, strtoull(
		    bits == NULL ? column[6] : bits, NULL, 16));
		assert_true(e->level == column[3][0] - '0' ||
		    strstr(column[3], "manifest: 1") != NULL);
		assert_true(is_same_message(e->message, column[9]));
		if (strchr(column[4], ' ') != NULL)
			assert_string_equal(e->task_name,
			    strchr(column[4], ' ') + 1);
		if (e->root != NULL)
			assert_string_equal(e->root, root + 1);
		else
			assert_true(channel != CHANNEL_OPERATIONAL ||
			    strcmp(root, "/(not seen)") == 0);
		rows++;
	}
	fclose(file);
	assert_int_equal(rows, sizeof(known_ids) / sizeof(known_ids[0]));
}

static void
providers_have_many_names(void **state)
{
	assert_true(catalogue_is_provider("Microsoft-Windows-CAPI2"));
	assert_true(catalogue_is_provider("microsoft-windows-capi2"));
	assert_true(catalogue_is_provider("*Microsoft-Windows-CAPI2*"));
	assert_true(catalogue_is_provider(" CAPI2 "));
	assert_true(catalogue_is_provider("Crypt32"));
	assert_true(catalogue_is_provider("CRYPT32"));
	assert_false(catalogue_is_provider("Microsoft-Windows-Backup"));
	assert_false(catalogue_is_provider("CAPI"));
	assert_false(catalogue_is_provider(""));
	assert_false(catalogue_is_provider(NULL));
}

static void
a_number_alone_is_operational_unless_crypt32_said_it(void **state)
{
	struct event ev = event_of("Microsoft-Windows-CAPI2", NULL, 11);

	assert_int_equal(identified(&ev), 11);
	ev.provider = "crypt32";
	assert_int_equal(identified(&ev), 4107);
	ev = event_of("Crypt32", NULL, 8);
	assert_int_equal(identified(&ev), 4104);
	ev = event_of("CAPI2", NULL, 8);
	assert_int_equal(identified(&ev), 4104);
	ev = event_of("CAPI2", NULL, 4107);
	assert_int_equal(identified(&ev), 4107);
	ev = event_of("CAPI2", NULL, 90);
	assert_int_equal(identified(&ev), 90);
	ev = event_of("CAPI2", NULL, 513);
	assert_int_equal(identified(&ev), 513);
	ev = event_of("CAPI2", NULL, 8200);
	assert_int_equal(identified(&ev), 8200);
	ev = event_of("CAPI2", NULL, 7777);
	assert_int_equal(identified(&ev), 0);
	ev = event_of("crypt32", NULL, 30);
	assert_int_equal(identified(&ev), 0);
}

static void
the_log_decides_what_eleven_is(void **state)
{
	static const char *const names[] = { "Application", "Program",
		"Aplikacja", "Anwendung", "アプリケーション", "Toepassing" };
	struct event ev;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ev = event_of("Microsoft-Windows-CAPI2", names[i], 11);
		assert_int_equal(identified(&ev), 4107);
	}
	ev = event_of("Microsoft-Windows-CAPI2",
	    "Microsoft-Windows-CAPI2/Operational", 11);
	assert_int_equal(identified(&ev), 11);

	ev = event_of("Microsoft-Windows-CAPI2", NULL, 11);
	ev.has_keywords = true;
	ev.keywords = 0x8080000000000000u;
	assert_int_equal(identified(&ev), 4107);
	ev.keywords = 0x4000000000000003u;
	assert_int_equal(identified(&ev), 11);

	ev = event_of("Microsoft-Windows-CAPI2", NULL, 11);
	ev.task = 0;
	assert_int_equal(identified(&ev), 4107);
	ev.task = 11;
	assert_int_equal(identified(&ev), 11);
}

static void
the_body_outweighs_the_number(void **state)
{
	struct arena *a = arena_create(ARENA_BYTES);
	struct event ev = event_of("Microsoft-Windows-CAPI2", NULL, 11);

	ev.body = body_of(a, "EventData", "Data", "http://x.example/a.cab");
	assert_int_equal(identified(&ev), 4107);
	ev.channel = "Application";
	ev.body = body_of(a, "UserData", "CertGetCertificateChain", NULL);
	assert_int_equal(identified(&ev), 11);

	/* A bare body, as people post it. */
	event_init(&ev, FORM_PASTE);
	ev.body = body_of(a, "UserData", "WinVerifyTrustStart", NULL);
	assert_int_equal(identified(&ev), 80);
	ev.body = node_new(a, "CertRejectedRevocationInfo");
	assert_int_equal(identified(&ev), 42);
	ev.body = body_of(a, "UserData", "ns0:X509Objects", NULL);
	assert_int_equal(identified(&ev), 90);
	ev.body = body_of(a, "UserData", "SomethingElse", NULL);
	assert_int_equal(identified(&ev), 0);
	arena_free(a);
}

static void
a_message_tells_without_provider_and_number(void **state)
{
	struct event ev;

	event_init(&ev, FORM_PASTE);
	ev.message = "Failed extract of third-party root list from auto "
	    "update cab at: <http://a.example/authrootstl.cab> with error: "
	    "The data is invalid.";
	assert_int_equal(identified(&ev), 4107);
	ev.id = 4364; /* a record number taken for an id */
	assert_int_equal(identified(&ev), 4107);
	ev.id = 11;
	ev.provider = "Microsoft-Windows-CAPI2";
	assert_int_equal(identified(&ev), 4107);
	ev.message = "For more details for this event, please refer to the "
	    "\"Details\" section";
	assert_int_equal(identified(&ev), 11);
}

static void
strangers_are_left_alone(void **state)
{
	struct arena *a = arena_create(ARENA_BYTES);
	struct event ev = event_of("Microsoft-Windows-WMI", "Application", 10);

	assert_int_equal(identified(&ev), 0);
	ev.body = body_of(a, "EventData", "Data", "//./root/CIMV2");
	assert_int_equal(identified(&ev), 0);
	ev = event_of(NULL, "Application", 11);
	assert_int_equal(identified(&ev), 0);
	ev = event_of("Microsoft-Windows-Backup", "Application", 517);
	assert_int_equal(identified(&ev), 0);
	ev = event_of(NULL, "Microsoft-Windows-CAPI2/Operational", 53);
	assert_int_equal(identified(&ev), 53);
	ev = event_of(NULL, NULL, 53);
	ev.guid = "{5BBCA4A8-B209-48DC-A8C7-B23D3E5216FB}";
	assert_int_equal(identified(&ev), 53);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted_and_found),
		cmocka_unit_test(rows_agree_with_the_manifests),
		cmocka_unit_test(providers_have_many_names),
		cmocka_unit_test(
		    a_number_alone_is_operational_unless_crypt32_said_it),
		cmocka_unit_test(the_log_decides_what_eleven_is),
		cmocka_unit_test(the_body_outweighs_the_number),
		cmocka_unit_test(a_message_tells_without_provider_and_number),
		cmocka_unit_test(strangers_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
