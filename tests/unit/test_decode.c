#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "capi2/decode.h"
#include "shared.h"
#include "trace/messages.h"

#define BUF_BYTES 4096
#define ARENA_BYTES (1u << 20)

static void
tables_are_sorted(void **state)
{
	static const char *const oids[] = {
#define OID(oid, name) oid,
#include "capi2/oids.def"
#undef OID
	};
	const struct error_row *rows;
	size_t count;

	rows = decode_error_rows(&count);
	assert_true(count > 200);
	for (size_t i = 0; i < count; i++) {
		assert_true(i == 0 || rows[i - 1].value < rows[i].value);
		assert_ptr_equal(decode_error(rows[i].value), &rows[i]);
	}
	for (size_t i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
		assert_true(i == 0 || strcmp(oids[i - 1], oids[i]) < 0);
		assert_non_null(decode_oid(oids[i]));
	}
	assert_null(decode_error(0x12345678));
	assert_null(decode_oid("1.2.3"));
	assert_null(decode_oid(NULL));
}

static void
codes_agree_with_the_facts(void **state)
{
	FILE *file = shared_open("capi2/errors.tsv");
	char line[8192], *column[SHARED_MAX_COLUMNS];
	struct buf b;

	if (file == NULL)
		skip();
	buf_init(&b, BUF_BYTES);
	shared_row(file, line, sizeof(line), column);
	while (shared_row(file, line, sizeof(line), column) >= 4) {
		uint32_t value = (uint32_t)strtoul(column[0], NULL, 16);
		const struct error_row *row = decode_error(value);
		uint32_t back;

		assert_non_null(row);
		assert_string_equal(row->symbol, column[2]);
		assert_string_equal(row->message, column[3]);
		buf_clear(&b);
		decode_add_code(&b, value);
		assert_string_equal(buf_text(&b), column[1]);
		/* Back again: the same message, whatever form it takes. */
		if (!decode_error_text(column[3], &back))
			continue;
		assert_non_null(decode_error(back));
		if (!text_equal(decode_error(back)->message, column[3]))
			print_message("%s: %X\n", column[3], back);
		assert_true(text_equal(decode_error(back)->message, column[3]));
	}
	fclose(file);
	buf_free(&b);
}

static enum flag_set
set_of(const char *where)
{
	static const char *const names[] = {
		[FLAGS_CHAIN] = "11 Flags",
		[FLAGS_POLICY] = "30 Flags",
		[FLAGS_SSL_IGNORE] = "30 SSLAdditionalPolicyInfo/IgnoreFlags",
		[FLAGS_REVOCATION] = "41 Flags",
		[FLAGS_RETRIEVE] = "51/53 Flags",
		[FLAGS_TRUST] = "81 Flags",
		[FLAGS_REG_POLICY] = "81/30 RegPolicySetting",
		[FLAGS_TRUST_ERROR] = "TrustStatus/ErrorStatus",
		[FLAGS_TRUST_INFO] = "TrustStatus/InfoStatus",
		[FLAGS_KEY_USAGE] = "90 KeyUsage",
	};

	for (int i = 0; i <= FLAGS_KEY_USAGE; i++)
		if (text_equal(names[i], where))
			return (enum flag_set)i;
	fail_msg("unknown set %s", where);
	return FLAGS_CHAIN;
}

static void
flags_agree_with_the_facts(void **state)
{
	FILE *file = shared_open("capi2/flags.tsv");
	char line[1024], *column[SHARED_MAX_COLUMNS];

	if (file == NULL)
		skip();
	shared_row(file, line, sizeof(line), column);
	while (shared_row(file, line, sizeof(line), column) >= 4) {
		enum flag_set set = set_of(column[0]);
		uint32_t bit = (uint32_t)strtoul(column[1], NULL, 16);

		assert_int_equal(decode_flag_bit(set, column[2]), bit);
		assert_non_null(decode_flag(set, bit));
		if (text_equal(column[3], "yes"))
			assert_string_equal(decode_flag(set, bit), column[2]);
	}
	fclose(file);
}

static void
constants_agree_with_the_facts(void **state)
{
	FILE *file = shared_open("capi2/constants.tsv");
	char line[1024], *column[SHARED_MAX_COLUMNS];
	uint32_t value;

	if (file == NULL)
		skip();
	shared_row(file, line, sizeof(line), column);
	while (shared_row(file, line, sizeof(line), column) >= 4) {
		value = (uint32_t)strtoul(column[1], NULL, 16);
		if (text_equal(column[2], "policy-id"))
			assert_string_equal(decode_policy(value), column[0]);
		else if (text_equal(column[2], "crl-reason"))
			assert_non_null(decode_crl_reason(value));
		else if (text_starts(column[2], "oid-"))
			assert_non_null(decode_oid(column[1]));
		if (text_equal(column[2], "oid-eku") && column[3][0] != '(')
			assert_string_equal(decode_oid(column[1]), column[3]);
		if (text_equal(column[2], "policy-error"))
			assert_string_equal(decode_error(value)->symbol,
			    column[0]);
	}
	fclose(file);
	assert_string_equal(decode_crl_reason(1), "keyCompromise");
	assert_null(decode_crl_reason(7));
	assert_null(decode_policy(99));
}

static void
names_are_added_as_logs_print_them(void **state)
{
	struct buf b;

	buf_init(&b, BUF_BYTES);
	decode_add_code_name(&b, 0x80092013);
	assert_string_equal(buf_text(&b),
	    "80092013 CRYPT_E_REVOCATION_OFFLINE");
	buf_clear(&b);
	decode_add_code_name(&b, 0x2ee7);
	assert_string_equal(buf_text(&b),
	    "2EE7 ERROR_WINHTTP_NAME_NOT_RESOLVED");
	buf_clear(&b);
	decode_add_code_name(&b, 0x80072f78);
	assert_string_equal(buf_text(&b), "80072F78 "
	    "HRESULT_FROM_WIN32(ERROR_WINHTTP_INVALID_SERVER_RESPONSE)");
	buf_clear(&b);
	decode_add_code_name(&b, 0xdeadbeef);
	assert_string_equal(buf_text(&b), "DEADBEEF");
	buf_clear(&b);
	decode_add_flags(&b, FLAGS_TRUST_ERROR, 0x01000040, ", ");
	assert_string_equal(buf_text(&b), "CERT_TRUST_REVOCATION_STATUS_"
	    "UNKNOWN, CERT_TRUST_IS_OFFLINE_REVOCATION");
	buf_clear(&b);
	decode_add_flags(&b, FLAGS_REVOCATION, 0x80000002, "|");
	assert_string_equal(buf_text(&b),
	    "CERT_VERIFY_CACHE_ONLY_BASED_REVOCATION|0x80000000");
	buf_clear(&b);
	decode_add_flags(&b, FLAGS_CHAIN, 0, "|");
	assert_string_equal(buf_text(&b), "");
	buf_free(&b);
}

static const struct {
	uint32_t value;
	const char *text;
} texts[] = {
	/* Wording, case, white space and punctuation do not matter. */
	{ 0x5, "access is   denied" },
	{ 0x5, "\"Access is\ndenied.\"" },
	{ 0xD, "The data is invalid" },
	{ 0x2, "The system cannot find the file specified.\r\n." },
	{ 0x2EE7, "The server name or address could not be resolved." },
	{ 0x8CA, "This network connection does not exist." },
	{ 0x5B4, "This operation returned because the time-out period "
	    "expired." },
	{ 0x4CF, "The network location cannot be reached." },
	{ 0x800B0110, "The certificate is not valid for the requested usage." },
	{ 0x800B0101, "A required certificate is not within it's validity "
	    "period when verifying against the current system clock or the "
	    "timestamp in the signed file" },
	{ 0x80092013, "The revocation function was unable to check revocation "
	    "because the revocation server was offline" },
	{ 0x80092012, "The revocation function was unable to check revocation "
	    "for the certificate" },
	/* Other languages, in words that the table does not hold. */
	{ 0x800B0101, "Een vereist certificaat valt buiten de "
	    "geldigheidsperiode volgens de systeemklok of het tijdstempel." },
	{ 0x800B0101, "Απαιτούμενο πιστοποιητικό δεν είναι εντός της περιόδου "
	    "ισχύος κατά τον έλεγχο με το ρολόι συστήματος." },
	{ 0x800B0101, "Potrebna potvrda nije u razdoblju valjanosti kada se "
	    "provjerava prema satu sustava ili vremenskom žigu." },
	{ 0x5, "ZUGRIFF VERWEIGERT" },
	{ 0x5, "アクセスが拒否されました" },
	{ 0x2EE7, "Nazwa serwera lub jego adres nie mogły zostać rozpoznane." },
	/* Numbers and symbols in the text. */
	{ 0x800B0101, "failed with 0x800B0101" },
	{ 0x80092013, "(0x80092013 (-2146885613))" },
	{ 0x80092013, "-2146885613 CRYPT_E_REVOCATION_OFFLINE" },
	{ 0x80092013, "CRYPT_E_REVOCATION_OFFLINE" },
	{ 0x80092013, "80092013" },
	{ 0x2EE7, "2ee7" },
	{ 0x2F8F, "error 12175" },
	{ 0xC0000039, "0xC0000039 (unresolvable)" },
	{ 0x80070005, "0x80070005" },
};

static void
messages_become_codes(void **state)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint32_t value = 0;

		if (!decode_error_text(texts[i].text, &value) ||
		    value != texts[i].value)
			print_message("%s: %X\n", texts[i].text, value);
		assert_int_equal(value, texts[i].value);
	}
}

/* Every translation leads to its own code and to no other. */
static void
translations_become_codes(void **state)
{
	static const struct {
		uint32_t value;
		const char *text;
	} rows[] = {
#define TEXT(value, language, text) { value, text },
#define HINT(value, language, words)
#include "capi2/error_texts.def"
#undef TEXT
#undef HINT
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t value = 0;

		if (!decode_error_text(rows[i].text, &value) ||
		    value != rows[i].value)
			print_message("%s: %X\n", rows[i].text, value);
		assert_int_equal(value, rows[i].value);
	}
}

static void
other_sentences_have_no_code(void **state)
{
	static const char *const others[] = {
		"",
		"   ",
		"Something happened.",
		"The operation worked and nobody was surprised.",
		"An internal error occurred.", /* two codes, equally */
		"The certificate was issued in 2010 by Example.",
		"the quick brown fox",
		"at address 0x7ffe0300",
	};
	uint32_t value = 77;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(decode_error_text(others[i], &value));
	assert_false(decode_error_text(NULL, &value));
	assert_int_equal(value, 77);
}

static void
trust_lists_speak_hresult_and_downloads_do_not(void **state)
{
	uint32_t value = 0;

	assert_true(decode_event_error(4107, "The data is invalid.", &value));
	assert_int_equal(value, 0x8007000D);
	assert_true(decode_event_error(4107, "Die Daten sind unzulässig.",
	    &value));
	assert_int_equal(value, 0x8007000D);
	assert_true(decode_event_error(4099, "The data is invalid.", &value));
	assert_int_equal(value, 0xD);
	assert_true(decode_event_error(4104, "This operation returned because "
	    "the timeout period expired.", &value));
	assert_int_equal(value, 0x5B4);
	assert_true(decode_event_error(513, "Access is denied.", &value));
	assert_int_equal(value, 5);
	assert_true(decode_event_error(4107, "The signature of the certificate "
	    "cannot be verified.", &value));
	assert_int_equal(value, 0x80096004);
}

static void
posted_messages_become_the_expected_codes(void **state)
{
	static const struct {
		const char *name;
		uint32_t value;
	} cases[] = {
		{ "002-kb2328240-en", 0x800B0101 },
		{ "006-kb2328240-sv", 0x800B0101 },
		{ "009-kb2328240-pl", 0x800B0101 },
		{ "011-softperten-4107-de", 0x800B0101 },
		{ "012-technet-wiki-4107-data-invalid", 0x8007000D },
		{ "016-kb317541-ja-crypt32-8", 0x5B4 },
		{ "017-kb2253680-crypt32-8", 0x2EE7 },
		{ "019-justworks-513-mslldp", 0x5 },
		{ "024-ubuntu-forum-513-bbcode", 0x2 },
	};
	static char text[65536];
	struct arena *a = arena_create(ARENA_BYTES);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct message_match m = { 0 };
		uint32_t value = 0;
		char name[128];

		snprintf(name, sizeof(name), "capi2/cases/%s/input.txt",
		    cases[i].name);
		if (shared_read(name, text, sizeof(text)) == 0) {
			arena_free(a);
			skip();
		}
		arena_reset(a);
		assert_true(messages_find(a, text, &m));
		assert_true(decode_event_error(m.id, m.error, &value));
		assert_int_equal(value, cases[i].value);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_sorted),
		cmocka_unit_test(codes_agree_with_the_facts),
		cmocka_unit_test(flags_agree_with_the_facts),
		cmocka_unit_test(constants_agree_with_the_facts),
		cmocka_unit_test(names_are_added_as_logs_print_them),
		cmocka_unit_test(messages_become_codes),
		cmocka_unit_test(translations_become_codes),
		cmocka_unit_test(other_sentences_have_no_code),
		cmocka_unit_test(
		    trust_lists_speak_hresult_and_downloads_do_not),
		cmocka_unit_test(posted_messages_become_the_expected_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
