/*
 * A list of a million entries is 40 MB, and a question is about one of them.
 * So nothing is built from the entries: the frame is read once, which gives
 * the span they fill, and a search hops from entry to entry along their
 * lengths, looking at each serial number's length and last octet first. That
 * is as fast as memory can be read, and needs none; only the entry found is
 * decoded.
 *
 * The price is that an entry which nobody asked for may be malformed unseen
 * beyond its frame; crl_check looks at all of them. The search never trusts a
 * length: what does not have the usual short form goes through the DER reader,
 * which refuses it with offset and rule.
 *
 * In an indirect list an entry may name the issuer whose certificate it
 * revokes, and those that follow mean the same one until another is named
 * (RFC 5280 5.3.3). The search must then look into the extensions of every
 * entry on the way.
 */
#include "wire/crl.h"

#include "wire/extcheck.h"
#include "wire/name.h"

#define CRL_NUMBER_MAX_OCTETS 20 /* RFC 5280 5.2.3 */
#define REASON_MAX 10

static const char *const reasons[REASON_MAX + 1] = {
	[REASON_UNSPECIFIED] = "unspecified",
	[REASON_KEY_COMPROMISE] = "key compromise",
	[REASON_CA_COMPROMISE] = "CA compromise",
	[REASON_AFFILIATION_CHANGED] = "affiliation changed",
	[REASON_SUPERSEDED] = "superseded",
	[REASON_CESSATION] = "cessation of operation",
	[REASON_HOLD] = "certificate hold",
	[REASON_REMOVE_FROM_CRL] = "remove from CRL",
	[REASON_PRIVILEGE_WITHDRAWN] = "privilege withdrawn",
	[REASON_AA_COMPROMISE] = "AA compromise",
};

const char *
crl_reason_text(enum crl_reason reason)
{
	return reason < 0 || reason > REASON_MAX ? NULL : reasons[reason];
}

/* version is OPTIONAL and, if present, v2 (RFC 5280 5.1.2.1). */
static bool
read_version(struct der *tbs, struct crl *crl)
{
	uint64_t version = 0;

	if (der_is(tbs, DER_INTEGER)) {
		if (!der_uint(tbs, DER_INTEGER,
		        "RFC 5280 5.1.2.1: the version is not a small number",
		        INT16_MAX, &version))
			return false;
		if (version != 1)
			der_deviate(tbs, DEV_VERSION_UNKNOWN);
	}
	crl->version = (int)version + 1;
	return true;
}

static bool
read_dates(struct der *tbs, struct crl *crl)
{
	crl->next_update = TIME_NONE;
	if (!der_time(tbs, "RFC 5280 5.1.2.4: thisUpdate is not a time",
	        &crl->this_update))
		return false;
	if (!der_is(tbs, DER_UTC_TIME) && !der_is(tbs, DER_GENERALIZED_TIME)) {
		der_deviate(tbs, DEV_CRL_NO_NEXT_UPDATE);
		return true;
	}
	return der_time(tbs, "RFC 5280 5.1.2.5: nextUpdate is not a time",
	    &crl->next_update);
}

static bool
read_entries(struct der *tbs, struct crl *crl)
{
	if (!der_is(tbs, DER_SEQUENCE))
		return true;
	if (!der_take(tbs, DER_SEQUENCE,
	        "RFC 5280 5.1.2.6: revokedCertificates is not a SEQUENCE",
	        &crl->entries))
		return false;
	if (crl->entries.len == 0)
		der_deviate(tbs, DEV_CRL_ENTRIES_EMPTY);
	return true;
}

static enum status
read_extensions(struct arena *a, struct der *tbs, struct crl *crl)
{
	static const char rule[] =
	    "RFC 5280 5.1: bytes follow the last field of TBSCertList";
	enum status rc;
	struct der in;

	if (der_is_empty(tbs))
		return STATUS_OK;
	if (!der_enter(tbs, DER_INSIDE(0), rule, &in))
		return STATUS_MALFORMED;
	if (crl->version < 2)
		der_deviate(tbs, DEV_CRL_VERSION);
	if ((rc = ext_list_read(a, &in, &crl->exts)) != STATUS_OK)
		return rc;
	return der_done(&in, rule) && der_done(tbs, rule) ? STATUS_OK :
	                                                    STATUS_MALFORMED;
}

static enum status
read_tbs(struct arena *a, struct der *tbs, struct crl *crl,
    struct sigalg *inner)
{
	if (!read_version(tbs, crl) || !sigalg_read(tbs, inner) ||
	    !name_read(tbs, "RFC 5280 5.1.2.3: the issuer is not a Name",
	        &crl->issuer) ||
	    !read_dates(tbs, crl) || !read_entries(tbs, crl))
		return STATUS_MALFORMED;
	if (name_is_empty(crl->issuer))
		der_deviate(tbs, DEV_ISSUER_EMPTY);
	return read_extensions(a, tbs, crl);
}

static bool
read_number(struct der_source *source, const struct ext *ext,
    struct span *ret_number)
{
	if (!ext_integer(source, ext, ret_number))
		return false;
	if (ret_number->len > CRL_NUMBER_MAX_OCTETS)
		source->deviations |= deviation_bit(DEV_CRL_NUMBER_LONG);
	return true;
}

/* Decode the extensions that tell what a list is good for. */
static void
read_scope(struct der_source *source, struct crl *crl)
{
	const struct ext *ext;
	bool ok = true;

	crl->next_publish = TIME_NONE;
	if ((ext = crl_ext(crl, EXT_AKI)) != NULL)
		ok &= ext_authority_key(source, ext, &crl->aki);
	if ((ext = crl_ext(crl, EXT_CRL_NUMBER)) != NULL)
		ok &= read_number(source, ext, &crl->number);
	if ((ext = crl_ext(crl, EXT_DELTA_CRL)) != NULL)
		ok &= read_number(source, ext, &crl->base_number);
	if ((ext = crl_ext(crl, EXT_IDP)) != NULL) {
		ok &= ext_issuing_dist_point(source, ext, &crl->idp);
		crl->has_idp = true;
	}
	if ((ext = crl_ext(crl, EXT_MS_NEXT_PUBLISH)) != NULL)
		ok &= ext_ms_next_publish(source, ext, &crl->next_publish);
	if (!ok)
		source->deviations |= deviation_bit(DEV_EXTENSION_MALFORMED);
	crl->bad_extension = source->fault;
}

static enum status
read_fields(struct arena *a, struct der *d, struct crl *crl)
{
	struct der_value whole, tbs;
	struct der_bits signature;
	struct sigalg inner;
	struct der in, body;
	enum status rc;

	if (!der_get(d, DER_SEQUENCE,
	        "RFC 5280 5.1: the CRL is not a SEQUENCE", &whole))
		return STATUS_MALFORMED;
	if (!der_is_empty(d))
		der_deviate(d, DEV_TRAILING_BYTES);
	in = der_open(d->source, whole.content);
	if (!der_get(&in, DER_SEQUENCE,
	        "RFC 5280 5.1: TBSCertList is not a SEQUENCE", &tbs))
		return STATUS_MALFORMED;
	crl->der = whole.whole;
	crl->tbs = tbs.whole;
	body = der_open(d->source, tbs.content);
	if ((rc = read_tbs(a, &body, crl, &inner)) != STATUS_OK)
		return rc;
	if (!sigalg_read(&in, &crl->sigalg) ||
	    !der_bits(&in, DER_BIT_STRING,
	        "RFC 5280 5.1.1.3: the signature is not a BIT STRING",
	        &signature) ||
	    !der_done(&in, "RFC 5280 5.1: bytes follow the signature"))
		return STATUS_MALFORMED;
	if (signature.unused != 0)
		der_deviate(d, DEV_SIGNATURE_BITS);
	if (!der_equal(inner.whole, crl->sigalg.whole))
		der_deviate(d, DEV_SIGALG_MISMATCH);
	crl->signature = signature.octets;
	return STATUS_OK;
}

enum status
crl_parse(struct arena *a, struct span der, struct crl **ret_crl,
    struct der_fault *ret_fault)
{
	struct der_source source = der_source_of(der);
	struct der d = der_open(&source, der);
	struct crl *crl;
	enum status rc;

	if (der.len > CRL_MAX_BYTES)
		return STATUS_TOO_BIG;
	if ((crl = arena_new(a, struct crl)) == NULL)
		return STATUS_NO_MEMORY;
	if ((rc = read_fields(a, &d, crl)) != STATUS_OK) {
		if (rc == STATUS_MALFORMED)
			*ret_fault = source.fault;
		return rc;
	}
	read_scope(&source, crl);
	crl->deviations = source.deviations;
	*ret_crl = crl;
	return STATUS_OK;
}

static bool
read_reason(struct der_source *source, const struct ext *ext,
    enum crl_reason *ret_reason)
{
	struct der d = ext_open(source, ext);
	uint64_t reason;

	if (!der_uint(&d, DER_ENUMERATED,
	        "RFC 5280 5.3.1: the reason is not an ENUMERATED", UINT8_MAX,
	        &reason))
		return false;
	ext_close(&d);
	if (reason > REASON_MAX || reasons[reason] == NULL) {
		der_deviate(&d, DEV_CRL_REASON);
		reason = REASON_UNSPECIFIED;
	}
	*ret_reason = (enum crl_reason)reason;
	return true;
}

static bool
read_invalidity(struct der_source *source, const struct ext *ext,
    ticks *ret_date)
{
	struct der d = ext_open(source, ext);

	if (!der_generalized_time(&d,
	        "RFC 5280 5.3.2: the invalidity date is not a GeneralizedTime",
	        ret_date))
		return false;
	ext_close(&d);
	return true;
}

/* The content of the GeneralNames, which crl_find compares. */
static bool
read_issuer(struct der_source *source, const struct ext *ext,
    struct span *ret_issuer)
{
	struct der names;

	if (!ext_open_list(source, ext,
	        "RFC 5280 5.3.3: the certificate issuer is not a SEQUENCE",
	        &names))
		return false;
	*ret_issuer = der_rest(&names);
	return true;
}

static bool
read_entry_extension(struct der_source *source, const struct ext *ext,
    struct crl_entry *entry)
{
	switch ((int)ext->id) {
	case EXT_REASON:
		return read_reason(source, ext, &entry->reason);
	case EXT_INVALIDITY_DATE:
		return read_invalidity(source, ext, &entry->invalidity_date);
	case EXT_CERTIFICATE_ISSUER:
		return read_issuer(source, ext, &entry->issuer);
	default:
		entry->has_unknown_critical |= ext->is_critical;
		return true;
	}
}

/*
 * A fault inside an extension is no fault of the entry, so it goes to a
 * source of its own.
 */
static bool
read_entry_extensions(struct der *in, struct crl_entry *entry)
{
	struct der_source inside;
	struct der list;
	struct ext ext;

	if (!der_enter(in, DER_SEQUENCE,
	        "RFC 5280 5.1: the extensions of an entry are not a SEQUENCE",
	        &list))
		return false;
	while (!der_is_empty(&list)) {
		if (!ext_next(&list, &ext))
			return false;
		inside = (struct der_source){ .origin = in->source->origin };
		if (!read_entry_extension(&inside, &ext, entry))
			der_deviate(in, DEV_EXTENSION_MALFORMED);
		in->source->deviations |= inside.deviations;
	}
	return true;
}

static bool
read_entry(struct der *entries, struct crl_entry *entry)
{
	struct der_value whole;
	struct der in;

	if (!der_get(entries, DER_SEQUENCE,
	        "RFC 5280 5.1.2.6: an entry is not a SEQUENCE", &whole))
		return false;
	in = der_open(entries->source, whole.content);
	entry->whole = whole.whole;
	if (!der_integer(&in, DER_INTEGER,
	        "RFC 5280 5.1.2.6: a serial number is not an INTEGER",
	        &entry->serial) ||
	    !der_time(&in, "RFC 5280 5.1.2.6: a revocation date is not a time",
	        &entry->date))
		return false;
	return (der_is_empty(&in) || read_entry_extensions(&in, entry)) &&
	    der_done(&in, "RFC 5280 5.1: bytes follow the last field of an "
	                  "entry");
}

struct crl_reader
crl_open(const struct crl *crl, struct der_source *source)
{
	return (struct crl_reader){ .entries = der_open(source, crl->entries) };
}

enum status
crl_next(struct crl_reader *r, struct crl_entry *ret_entry)
{
	struct crl_entry entry = {
		.reason = REASON_NONE,
		.invalidity_date = TIME_NONE,
		.issuer = r->issuer,
	};

	if (der_is_empty(&r->entries))
		return STATUS_END;
	if (!read_entry(&r->entries, &entry))
		return STATUS_MALFORMED;
	r->issuer = entry.issuer;
	*ret_entry = entry;
	return STATUS_OK;
}

/*
 * Take entries off the front of `d` until one has this serial number and is
 * next to read. Entries of the usual form, lengths below 128, are hopped over
 * at once; any other goes through the reader.
 */
static enum status
skip_to_serial(struct der *d, struct span serial)
{
	static const char rule[] = "RFC 5280 5.1.2.6: an entry does not begin "
	                           "with its serial number";
	const uint8_t last = serial.ptr[serial.len - 1];
	struct der_value entry;
	struct span found;
	struct der in;

	while (!der_is_empty(d)) {
		const uint8_t *p = d->at;
		size_t left = der_left(d);

		while (left >= 5 && p[0] == DER_SEQUENCE && p[1] < 0x80 &&
		    p[1] <= left - 2 && p[2] == DER_INTEGER && p[3] != 0 &&
		    p[3] + 2u <= p[1]) {
			if (p[3] == serial.len && p[3 + serial.len] == last &&
			    memcmp(p + 4, serial.ptr, serial.len) == 0)
				break;
			left -= p[1] + 2u;
			p += p[1] + 2u;
		}
		d->at = p;
		if (der_is_empty(d))
			break;
		if (!der_get(d, DER_SEQUENCE, rule, &entry))
			return STATUS_MALFORMED;
		in = der_open(d->source, entry.content);
		if (!der_integer(&in, DER_INTEGER, rule, &found))
			return STATUS_MALFORMED;
		if (der_equal(found, serial)) {
			d->at = entry.whole.ptr;
			return STATUS_OK;
		}
	}
	return STATUS_NOT_FOUND;
}

/* True when one of the names is this directory name. */
static bool
names_have(struct span names, struct span issuer)
{
	struct der_source source = der_source_of(names);
	struct der list = der_open(&source, names);
	struct general_name name;

	while (!der_is_empty(&list) && general_name_next(&list, &name))
		if (name.kind == GENERAL_DIRECTORY &&
		    name_match(name.value, issuer))
			return true;
	return false;
}

static enum status
find_indirect(const struct crl *crl, struct der_source *source,
    struct span issuer, struct span serial, struct crl_entry *ret_entry)
{
	struct crl_reader r = crl_open(crl, source);
	bool is_own = name_match(crl->issuer, issuer);
	struct crl_entry entry;
	enum status rc;

	while ((rc = crl_next(&r, &entry)) == STATUS_OK) {
		if (!der_equal(entry.serial, serial))
			continue;
		if (entry.issuer.ptr == NULL ? is_own :
		                               names_have(entry.issuer, issuer)) {
			*ret_entry = entry;
			return STATUS_OK;
		}
	}
	return rc == STATUS_END ? STATUS_NOT_FOUND : rc;
}

enum status
crl_find(const struct crl *crl, struct span issuer, struct span serial,
    struct crl_entry *ret_entry, struct der_fault *ret_fault)
{
	struct der_source source = der_source_of(crl->der);
	struct crl_reader r = crl_open(crl, &source);
	enum status rc;

	if (serial.len == 0)
		return STATUS_NOT_FOUND;
	if (crl->idp.is_indirect)
		rc = find_indirect(crl, &source, issuer, serial, ret_entry);
	else if ((rc = skip_to_serial(&r.entries, serial)) == STATUS_OK)
		rc = crl_next(&r, ret_entry);
	if (rc == STATUS_MALFORMED)
		*ret_fault = source.fault;
	return rc;
}

enum status
crl_check(const struct crl *crl, size_t *ret_count,
    deviations *ret_deviations, struct der_fault *ret_fault)
{
	struct der_source source = der_source_of(crl->der);
	struct crl_reader r = crl_open(crl, &source);
	struct crl_entry entry;
	size_t count = 0, i;
	enum status rc;

	source.deviations = crl->deviations | name_deviations(crl->issuer);
	while ((rc = crl_next(&r, &entry)) == STATUS_OK)
		count++;
	for (i = 0; rc == STATUS_END && i < crl->exts.count; i++)
		if (!ext_check(&source, &crl->exts.items[i]))
			rc = STATUS_MALFORMED;
	if (rc != STATUS_END) {
		*ret_fault = source.fault;
		return rc;
	}
	*ret_count = count;
	*ret_deviations = source.deviations;
	return STATUS_OK;
}
