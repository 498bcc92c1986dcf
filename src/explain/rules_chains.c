/*
 * Build Chain (11): the status bits of chain and elements say what is wrong;
 * the code of the call stands in where a paste has lost them. Rows with bits
 * come first, the gravest first, and each takes its bits away, so that one
 * chain can have several causes.
 */
#include "explain/rule.h"

#include "base/text.h"
#include "explain/status_bits.h"

#define RSA_MIN_BITS 1024 /* Windows' MinRsaPubKeyBitLength */

static const uint32_t codes_distrust[] = { 0x800B0111, 0 };
static const uint32_t codes_untrusted[] = { 0x800B0109, 0x80090325,
	0x800B010D, 0x800B0112, 0x80090352, 0x80090359, 0x80092007, 0 };
static const uint32_t codes_chaining[] = { 0x800B010A, 0x800B0107, 0 };
static const uint32_t codes_usage[] = { 0x800B0110, 0x800B0106, 0x80090349,
	0 };
static const uint32_t codes_basic[] = { 0x80096019, 0x800B0104, 0x800B0103,
	0 };
static const uint32_t codes_policy[] = { 0x800B0113, 0 };
static const uint32_t codes_name_constraint[] = { 0x800B0114, 0 };
static const uint32_t codes_critical[] = { 0x800B0105, 0 };
static const uint32_t codes_malformed[] = { 0x800B0108, 0x80093100, 0x80093102,
	0x80093103, 0x8009310B, 0x80092002, 0 };

static const char *const inspectors[] = { "avast", "avg ", "kaspersky", "eset",
	"bitdefender", "mcafee", "norton", "symantec", "sophos", "dr.web",
	"zscaler", "fortinet", "fortigate", "blue coat", "bluecoat",
	"palo alto", "netskope", "umbrella", "untangle", "check point", "adguard",
	"superfish", "trend micro", "comodo antivirus", "webroot" };

static bool
names_inspector(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(inspectors) / sizeof(*inspectors); i++)
		if (text_find_nocase(name, inspectors[i]) != NULL)
			return true;
	return false;
}

/* The last element of the first chain, which is the root or the gap. */
static const struct element *
top_of(const struct look *l)
{
	const struct element *e;

	if (l->s->chains == NULL || (e = l->s->chains->elements) == NULL)
		return NULL;
	while (e->next != NULL)
		e = e->next;
	return e;
}

static bool
is_from_inspector(const struct look *l)
{
	const struct element *top = top_of(l);

	return names_inspector(l->s->subject) || names_inspector(l->s->issuer) ||
	    (top != NULL && names_inspector(top->subject));
}

static bool
is_sharepoint(const struct look *l)
{
	const struct element *top = top_of(l);

	return text_starts_nocase(l->s->subject, "SharePoint ") ||
	    (top != NULL && text_starts_nocase(top->subject, "SharePoint "));
}

static bool
is_sharepoint_without_code(const struct look *l)
{
	return is_sharepoint(l) && is_without_code(l);
}

static bool
is_root_element(const struct look *l)
{
	return l->e != NULL && (l->e->info & INFO_SELF_SIGNED) != 0;
}

static bool
lacks_windows_pca_2024(const struct look *l)
{
	const struct element *top = top_of(l);
	const char *issuer = top == NULL || top->facts == NULL ?
	    l->s->issuer :
	    top->facts->issuer;

	return text_find_nocase(issuer, "PCA 2024") != NULL;
}

static bool
is_before_validity(const struct look *l)
{
	const struct cert_facts *f = l->e == NULL ? NULL : l->e->facts;
	ticks at = l->s->validation_time != TIME_NONE ? l->s->validation_time :
	                                                l->c->last;

	return f != NULL && f->not_before != TIME_NONE && at != TIME_NONE &&
	    at < f->not_before;
}

static bool
is_weak(const struct look *l)
{
	return (l->bits & ERROR_WEAK_SIGNATURE) != 0;
}

/* "RSA 512": older Windows says only that the signature is not valid. */
static bool
is_weak_key(const struct look *l)
{
	const char *key = l->e == NULL ? NULL : l->e->key;
	uint64_t bits;

	if (key == NULL && l->e != NULL && l->e->facts != NULL)
		key = l->e->facts->key;
	return text_starts_nocase(key, "RSA ") && text_to_u64(key + 4, &bits) &&
	    bits < RSA_MIN_BITS;
}

static bool
element_says_no_check(const struct look *l)
{
	if (l->e != NULL && l->e->revocation.is_known)
		return l->e->revocation.value == 0x80092012;
	/* The one bit without the other means that there was nothing to ask. */
	return (l->bits & ERROR_REVOCATION) == ERROR_REVOCATION_UNKNOWN;
}

static bool
is_offline_code(const struct look *l)
{
	return look_has_code(l, codes_offline) ||
	    (l->bits & ERROR_REVOCATION) != 0;
}

static bool
is_offline_cache_only(const struct look *l)
{
	return is_offline_code(l) && is_cache_only(l);
}

static bool
is_offline_for_lsass(const struct look *l)
{
	return is_offline_code(l) && is_asked_by_lsass(l);
}

static bool
has_stale_evidence(const struct look *l)
{
	const struct evidence *v = l->e == NULL ? NULL : l->e->evidence;
	ticks now = l->c->last;

	return is_offline_code(l) && v != NULL && v->facts != NULL &&
	    v->facts->next_update != TIME_NONE && now != TIME_NONE &&
	    v->facts->next_update < now;
}

#define SKIP(why, mask) \
	{ NULL, mask, why, NULL, HARMLESS_YES, true, NULL, NULL, NULL, NULL, \
		{ NULL } }

static const struct rule chains[] = {
	/* What a policy or its owner has forbidden */
	{ NULL, ERROR_EXPLICIT_DISTRUST, is_root_element, "explicit-distrust",
	    HARMLESS_NO, false, "A root is explicitly distrusted here",
	    "{element|The root} carries CERT_TRUST_IS_EXPLICIT_DISTRUST: {code}. "
	    "It is not revoked by its CA: a distrust entry or a limiting property "
	    "of a copy in a store decides.",
	    "Every chain that ends there is refused for that program.",
	    "Often it is a stray copy of the root in the user's own store, which "
	    "lacks the properties of the machine's copy.",
	    { "delete-stray-user-root-copy", "install-root",
	        "replace-certificate" } },
	{ NULL, ERROR_EXPLICIT_DISTRUST, NULL, "explicit-distrust", HARMLESS_NO,
	    false, "A certificate is explicitly distrusted",
	    "{element|A certificate} or its key is on a disallowed list: {code}.",
	    "Every chain through it is refused, and should be.", NULL,
	    { "replace-certificate", "delete-stray-user-root-copy" } },
	{ NULL, ERROR_REVOKED, is_explained_inside, NULL, HARMLESS_YES, true,
	    NULL, NULL, NULL, NULL, { NULL } },
	{ NULL, ERROR_REVOKED, NULL, "revoked", HARMLESS_NO, false,
	    "A certificate is revoked",
	    "{element|The certificate} is revoked: {code}.",
	    "Whoever checks will refuse it, and should.", NULL,
	    { "replace-certificate", "expected-if-test" } },
	/* What is broken in the chain itself */
	{ NULL, ERROR_SIGNATURE, is_weak_key, "weak-key", HARMLESS_NO, false,
	    "A key is too short",
	    "{element|A certificate} has an RSA key below 1024 bits, which "
	    "Windows refuses: {code}.",
	    "The chain is refused.", NULL,
	    { "replace-certificate", "expected-if-test" } },
	{ NULL, ERROR_SIGNATURE, is_weak, "weak-signature", HARMLESS_NO, false,
	    "A signature or key is too weak for this machine's rules",
	    "{element|A certificate} is signed with an algorithm or a key that "
	    "is refused: {code}.",
	    "The chain is refused.", NULL,
	    { "replace-certificate", "expected-if-test" } },
	{ NULL, ERROR_SIGNATURE, NULL, "bad-signature", HARMLESS_NO, false,
	    "A certificate's signature does not verify",
	    "The signature of {element|a certificate} does not verify: {code}. "
	    "It was changed, or its issuer has another key under the same name.",
	    "The chain is refused.", NULL,
	    { "replace-certificate", "install-intermediate",
	        "check-antivirus" } },
	{ NULL, ERROR_PARTIAL_CHAIN, lacks_windows_pca_2024, "partial-chain",
	    HARMLESS_NO, false, "A Microsoft intermediate of 2024 is missing",
	    "The chain of {subject|a certificate} ends below {issuer|an issuer}, "
	    "which is not on this machine: {code}.",
	    "Files signed under it are refused.", NULL,
	    { "add-code-signing-pca-2024", "install-intermediate",
	        "allow-auto-root-update-url" } },
	{ NULL, ERROR_PARTIAL_CHAIN, NULL, "partial-chain", HARMLESS_NO, false,
	    "An issuer's certificate is missing",
	    "The chain of {subject|a certificate} ends at {top|a certificate}, "
	    "whose issuer was not found: {code}.",
	    "The chain is refused.",
	    "The input does not tell whether the sender forgot it or this machine "
	    "could not fetch it.",
	    { "install-intermediate", "install-intermediate-on-sender",
	        "install-root" } },
	{ NULL, ERROR_UNTRUSTED_ROOT, is_sharepoint, "untrusted-root",
	    HARMLESS_NO, false, "SharePoint's own root is not trusted here",
	    "The chain of {subject|a SharePoint certificate} ends in a root that "
	    "is not in the trusted roots: {code}. For an unknown root Windows also "
	    "asks the internet for its list, which costs time where there is "
	    "none.",
	    "Calls between SharePoint's services are slow or refused.", NULL,
	    { "add-sharepoint-root-to-trusted-roots",
	        "allow-auto-root-update-url", "turn-off-auto-root-update" } },
	{ NULL, ERROR_UNTRUSTED_ROOT, is_from_inspector, "untrusted-root",
	    HARMLESS_NO, false, "A product that inspects TLS is not trusted here",
	    "The chain of {subject|a certificate} ends in {top|a root}, which looks "
	    "like an antivirus or inspection product's own: {code}.",
	    "Connections through that product are refused by this program.",
	    "Only the name says so; make sure that the product is yours.",
	    { "check-antivirus", "update-or-remove-antivirus",
	        "install-root" } },
	{ NULL, ERROR_UNTRUSTED_ROOT, NULL, "untrusted-root", HARMLESS_NO, false,
	    "A chain ends in a root that is not trusted",
	    "The chain of {subject|a certificate} ends in {top|a root}, which is "
	    "not trusted: {code}.",
	    "The chain is refused.", NULL,
	    { "install-root", "allow-auto-root-update-url",
	        "check-antivirus" } },
	{ NULL, ERROR_TIME, is_before_validity, "not-yet-valid", HARMLESS_NO,
	    false, "A certificate is not valid yet",
	    "{element|A certificate} begins to be valid later than the time of "
	    "the check: {code}.",
	    "The chain is refused until then.", NULL,
	    { "check-clock", "replace-certificate" } },
	{ NULL, ERROR_TIME, NULL, "expired", HARMLESS_NO, false,
	    "A certificate has expired",
	    "{element|A certificate} is outside its validity{until|}: {code}.",
	    "The chain is refused.", NULL,
	    { "replace-certificate", "check-clock" } },
	{ NULL, ERROR_USAGE, NULL, "wrong-usage", HARMLESS_NO, false,
	    "A certificate may not be used for this purpose",
	    "{element|A certificate} does not allow what was asked "
	    "({usages|the usage is not given}): {code}.",
	    "The chain is refused for this purpose.", NULL,
	    { "replace-certificate" } },
	{ NULL, ERROR_NAME_CONSTRAINTS, NULL, "name-constraint", HARMLESS_NO,
	    false, "A name is outside the constraints of a CA",
	    "{element|A CA} does not allow a name in the certificate of "
	    "{subject|the subject}: {code}.",
	    "The chain is refused.", NULL, { "replace-certificate" } },
	{ NULL, ERROR_BASIC_CONSTRAINTS, NULL, "basic-constraints", HARMLESS_NO,
	    false, "An issuer is not a CA, or the path is too long",
	    "{element|A certificate} is not allowed to stand where it stands in "
	    "this chain: {code}.",
	    "The chain is refused.", NULL, { "replace-certificate" } },
	{ NULL, ERROR_CRITICAL, NULL, "unknown-critical-extension", HARMLESS_NO,
	    false, "A critical extension is not understood",
	    "{element|A certificate} has a critical extension that Windows does "
	    "not know: {code}.",
	    "The chain is refused.", NULL, { "replace-certificate" } },
	{ NULL, ERROR_POLICY, NULL, "invalid-policy", HARMLESS_NO, false,
	    "The certificate policies do not fit",
	    "The policies or extensions of {element|a certificate} do not fit: "
	    "{code}.",
	    "The chain is refused.", NULL, { "replace-certificate" } },
	{ NULL, ERROR_CTL_USAGE, NULL, "wrong-usage", HARMLESS_NO, false,
	    "A trust list in the chain does not allow the purpose",
	    "A trust list that takes part in the chain is not meant for what was "
	    "asked: {code}.",
	    "The chain is refused for this purpose.", NULL,
	    { "replace-certificate", "clear-url-cache" } },
	{ NULL, ERROR_CTL_TIME, NULL, "ctl-signer-expired", HARMLESS_NO, false,
	    "A trust list in the chain is out of date",
	    "A trust list that takes part in the chain is outside its validity: "
	    "{code}.",
	    "The chain is refused until a newer list is there.", NULL,
	    { "clear-url-cache", "wait-for-updated-ctl",
	        "allow-auto-root-update-url" } },
	{ NULL, ERROR_CTL_SIGNATURE, NULL, "bad-signature", HARMLESS_NO, false,
	    "A trust list in the chain is not valid",
	    "A trust list that takes part in the chain is refused: {code}.",
	    "The chain is refused.", NULL,
	    { "clear-url-cache", "check-antivirus" } },
	{ NULL, ERROR_CYCLIC, NULL, "partial-chain", HARMLESS_NO, false,
	    "The chain goes in a circle",
	    "Two CAs certify each other and no trusted root was reached: {code}.",
	    "The chain is refused.", NULL,
	    { "install-root", "install-intermediate" } },
	/* What is unknown */
	SKIP(is_explained_inside, ERROR_REVOCATION),
	{ NULL, ERROR_REVOCATION, element_says_no_check, "revocation-no-check",
	    HARMLESS_NO, false,
	    "A certificate cannot be checked for revocation at all",
	    "{element|A certificate} names no CRL and no OCSP responder that "
	    "could be used: {code}.",
	    "Callers that insist on revocation refuse it.", NULL,
	    { "fix-cdp", "replace-certificate" } },
	{ NULL, ERROR_REVOCATION, is_offline_cache_only,
	    "revocation-offline-cache-only", HARMLESS_YES, false,
	    "Revocation was looked up in the cache only, and is unknown",
	    "{process|The caller} allowed only the cache{flags} for "
	    "{element|a certificate}, and it held nothing usable: {code}. Nothing "
	    "was asked of the network.",
	    "It says that nothing is known, not that anything is revoked; callers "
	    "that forbid the network expect that.",
	    NULL, { "none-needed", "allow-network-to-crl" } },
	{ NULL, ERROR_REVOCATION, has_stale_evidence, "crl-expired", HARMLESS_NO,
	    false, "The CRL at hand has expired",
	    "The revocation evidence for {element|a certificate} was due for "
	    "renewal {date|before the check}: {code}.",
	    "Revocation stays unknown for every certificate of that issuer.",
	    "The input does not tell whether the CA serves a newer one.",
	    { "publish-fresh-crl", "allow-network-to-crl",
	        "clear-url-cache" } },
	{ NULL, ERROR_REVOCATION, is_offline_for_lsass,
	    "revocation-offline-network", HARMLESS_NO, false,
	    "Revocation is unknown: lsass.exe reached no CRL or OCSP server",
	    "lsass.exe could not learn whether {element|a certificate} is "
	    "revoked: {code}.{allowed}",
	    "TLS connections and logons that need the answer fail or wait.",
	    "Event 53 of the same task tells which URL was tried and how it "
	    "failed.",
	    { "allow-lsass-through-firewall", "allow-network-to-crl",
	        "set-winhttp-proxy" } },
	{ NULL, ERROR_REVOCATION, NULL, "revocation-offline-network",
	    HARMLESS_NO, false,
	    "Revocation is unknown: no CRL or OCSP server was reached",
	    "{process|The program} could not learn whether {element|a "
	    "certificate} is revoked: {code}.",
	    "Callers that insist on revocation refuse the certificate or wait.",
	    "Event 53 of the same task tells which URL was tried and how it "
	    "failed.",
	    { "allow-crl-ocsp-hosts", "set-winhttp-proxy",
	        "allow-network-to-crl" } },
};

/*
 * The SSL policy calls an incomplete chain CERT_E_UNTRUSTEDROOT too, but ties
 * it to no element (index -1), while an untrusted root is tied to the root.
 */
static bool
is_partial_for_ssl(const struct look *l)
{
	return l->s->policy_constant == POLICY_SSL && l->s->element_index == -1;
}

static bool
has_chain_cause(const struct look *l)
{
	return l->has_chain_cause || l->has_inner;
}

static const uint32_t codes_name[] = { 0x800B010F, 0x80090322, 0 };

/* Codes in place of bits: for policy checks, and chains without their bits. */
static const struct rule codes_of_chains[] = {
	{ codes_name, 0, NULL, "name-mismatch", HARMLESS_NO, false,
	    "The host name is not in the certificate",
	    "{process|The program} asked for {server|a host}, and the certificate "
	    "of {subject|the server} does not name it: {code}.",
	    "The connection is refused.", NULL,
	    { "replace-certificate", "check-antivirus" } },
	{ NULL, 0, has_chain_cause, NULL, HARMLESS_YES, true, NULL, NULL, NULL,
	    NULL, { NULL } },
	{ codes_untrusted, 0, is_partial_for_ssl, "partial-chain", HARMLESS_NO,
	    false, "The chain is incomplete or its root is not trusted",
	    "The SSL policy refused the chain of {subject|a certificate}: {code}. "
	    "The refusal is tied to no element, which is how this policy reports a "
	    "chain that reached no root: intermediates are missing.",
	    "The connection is refused.",
	    "An untrusted root gives the same code; event 11 of the same chain "
	    "tells which.",
	    { "install-intermediate-on-sender", "install-intermediate",
	        "install-root" } },
	{ codes_untrusted, 0, is_sharepoint, "untrusted-root",
	    HARMLESS_NO, false, "SharePoint's own root is not trusted here",
	    "The chain of {subject|a SharePoint certificate} ends in a root that "
	    "is not in the trusted roots: {code}.",
	    "Calls between SharePoint's services are slow or refused.", NULL,
	    { "add-sharepoint-root-to-trusted-roots",
	        "allow-auto-root-update-url", "turn-off-auto-root-update" } },
	{ codes_untrusted, 0, is_from_inspector, "untrusted-root", HARMLESS_NO,
	    false, "A product that inspects TLS is not trusted here",
	    "The chain of {subject|a certificate} ends in a root that looks like "
	    "an antivirus or inspection product's own: {code}.",
	    "Connections through that product are refused by this program.",
	    "Only the name says so; make sure that the product is yours.",
	    { "check-antivirus", "update-or-remove-antivirus",
	        "install-root" } },
	{ codes_untrusted, 0, NULL, "untrusted-root", HARMLESS_NO, false,
	    "A chain ends in a root that is not trusted",
	    "The chain of {subject|a certificate} ends in a root that is not "
	    "trusted: {code}.",
	    "The chain is refused.",
	    "Event 11 of the same chain names the root.",
	    { "install-root", "install-intermediate",
	        "allow-auto-root-update-url" } },
	{ codes_chaining, 0, lacks_windows_pca_2024, "partial-chain",
	    HARMLESS_NO, false, "A Microsoft intermediate of 2024 is missing",
	    "The chain of {subject|a certificate} ends below an issuer that is "
	    "not on this machine: {code}.",
	    "Files signed under it are refused.", NULL,
	    { "add-code-signing-pca-2024", "install-intermediate" } },
	{ codes_chaining, 0, NULL, "partial-chain", HARMLESS_NO, false,
	    "An issuer's certificate is missing",
	    "The chain of {subject|a certificate} is incomplete: {code}.",
	    "The chain is refused.",
	    "The input does not tell whether the sender forgot it or this machine "
	    "could not fetch it.",
	    { "install-intermediate", "install-intermediate-on-sender",
	        "install-root" } },
	{ codes_distrust, 0, NULL, "explicit-distrust", HARMLESS_NO, false,
	    "A certificate is explicitly distrusted",
	    "A certificate in the chain of {subject|the subject} is on a "
	    "disallowed list: {code}.",
	    "The chain is refused, and should be.", NULL,
	    { "replace-certificate", "delete-stray-user-root-copy" } },
	{ codes_revoked, 0, NULL, "revoked", HARMLESS_NO, false,
	    "A certificate is revoked",
	    "A certificate in the chain of {subject|the subject} is revoked: "
	    "{code}.",
	    "Whoever checks will refuse it, and should.", NULL,
	    { "replace-certificate", "expected-if-test" } },
	{ codes_expired, 0, NULL, "expired", HARMLESS_NO, false,
	    "A certificate is outside its validity",
	    "A certificate in the chain of {subject|the subject} is expired or "
	    "not valid yet: {code}.",
	    "The chain is refused.", NULL,
	    { "replace-certificate", "check-clock" } },
	{ codes_usage, 0, NULL, "wrong-usage", HARMLESS_NO, false,
	    "A certificate may not be used for this purpose",
	    "A certificate in the chain of {subject|the subject} does not allow "
	    "what was asked: {code}.",
	    "The chain is refused for this purpose.", NULL,
	    { "replace-certificate" } },
	{ codes_signature, 0, NULL, "bad-signature", HARMLESS_NO, false,
	    "A certificate's signature does not verify",
	    "A signature in the chain of {subject|the subject} does not verify: "
	    "{code}.",
	    "The chain is refused.", NULL,
	    { "replace-certificate", "check-antivirus" } },
	{ codes_basic, 0, NULL, "basic-constraints", HARMLESS_NO, false,
	    "An issuer is not a CA, or the path is too long",
	    "The chain of {subject|the subject} breaks its basic constraints: "
	    "{code}.",
	    "The chain is refused.", NULL, { "replace-certificate" } },
	{ codes_policy, 0, NULL, "invalid-policy", HARMLESS_NO, false,
	    "The certificate policies do not fit",
	    "The policies in the chain of {subject|the subject} do not fit: "
	    "{code}.",
	    "The chain is refused.", NULL, { "replace-certificate" } },
	{ codes_name_constraint, 0, NULL, "name-constraint", HARMLESS_NO, false,
	    "A name is outside the constraints of a CA",
	    "A name of {subject|the subject} is not allowed by a CA of its chain: "
	    "{code}.",
	    "The chain is refused.", NULL, { "replace-certificate" } },
	{ codes_critical, 0, NULL, "unknown-critical-extension", HARMLESS_NO,
	    false, "A critical extension is not understood",
	    "A certificate in the chain of {subject|the subject} has a critical "
	    "extension that Windows does not know: {code}.",
	    "The chain is refused.", NULL, { "replace-certificate" } },
	{ codes_malformed, 0, NULL, "malformed", HARMLESS_NO, false,
	    "A certificate cannot be read",
	    "{subject|A certificate} is not encoded as it should be: {code}.",
	    "The chain is refused.", NULL, { "replace-certificate" } },
	{ codes_no_check, 0, NULL, "revocation-no-check", HARMLESS_NO, false,
	    "A certificate cannot be checked for revocation at all",
	    "A certificate in the chain of {subject|the subject} names no CRL and "
	    "no OCSP responder that could be used: {code}.",
	    "Callers that insist on revocation refuse it.", NULL,
	    { "fix-cdp", "replace-certificate" } },
	{ NULL, 0, is_offline_cache_only, "revocation-offline-cache-only",
	    HARMLESS_YES, false,
	    "Revocation was looked up in the cache only, and is unknown",
	    "{process|The caller} allowed only the cache{flags} for "
	    "{subject|a certificate}, and it held nothing usable: {code}. Nothing "
	    "was asked of the network.",
	    "It says that nothing is known, not that anything is revoked; callers "
	    "that forbid the network expect that.",
	    NULL, { "none-needed", "allow-network-to-crl" } },
	{ NULL, 0, is_offline_for_lsass, "revocation-offline-network",
	    HARMLESS_NO, false,
	    "Revocation is unknown: lsass.exe reached no CRL or OCSP server",
	    "lsass.exe could not learn whether a certificate in the chain of "
	    "{subject|the subject} is revoked: {code}.",
	    "TLS connections and logons that need the answer fail or wait.",
	    "Event 53 of the same task tells which URL was tried and how it "
	    "failed.",
	    { "allow-lsass-through-firewall", "allow-network-to-crl",
	        "set-winhttp-proxy" } },
	{ NULL, 0, is_offline_code, "revocation-offline-network", HARMLESS_NO,
	    false, "Revocation is unknown: no CRL or OCSP server was reached",
	    "{process|The program} could not learn whether a certificate in the "
	    "chain of {subject|the subject} is revoked: {code}.",
	    "Callers that insist on revocation refuse the certificate or wait.",
	    "Event 53 of the same task tells which URL was tried and how it "
	    "failed.",
	    { "allow-crl-ocsp-hosts", "set-winhttp-proxy",
	        "allow-network-to-crl" } },
	{ NULL, 0, is_sharepoint_without_code, "untrusted-root", HARMLESS_NO,
	    false, "SharePoint's own root is not trusted here",
	    "Building the chain of {subject|a certificate} failed. SharePoint signs with a root "
	    "of its own, which Windows does not trust until it is added; for an "
	    "unknown root Windows asks the internet for its list, and waits where "
	    "there is none.",
	    "Calls between SharePoint's services are slow or refused.",
	    "The code is not in the input; this is the known cause for that name.",
	    { "add-sharepoint-root-to-trusted-roots",
	        "allow-auto-root-update-url", "turn-off-auto-root-update" } },
	{ NULL, 0, is_without_code, "insufficient-data", HARMLESS_UNKNOWN, false,
	    "A chain whose outcome is not in the input",
	    "The input holds neither a code nor a status for the chain of "
	    "{subject|a certificate}.",
	    "It cannot be judged from this.",
	    "The Result and the TrustStatus of the event would tell.",
	    { "ask-for-full-event", "open-the-details" } },
	{ NULL, 0, NULL, "other-error", HARMLESS_NO, false,
	    "A chain was refused",
	    "The chain of {subject|a certificate} was refused: {code}.",
	    "The caller got that code.", NULL,
	    { "ask-for-full-event", "open-the-details" } },
};

const struct rule_table rules_of_chains[] = {
	{ STEP_BUILD_CHAIN, chains, RULE_COUNT(chains) },
	{ STEP_BUILD_CHAIN, codes_of_chains, RULE_COUNT(codes_of_chains) },
	{ STEP_CHAIN_POLICY, codes_of_chains, RULE_COUNT(codes_of_chains) },
	{ STEP_TRUST, codes_of_chains, RULE_COUNT(codes_of_chains) },
	{ STEP_UNKNOWN, codes_of_chains, RULE_COUNT(codes_of_chains) },
	{ STEP_UNKNOWN, NULL, 0 },
};
