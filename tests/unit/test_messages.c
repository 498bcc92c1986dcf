#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/fold.h"
#include "base/text.h"
#include "shared.h"
#include "trace/messages.h"
#include "trace/words.h"

#define ARENA_BYTES (4u << 20)

struct sample {
	const char *language;
	int id;
	const char *text;
	const char *first; /* %1 */
	const char *second; /* %2 */
};

#define LIST "http://lists.example/a/authrootstl.cab"
#define SEQ "http://lists.example/a/authrootseq.txt"
#define CERT "http://lists.example/trustedr/en/" \
	"0123456789ABCDEF0123456789ABCDEF01234567.crt"
#define HASH "0123456789ABCDEF0123456789ABCDEF01234567"

static const struct sample samples[] = {
#define SAMPLE(language, id, text, first, second) \
	{ language, id, text, first, second },
#include "messages_samples.def"
#undef SAMPLE
};

static bool
find(struct arena *a, const char *text, struct message_match *m)
{
	memset(m, 0, sizeof(*m));
	return messages_find(a, text, m);
}

static void
messages_are_found_in_each_language(void **state)
{
	struct arena *a = arena_create(ARENA_BYTES);
	struct message_match m;
	size_t count;
	const struct lexicon *l = words_lexicons(&count);

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *s = &samples[i];

		if (!find(a, s->text, &m) || m.id != s->id ||
		    !text_equal(m.language, s->language) ||
		    !text_equal(m.parameters[0], s->first) ||
		    !text_equal(m.parameters[1], s->second))
			print_message("%s %d: got %d %s <%s> <%s>\n",
			    s->language, s->id, m.id, m.language,
			    m.parameters[0], m.parameters[1]);
		assert_int_equal(m.id, s->id);
		assert_string_equal(m.language, s->language);
		assert_true(text_equal(m.parameters[0], s->first));
		assert_true(text_equal(m.parameters[1], s->second));
		assert_int_equal(messages_identify(s->text), s->id);
	}
	/* No language goes without a sample. */
	for (size_t i = 0; i < count; i++) {
		bool is_there = false;

		for (size_t n = 0; n < sizeof(samples) / sizeof(samples[0]);
		    n++)
			is_there |= text_equal(samples[n].language,
			    l[i].language);
		assert_true(is_there);
	}
	arena_free(a);
}

static void
stems_are_written_as_text_folds(void **state)
{
	size_t count;
	const struct lexicon *l = words_lexicons(&count);

	for (size_t i = 0; i < count; i++)
		for (int c = 0; c < CONCEPT_COUNT; c++) {
			const char *at = l[i].stems[c];
			size_t len, taken;

			assert_non_null(at);
			for (len = strlen(at); len > 0; len -= taken) {
				uint32_t ch = text_read_char(at, len, &taken);

				assert_int_equal(fold_char(ch), ch);
				at += taken;
			}
		}
}

static const char english[] = "Failed extract of third-party root list from "
    "auto update cab at: <" LIST "> with error: The data is invalid.";

static void
wrapping_quoting_and_context_do_not_matter(void **state)
{
	static const char *const wrapped[] = {
		"Failed extract of third-party root\nlist from auto\r\n   "
		"update cab at: <http://lists.example/a/\nauthrootstl.cab> "
		"with\nerror: The data\nis invalid.",
		"\"\"Failed extract of third-party root list from auto update "
		"cab at: <" LIST "> with error: The data is invalid.\"\"",
		"Log Name: Application\nSource: CAPI2\nDescription:\n"
		"Failed extract of third-party root list from auto update cab "
		"at: <" LIST "> with error: The data is invalid.\n.\n"
		"Event Xml:\n<Event>",
		"Failed extract of third-par\nty root list from auto update "
		"cab at: " LIST " with error: The data is invalid. "
		"For more information, see Help and Support Center.",
		"FAILED EXTRACT OF THIRD-PARTY ROOT LIST FROM AUTO UPDATE CAB "
		"AT: &lt;" LIST "&gt; WITH ERROR: The data is invalid.",
		"Failed extract of third-party root list from auto update cab "
		"at: <[" LIST "](" LIST ")> with error: The data is invalid.",
	};
	struct arena *a = arena_create(ARENA_BYTES);
	struct message_match m;

	for (size_t i = 0; i < sizeof(wrapped) / sizeof(wrapped[0]); i++) {
		assert_true(find(a, wrapped[i], &m));
		assert_int_equal(m.id, 4107);
		assert_string_equal(m.parameters[0], LIST);
		assert_string_equal(m.error, "The data is invalid.");
	}
	arena_free(a);
}

static void
the_place_of_a_message_is_told(void **state)
{
	struct arena *a = arena_create(ARENA_BYTES);
	struct message_match m;
	char text[1024];

	snprintf(text, sizeof(text), "At work and home: %s Thanks!", english);
	assert_true(find(a, text, &m));
	assert_int_equal(m.start, strlen("At work and home: "));
	assert_int_equal(m.end, m.start + strlen(english));
	/* The next one is found behind it. */
	snprintf(text, sizeof(text), "%s\n\n%s", english, english);
	assert_true(find(a, text, &m));
	assert_int_equal(m.start, 0);
	assert_true(find(a, text + m.end, &m));
	assert_false(find(a, text + strlen(english) + 2 + m.end, &m));
	arena_free(a);
}

static void
parameters_may_be_missing(void **state)
{
	struct arena *a = arena_create(ARENA_BYTES);
	struct message_match m;

	assert_true(find(a, "Failed extract of third-party root list from auto "
	    "update cab at: with error: The data is invalid.", &m));
	assert_int_equal(m.id, 4107);
	assert_string_equal(m.parameters[0], "");
	assert_true(find(a, "Failed extract of third-party root list from auto "
	    "update cab at: <> with error: The data is invalid.", &m));
	assert_string_equal(m.parameters[0], "");
	assert_string_equal(m.parameters[1], "The data is invalid.");
	arena_free(a);
}

static void
unrelated_sentences_are_no_messages(void **state)
{
	static const char *const others[] = {
		"",
		"The system cannot find the file specified.",
		"Windows could not download the third-party root list, see "
		"http://support.example/kb/2328240 for help.",
		"You can get the list at http://lists.example/authrootstl.cab",
		"Failed to fetch http://lists.example/authrootstl.cab with "
		"error: timeout",
		"Certificate for local system with Thumbprint " HASH
		" is about to expire or already expired.",
		"hashName=\"SHA1\" fileRef=\"" HASH ".cer\"",
		"Volume Shadow Copy Service error: unexpected error. "
		"Operation: OnIdentity event Context: Writer Name: System "
		"Writer",
		"Catalog Database (1244) Catalog Database: The database engine "
		"stopped. Error: 0",
		"Backup started at '2010' failed with following error code "
		"'2155348226' (System writer is not found in the backup.). "
		"Please rerun backup once issue is resolved.",
		"crypt32.dll version 6.1.7601 from 12 minutes ago",
		"Error: something else",
		"::: : : :: http:// https:// error: : <> sha1: " HASH,
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(messages_identify(others[i]), 0);
	assert_int_equal(messages_identify(NULL), 0);
}

static void
details_are_split_into_step_and_error(void **state)
{
	struct arena *a = arena_create(ARENA_BYTES);
	const char *step = NULL, *error = NULL;

	assert_true(messages_split_details(a, "\n\nDetails:\nAddLegacyDriver"
	    "Files: Unable to back up image of binary X.\n\nSystem Error:\n"
	    "Access is denied.\n.", &step, &error));
	assert_string_equal(step, "AddLegacyDriverFiles: Unable to back up "
	    "image of binary X.");
	assert_string_equal(error, "Access is denied.");
	assert_true(messages_split_details(a, "TraverseDir : Unable to push "
	    "subdirectory.\n\nSystem Error:\nZugriff verweigert\n.", &step,
	    &error));
	assert_string_equal(step, "TraverseDir : Unable to push subdirectory.");
	assert_string_equal(error, "Zugriff verweigert");
	assert_true(messages_split_details(a, "AddCoreCsiFiles : "
	    "BeginFileEnumeration() failed.", &step, &error));
	assert_string_equal(step, "AddCoreCsiFiles : BeginFileEnumeration() "
	    "failed.");
	assert_null(error);
	assert_false(messages_split_details(a, " \n", &step, &error));
	arena_free(a);
}

static void
posted_messages_are_found(void **state)
{
	static const struct {
		const char *name;
		int id;
		const char *language;
		const char *error;
	} cases[] = {
		{ "002-kb2328240-en", 4107, "en", "A required certificate" },
		{ "003-sysadmins-lv-4107-flattened-xml", 4107, "en", "A " },
		{ "004-networksteve-4107-sentence", 4107, "en", "A required" },
		{ "006-kb2328240-sv", 4107, "sv", "Ett nödvändigt" },
		{ "009-kb2328240-pl", 4107, "pl", "Wymagany certyfikat" },
		{ "011-softperten-4107-de", 4107, "de", "Ein erforderliches" },
		{ "012-technet-wiki-4107-data-invalid", 4107, "en", "The " },
		{ "014-sbs-bradley-4107-eventlist", 4107, "en", "A required" },
		{ "016-kb317541-ja-crypt32-8", 4104, "ja", "タイムアウト" },
		{ "017-kb2253680-crypt32-8", 4104, "en", "The server name" },
		{ "019-justworks-513-mslldp", 513, "en", "Access is denied." },
		{ "020-kb3209092-513-variant-wording", 513, "en", "Access" },
		{ "022-kb2009272-513-with-517", 513, "en", "Access is" },
	};
	static char text[65536];
	struct arena *a = arena_create(ARENA_BYTES);
	struct message_match m;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[128];

		snprintf(name, sizeof(name), "capi2/cases/%s/input.txt",
		    cases[i].name);
		if (shared_read(name, text, sizeof(text)) == 0) {
			arena_free(a);
			skip();
		}
		assert_true(find(a, text, &m));
		assert_int_equal(m.id, cases[i].id);
		assert_string_equal(m.language, cases[i].language);
		assert_true(text_starts(m.error, cases[i].error));
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_found_in_each_language),
		cmocka_unit_test(stems_are_written_as_text_folds),
		cmocka_unit_test(wrapping_quoting_and_context_do_not_matter),
		cmocka_unit_test(the_place_of_a_message_is_told),
		cmocka_unit_test(parameters_may_be_missing),
		cmocka_unit_test(unrelated_sentences_are_no_messages),
		cmocka_unit_test(details_are_split_into_step_and_error),
		cmocka_unit_test(posted_messages_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
