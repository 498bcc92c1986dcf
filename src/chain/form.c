/*
 * Strict profiles only. These rules speak to CAs ("conforming CAs MUST"), and
 * a verifier that wants to know whether a chain conforms has to look at them;
 * Windows and most others do not.
 */
#include "chain/form.h"

#include "chain/names.h"
#include "wire/extcheck.h"
#include "wire/name.h"
#include "wire/policy.h"

/* Deviations of the frame that are rules by themselves. */
static const struct {
	enum deviation deviation;
	enum rule rule;
} frame_rules[] = {
	{ DEV_SERIAL_NEGATIVE, RULE_SERIAL },
	{ DEV_SERIAL_ZERO, RULE_SERIAL },
	{ DEV_SERIAL_LONG, RULE_SERIAL },
	{ DEV_SIGALG_MISMATCH, RULE_SIGALG_MISMATCH },
	{ DEV_ISSUER_EMPTY, RULE_ISSUER_EMPTY },
	{ DEV_SUBJECT_EMPTY, RULE_SUBJECT_EMPTY },
	{ DEV_EXTENSION_DUPLICATE, RULE_DUPLICATE },
	{ DEV_VERSION_EXTENSIONS, RULE_VERSION_EXTENSIONS },
};

/* Extensions that must be critical, or must not. */
static const struct {
	enum ext_id id;
	bool must_be_critical;
	enum rule rule;
} critical_rules[] = {
	{ EXT_AKI, false, RULE_AKI_CRITICAL },
	{ EXT_SKI, false, RULE_SKI_CRITICAL },
	{ EXT_AIA, false, RULE_AIA_CRITICAL },
	{ EXT_NAME_CONSTRAINTS, true, RULE_NC_NOT_CRITICAL },
	{ EXT_POLICY_CONSTRAINTS, true, RULE_PC_NOT_CRITICAL },
	{ EXT_INHIBIT_ANY, true, RULE_INHIBIT_NOT_CRITICAL },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
judge_frame(struct judge *j, int element)
{
	bool is_anchor = element != 0 && element == j->last;
	const struct cert *cert = judge_cert(j, element);
	const struct ext *ext;
	size_t i;

	/*
	 * RFC 5280 4.1.2.2 bids users to be patient with such serial numbers,
	 * and nobody revokes an anchor by its own.
	 */
	for (i = 0; i < COUNT(frame_rules); i++)
		if (deviation_in(cert->deviations, frame_rules[i].deviation) &&
		    (frame_rules[i].rule != RULE_SERIAL || !is_anchor))
			judge_hold(j, frame_rules[i].rule, element);
	for (i = 0; i < COUNT(critical_rules); i++) {
		ext = cert_ext(cert, critical_rules[i].id);
		if (ext != NULL &&
		    ext->is_critical != critical_rules[i].must_be_critical)
			judge_hold(j, critical_rules[i].rule, element);
	}
}

/* Every extension must decode, whether anybody needs it or not. */
static void
judge_decoding(struct judge *j, int element)
{
	const struct cert *cert = judge_cert(j, element);
	struct der_source source = cert_source(cert);
	size_t i;

	for (i = 0; i < cert->exts.count; i++)
		if (!ext_check(&source, &cert->exts.items[i])) {
			judge_hold_fault(
			    j, RULE_EXTENSION, element, &source.fault);
			return;
		}
}

static void
judge_ca(struct judge *j, int element)
{
	const struct cert *cert = judge_cert(j, element);
	const struct ext *basic = cert_ext(cert, EXT_BASIC_CONSTRAINTS);

	if (!cert->basic.is_ca) {
		if (cert->basic.has_path_len)
			judge_hold(j, RULE_PATH_LENGTH_FORM, element);
		if (ext_has(&cert->exts, EXT_NAME_CONSTRAINTS))
			judge_hold(j, RULE_NC_NOT_CA, element);
		return;
	}
	if (!basic->is_critical)
		judge_hold(j, RULE_BASIC_NOT_CRITICAL, element);
	if (name_is_empty(cert->subject))
		judge_hold(j, RULE_CA_SUBJECT_EMPTY, element);
	if (cert->ski.ptr == NULL)
		judge_hold(j, RULE_SKI_MISSING, element);
	if ((cert->key_usage & USAGE_CERT_SIGN) == 0) {
		judge_hold(j, RULE_CA_CERT_SIGN, element);
		if (cert->basic.has_path_len)
			judge_hold(j, RULE_PATH_LENGTH_FORM, element);
	}
}

/* Signed by its own key, whatever the names say. */
static bool
signed_itself(struct judge *j, int element)
{
	const struct cert *cert = judge_cert(j, element);
	struct signed_octets what = { &cert->sigalg, cert->tbs,
		cert->signature };

	return judge_is_self_issued(j, element) ||
	    verifier_check(j->verifier, &what, &cert->spki, span_of("", 0)) ==
	    SIGN_GOOD;
}

/* RFC 5280 4.2.1.1: only who signed itself may leave the key id out. */
static void
judge_key_id(struct judge *j, int element)
{
	if (judge_cert(j, element)->aki.key_id.ptr == NULL &&
	    !(element == j->last && signed_itself(j, element)))
		judge_hold(j, RULE_AKI_MISSING, element);
}

static void
judge_lists(struct judge *j, int element)
{
	const struct cert *cert = judge_cert(j, element);
	struct der_source source = cert_source(cert);
	struct policy_constraints constraints;
	struct name_constraints names;
	const struct ext *ext;
	struct der list;

	if ((ext = cert_ext(cert, EXT_EKU)) != NULL &&
	    ext_open_list(&source, ext, "", &list) && der_is_empty(&list))
		judge_hold(j, RULE_EKU_EMPTY, element);
	source = cert_source(cert);
	if ((ext = cert_ext(cert, EXT_NAME_CONSTRAINTS)) != NULL &&
	    ext_name_constraints(&source, ext, &names) &&
	    deviation_in(source.deviations, DEV_LIST_EMPTY))
		judge_hold(j, RULE_NC_EMPTY, element);
	source = cert_source(cert);
	if ((ext = cert_ext(cert, EXT_POLICY_CONSTRAINTS)) != NULL &&
	    ext_policy_constraints(&source, ext, &constraints) &&
	    !constraints.has_explicit && !constraints.has_mapping)
		judge_hold(j, RULE_PC_EMPTY, element);
}

static void
judge_dns(struct judge *j, int element, struct span name)
{
	if (names_is_address_text(name))
		judge_hold_about(
		    j, RULE_SAN_DNS_ADDRESS, element, element, name);
	else if (!names_is_host(name) && !names_is_wildcard(name))
		judge_hold_about(j, RULE_SAN_DNS, element, element, name);
}

static void
judge_alternative_name(
    struct judge *j, int element, const struct general_name *name)
{
	struct span local, host;

	switch (name->kind) {
	case GENERAL_DNS:
		judge_dns(j, element, name->value);
		break;
	case GENERAL_IP:
		if (name->value.len != 4 && name->value.len != 16)
			judge_hold_about(
			    j, RULE_SAN_IP, element, element, name->value);
		break;
	case GENERAL_EMAIL:
		if (!names_split_mailbox(name->value, &local, &host))
			judge_hold_about(
			    j, RULE_SAN_EMAIL, element, element, name->value);
		break;
	case GENERAL_OTHER:
	case GENERAL_X400:
	case GENERAL_DIRECTORY:
	case GENERAL_EDI:
	case GENERAL_URI:
	case GENERAL_RID:
		break;
	}
}

static void
judge_alternative_names(struct judge *j, int element)
{
	const struct cert *cert = judge_cert(j, element);
	const struct ext *ext = cert_ext(cert, EXT_SAN);
	struct der_source source = cert_source(cert);
	struct general_name name;
	struct der list;

	if (ext == NULL || !ext_open_list(&source, ext, "", &list))
		return;
	if (der_is_empty(&list))
		judge_hold(j, RULE_SAN_EMPTY, element);
	while (!der_is_empty(&list) && general_name_next(&list, &name))
		judge_alternative_name(j, element, &name);
}

void
judge_form(struct judge *j)
{
	int i;

	if (!rule_counts(RULE_EXTENSION, j->profile))
		return;
	for (i = 0; i <= j->last; i++) {
		if (judge_excuses(j, i))
			continue;
		judge_frame(j, i);
		judge_decoding(j, i);
		judge_ca(j, i);
		judge_key_id(j, i);
		judge_lists(j, i);
		judge_alternative_names(j, i);
	}
	judge_form_web(j);
}
