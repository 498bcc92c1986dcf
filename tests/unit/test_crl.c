#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "derout.h"
#include "fixture.h"
#include "wire/crl.h"
#include "wire/crl_index.h"
#include "wire/name.h"

#define BYTES(text) span_of(text, sizeof(text) - 1)
#define CRL_MAX 100000

static struct crl *
parse(struct arena *a, struct span der)
{
	struct der_fault fault = { 0 };
	struct crl *crl;

	assert_int_equal(crl_parse(a, der, &crl, &fault), STATUS_OK);
	assert_null(fault.rule);
	return crl;
}

static void
a_full_list_is_read(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct crl *crl = parse(a, fixture_bytes(a, "pki/base-crl.der"));
	struct der_source source = der_source_of(crl->der);
	struct general_name name;
	struct der names;
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(crl->version, 2);
	assert_int_equal(crl->deviations, 0);
	name_add(&b, crl->issuer);
	assert_string_equal(buf_text(&b),
	    "CN=Example Root, O=Example Widgets, C=DE");
	buf_clear(&b);
	time_add_iso(&b, crl->this_update, 0);
	buf_putc(&b, ' ');
	time_add_iso(&b, crl->next_update, 0);
	buf_putc(&b, ' ');
	time_add_iso(&b, crl->next_publish, 0);
	assert_string_equal(buf_text(&b),
	    "2026-01-01T00:00:00Z 2026-02-01T00:00:00Z 2026-01-15T12:00:00Z");
	assert_true(DER_IS(crl->number, "\x07"));
	assert_null(crl->base_number.ptr);
	assert_int_equal(crl->aki.key_id.len, 20);
	assert_true(crl->has_idp && crl->idp.only_user_certs);
	assert_false(crl->idp.is_indirect || crl->idp.only_ca_certs);
	names = der_open(&source, crl->idp.point.full_name);
	assert_true(general_name_next(&names, &name));
	buf_clear(&b);
	general_name_add(&b, &name);
	assert_string_equal(buf_text(&b), "http://pki.example.org/root.crl");
	buf_free(&b);
	arena_free(a);
}

static void
entries_are_found_where_they_are(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct crl *crl = parse(a, fixture_bytes(a, "pki/base-crl.der"));
	struct crl_entry entry;
	struct der_fault fault;
	deviations dev;
	size_t count;
	struct buf b;

	buf_init(&b, 100);
	assert_int_equal(
	    crl_find(crl, crl->issuer, BYTES("\x10\x01"), &entry, &fault),
	    STATUS_OK);
	assert_int_equal(entry.reason, REASON_CA_COMPROMISE);
	assert_true(entry.invalidity_date == TIME_NONE);
	assert_int_equal(
	    crl_find(crl, crl->issuer, BYTES("\x10\x02"), &entry, &fault),
	    STATUS_OK);
	assert_int_equal(entry.reason, REASON_KEY_COMPROMISE);
	assert_string_equal(crl_reason_text(entry.reason), "key compromise");
	time_add_iso(&b, entry.invalidity_date, 0);
	assert_string_equal(buf_text(&b), "2026-01-10T00:00:00Z");
	assert_null(entry.issuer.ptr);
	assert_false(entry.has_unknown_critical);
	assert_int_equal(
	    crl_find(crl, crl->issuer, BYTES("\x10\x00"), &entry, &fault),
	    STATUS_NOT_FOUND);
	assert_int_equal(
	    crl_find(crl, crl->issuer, BYTES("\x00\x10\x01"), &entry, &fault),
	    STATUS_NOT_FOUND);
	assert_int_equal(crl_check(crl, &count, &dev, &fault), STATUS_OK);
	assert_int_equal(count, 2);
	assert_int_equal(dev, 0);
	buf_free(&b);
	arena_free(a);
}

static void
a_delta_names_its_base(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct crl *crl = parse(a, fixture_pem(a, "pki/delta-crl.pem"));

	assert_true(DER_IS(crl->base_number, "\x05"));
	assert_true(DER_IS(crl->number, "\x08"));
	assert_false(crl->has_idp);
	assert_true(crl->next_publish == TIME_NONE);
	arena_free(a);
}

/* An entry, with a certificateIssuer when `issuer` is given. */
static void
add_entry(struct buf *entries, struct span serial, const char *issuer)
{
	struct buf entry, ext, exts, name, names, general;

	buf_init(&entry, 500);
	buf_init(&exts, 500);
	derout_value(&entry, 0x02, serial.ptr, serial.len);
	derout_text(&entry, 0x17, "260105000000Z");
	if (issuer != NULL) {
		buf_init(&name, 500);
		buf_init(&general, 500);
		buf_init(&names, 500);
		buf_init(&ext, 500);
		derout_name(&name, issuer);
		derout_buf(&general, 0xA4, &name);
		derout_buf(&names, 0x30, &general);
		derout_ext(&exts, "\x55\x1D\x1D", 3, true, &names);
		derout_buf(&entry, 0x30, &exts);
		buf_free(&name);
		buf_free(&general);
		buf_free(&names);
		buf_free(&ext);
	}
	derout_buf(entries, 0x30, &entry);
	buf_free(&entry);
	buf_free(&exts);
}

static void
entries_of_an_indirect_list_keep_the_issuer_before_them(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct buf entries, exts, idp, der, own, other;
	struct crl_entry entry;
	struct der_fault fault;
	struct crl *crl;
	struct span mine, theirs;

	buf_init(&entries, CRL_MAX);
	buf_init(&exts, CRL_MAX);
	buf_init(&idp, 100);
	buf_init(&der, CRL_MAX);
	buf_init(&own, 200);
	buf_init(&other, 200);
	derout_name(&own, "issuer ");
	derout_name(&other, "Other");
	mine = span_of(own.ptr, own.len);
	theirs = span_of(other.ptr, other.len);
	add_entry(&entries, BYTES("\x01"), NULL);
	add_entry(&entries, BYTES("\x02"), "Other");
	add_entry(&entries, BYTES("\x03"), NULL);
	add_entry(&entries, BYTES("\x01"), NULL);
	add_entry(&entries, BYTES("\x04"), "Issuer");
	derout_value(&idp, 0x30, "\x84\x01\xFF", 3);
	derout_ext(&exts, "\x55\x1D\x1C", 3, true, &idp);
	derout_crl(&der, &entries, &exts);
	crl = parse(a, span_of(der.ptr, der.len));
	assert_true(crl->idp.is_indirect);

	assert_int_equal(crl_find(crl, mine, BYTES("\x01"), &entry, &fault),
	    STATUS_OK);
	assert_null(entry.issuer.ptr);
	assert_int_equal(crl_find(crl, theirs, BYTES("\x01"), &entry, &fault),
	    STATUS_OK);
	assert_non_null(entry.issuer.ptr);
	assert_int_equal(crl_find(crl, theirs, BYTES("\x03"), &entry, &fault),
	    STATUS_OK);
	assert_int_equal(crl_find(crl, mine, BYTES("\x03"), &entry, &fault),
	    STATUS_NOT_FOUND);
	assert_int_equal(crl_find(crl, mine, BYTES("\x04"), &entry, &fault),
	    STATUS_OK);
	assert_int_equal(crl_find(crl, theirs, BYTES("\x04"), &entry, &fault),
	    STATUS_NOT_FOUND);
	buf_free(&entries);
	buf_free(&exts);
	buf_free(&idp);
	buf_free(&der);
	buf_free(&own);
	buf_free(&other);
	arena_free(a);
}

/* A CRL without extensions, whose entries are these octets. */
static struct crl *
list_of(struct arena *a, struct buf *der, struct span content)
{
	struct buf entries, none;

	buf_init(&entries, CRL_MAX);
	buf_init(&none, 1);
	buf_add(&entries, content.ptr, content.len);
	buf_clear(der);
	derout_crl(der, &entries, &none);
	buf_free(&entries);
	return parse(a, span_of(der->ptr, der->len));
}

static void
odd_entries_do_not_mislead_the_search(void **state)
{
	/* The second entry's length is said to reach beyond the list. */
	static const char beyond[] = "\x30\x12\x02\x01\x01\x17\x0D"
	                             "260105000000Z\x30\x7F\x02\x01\x02";
	/* A serial number that would reach beyond its entry. */
	static const char inside[] = "\x30\x12\x02\x20\x01\x17\x0D"
	                             "260105000000Z";
	/* A revocation date that is none. */
	static const char undated[] = "\x30\x12\x02\x01\x05\x17\x0D"
	                              "269905000000Z";
	struct arena *a = arena_create(1 << 20);
	struct crl_entry entry;
	struct der_fault fault;
	struct crl *crl;
	struct buf der;

	buf_init(&der, CRL_MAX);
	crl = list_of(a, &der, BYTES(beyond));
	assert_int_equal(
	    crl_find(crl, crl->issuer, BYTES("\x01"), &entry, &fault),
	    STATUS_OK);
	assert_int_equal(
	    crl_find(crl, crl->issuer, BYTES("\x02"), &entry, &fault),
	    STATUS_MALFORMED);
	assert_ptr_equal(crl->der.ptr + fault.offset, crl->entries.ptr + 20);
	crl = list_of(a, &der, BYTES(inside));
	assert_int_equal(
	    crl_find(crl, crl->issuer, BYTES("\x01"), &entry, &fault),
	    STATUS_MALFORMED);
	crl = list_of(a, &der, BYTES(undated));
	assert_int_equal(
	    crl_find(crl, crl->issuer, BYTES("\x06"), &entry, &fault),
	    STATUS_NOT_FOUND);
	assert_int_equal(
	    crl_find(crl, crl->issuer, BYTES("\x05"), &entry, &fault),
	    STATUS_MALFORMED);
	crl = list_of(a, &der, BYTES(""));
	assert_int_equal(crl->deviations,
	    deviation_bit(DEV_CRL_ENTRIES_EMPTY));
	buf_free(&der);
	arena_free(a);
}

static void
search_and_walk_agree_on_long_entries(void **state)
{
	struct arena *a = arena_create(1 << 20);
	uint8_t serial[200];
	struct buf entries, der;
	struct crl_entry entry;
	struct der_fault fault;
	struct crl *crl;
	size_t i;

	buf_init(&entries, CRL_MAX);
	buf_init(&der, CRL_MAX);
	memset(serial, 0x5A, sizeof(serial));
	for (i = 1; i <= sizeof(serial); i++)
		add_entry(&entries, span_of(serial, i), NULL);
	crl = list_of(a, &der, span_of(entries.ptr, entries.len));
	for (i = 1; i <= sizeof(serial); i++) {
		assert_int_equal(crl_find(crl, crl->issuer, span_of(serial, i),
		                     &entry, &fault),
		    STATUS_OK);
		assert_int_equal(entry.serial.len, i);
	}
	serial[0] = 0x5B;
	for (i = 1; i <= sizeof(serial); i++)
		assert_int_equal(crl_find(crl, crl->issuer, span_of(serial, i),
		                     &entry, &fault),
		    STATUS_NOT_FOUND);
	buf_free(&entries);
	buf_free(&der);
	arena_free(a);
}

static void
the_index_answers_as_the_search_does(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct crl_entry found, indexed;
	struct crl_index *index = NULL;
	struct buf entries, der;
	struct der_fault fault;
	struct crl *crl;
	uint8_t serial[3];
	uint32_t i;

	buf_init(&entries, CRL_MAX);
	buf_init(&der, CRL_MAX);
	for (i = 0; i < 3000; i++) {
		serial[0] = 0x40;
		serial[1] = (uint8_t)(i % 2999 >> 8); /* the last is twice */
		serial[2] = (uint8_t)(i % 2999);
		add_entry(&entries, span_of(serial, 3), NULL);
	}
	crl = list_of(a, &der, span_of(entries.ptr, entries.len));
	assert_int_equal(crl_index_build(a, crl, &index, &fault), STATUS_OK);
	for (i = 0; i < 4000; i++) {
		enum status rc;

		serial[1] = (uint8_t)(i >> 8);
		serial[2] = (uint8_t)i;
		rc = crl_find(crl, crl->issuer, span_of(serial, 3), &found,
		    &fault);
		assert_int_equal(rc, i < 2999 ? STATUS_OK : STATUS_NOT_FOUND);
		assert_int_equal(crl_index_find(index, span_of(serial, 3),
		                     &indexed, &fault),
		    rc);
		if (rc == STATUS_OK)
			assert_ptr_equal(found.whole.ptr, indexed.whole.ptr);
	}
	crl = list_of(a, &der, BYTES("\x30\x03\x02\x01\x01\x31\x00"));
	assert_int_equal(crl_index_build(a, crl, &index, &fault),
	    STATUS_MALFORMED);
	assert_ptr_equal(crl->der.ptr + fault.offset, crl->entries.ptr + 5);
	crl->idp.is_indirect = true;
	assert_int_equal(crl_index_build(a, crl, &index, &fault),
	    STATUS_UNSUPPORTED);
	buf_free(&entries);
	buf_free(&der);
	arena_free(a);
}

static void
use_crl(struct span s)
{
	struct arena *a = arena_create(1 << 20);
	struct der_fault fault = { 0 };
	struct crl_entry entry;
	deviations dev;
	struct crl *crl;
	enum status rc;
	size_t count;

	rc = crl_parse(a, s, &crl, &fault);
	if (rc == STATUS_OK) {
		rc = crl_find(crl, crl->issuer, BYTES("\x10\x02"), &entry,
		    &fault);
		rc = crl_check(crl, &count, &dev, &fault);
	}
	if (rc == STATUS_MALFORMED) {
		assert_non_null(fault.rule);
		assert_true(fault.offset <= s.len);
	}
	arena_free(a);
}

static void
no_mutilation_crashes(void **state)
{
	struct arena *a = arena_create(1 << 20);

	fixture_mutilate(fixture_bytes(a, "pki/base-crl.der"), use_crl);
	fixture_mutilate(fixture_pem(a, "pki/delta-crl.pem"), use_crl);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_list_is_read),
		cmocka_unit_test(entries_are_found_where_they_are),
		cmocka_unit_test(a_delta_names_its_base),
		cmocka_unit_test(
		    entries_of_an_indirect_list_keep_the_issuer_before_them),
		cmocka_unit_test(odd_entries_do_not_mislead_the_search),
		cmocka_unit_test(search_and_walk_agree_on_long_entries),
		cmocka_unit_test(the_index_answers_as_the_search_does),
		cmocka_unit_test(no_mutilation_crashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
