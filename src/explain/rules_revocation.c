/* Verify Revocation (41), rejected evidence (42). */
#include "explain/rule.h"

#include "base/text.h"
#include "explain/verbs.h"

/* Statuses that leave revocation unknown: the whole family of "offline". */
static bool
is_offline(const struct look *l)
{
	return look_has_code(l, codes_offline);
}

static bool
is_offline_cache_only(const struct look *l)
{
	return is_offline(l) && is_cache_only(l);
}

/* A download inside this check worked: its object was not good enough. */
static const struct step *
downloaded(const struct look *l)
{
	const struct step *s = step_inside(l->s, STEP_WIRE);

	for (; s != NULL; s = step_inside_next(l->s, s))
		if (s->kind == STEP_WIRE && s->result.is_known &&
		    s->result.value == 0)
			return s;
	return NULL;
}

static ticks
evidence_end(const struct step *s)
{
	if (s->evidence != NULL && s->evidence->is_ocsp)
		return TIME_NONE; /* a CRL's end is what is asked here */
	if (s->evidence != NULL && s->evidence->facts != NULL)
		return s->evidence->facts->next_update;
	return s->cached.next_update;
}

/* The event's own time, which a paste may have lost or in local hours. */
static ticks
moment_of(const struct look *l)
{
	if (l->s->current_time != TIME_NONE)
		return l->s->current_time;
	return l->s->ended != TIME_NONE ? l->s->ended : l->c->last;
}

static bool
is_offline_with_stale_download(const struct look *l)
{
	const struct step *wire = downloaded(l);
	ticks end = wire == NULL ? TIME_NONE : evidence_end(wire);

	return is_offline(l) && end != TIME_NONE &&
	    moment_of(l) != TIME_NONE && end < moment_of(l);
}

static bool
is_offline_after_download(const struct look *l)
{
	return is_offline(l) && downloaded(l) != NULL;
}

/* What was used had run out, and nothing says that a download was tried. */
static bool
is_offline_with_stale_evidence(const struct look *l)
{
	ticks end = evidence_end(l->s);

	return is_offline(l) && end != TIME_NONE &&
	    moment_of(l) != TIME_NONE && end < moment_of(l) &&
	    step_inside(l->s, STEP_WIRE) == NULL;
}

static bool
is_offline_for_lsass(const struct look *l)
{
	return is_offline(l) && is_asked_by_lsass(l);
}

/*
 * A root has nobody above it to publish for, and for a signature judged as of
 * a stamp of long ago the evidence of that time may simply be gone.
 */
static bool
is_root_or_old_stamp(const struct look *l)
{
	const ticks day = 86400 * TICKS_PER_SECOND;
	ticks now = moment_of(l);

	return (l->s->subject_ref != NULL &&
	    text_equal_nocase(l->s->subject_ref, l->s->issuer_ref)) ||
	    (l->s->validation_time != TIME_NONE && now != TIME_NONE &&
	        now - l->s->validation_time > day);
}

static const uint32_t codes_not_in_database[] = { 0x80092014, 0 };
static const uint32_t codes_weak[] = { 0x80090008, 0 };
static const uint32_t codes_no_provider[] = { 0x80092011, 0x7F, 0 };

static const struct rule revocation[] = {
	{ codes_revoked, 0, NULL, "revoked", HARMLESS_NO, false,
	    "A certificate is revoked",
	    "{issuer|Its issuer} has revoked {subject|the certificate}: {code}"
	    "{reason|}.",
	    "Whoever checks will refuse it, and should.", NULL,
	    { "replace-certificate", "expected-if-test" } },
	{ NULL, 0, is_explained_inside, NULL, HARMLESS_YES, true, NULL, NULL,
	    NULL, NULL, { NULL } },
	{ codes_no_check, 0, is_root_or_old_stamp, "revocation-no-check",
	    HARMLESS_YES, false,
	    "A root or an old time-stamped signature has nothing to check with",
	    "For {subject|a certificate} of {issuer|its issuer} there is no CRL "
	    "and no OCSP responder that could be used for that time: {code}.",
	    "Windows expects that for roots and for signatures judged as of a "
	    "time long ago.",
	    NULL, { "none-needed" } },
	{ codes_no_check, 0, NULL, "revocation-no-check", HARMLESS_NO, false,
	    "A certificate cannot be checked for revocation at all",
	    "{subject|A certificate} names no CRL and no OCSP responder that "
	    "could be used: {code}.",
	    "Callers that insist on revocation refuse it.", NULL,
	    { "fix-cdp", "replace-certificate" } },
	{ NULL, 0, is_offline_cache_only, "revocation-offline-cache-only",
	    HARMLESS_YES, false,
	    "Revocation was looked up in the cache only, and is unknown",
	    "{process|The caller} allowed only the cache{flags} for "
	    "{subject|a certificate} of {issuer|an unnamed issuer}, and it held "
	    "nothing usable: {code}. Nothing was asked of the network.",
	    "It says that nothing is known, not that anything is revoked; callers "
	    "that forbid the network expect that.",
	    NULL, { "none-needed", "allow-network-to-crl" } },
	{ NULL, 0, is_offline_with_stale_download, "crl-expired", HARMLESS_NO,
	    false, "The CA publishes a CRL that has expired",
	    "The freshest CRL of {issuer|the issuer} was downloaded from "
	    "{url|its URL}, and its next update was due {date|before the check}: "
	    "{code}.",
	    "Revocation stays unknown for every certificate of that issuer.",
	    NULL, { "publish-fresh-crl", "check-clock", "fix-cdp" } },
	{ NULL, 0, is_offline_after_download, "crl-not-usable", HARMLESS_NO,
	    false, "A CRL or OCSP response came back that cannot be used",
	    "Something was downloaded from {url|its URL} for {subject|a "
	    "certificate} of {issuer|its issuer}, and it did not settle the "
	    "question: {code}.",
	    "Revocation stays unknown for every certificate of that issuer.",
	    "The input does not tell whether the issuer, the scope, the signature "
	    "or the date is wrong.",
	    { "fix-cdp", "publish-fresh-crl", "clear-url-cache" } },
	{ NULL, 0, is_offline_with_stale_evidence, "crl-expired", HARMLESS_NO,
	    false, "The CRL at hand has expired",
	    "The CRL of {issuer|the issuer} was due for renewal "
	    "{date|before the check}: {code}.",
	    "Revocation stays unknown for every certificate of that issuer.",
	    "The input does not tell whether the CA serves a newer one.",
	    { "publish-fresh-crl", "allow-network-to-crl",
	        "clear-url-cache" } },
	{ NULL, 0, is_offline_for_lsass, "revocation-offline-network",
	    HARMLESS_NO, false,
	    "Revocation is unknown: lsass.exe reached no CRL or OCSP server",
	    "lsass.exe could not learn whether {subject|a certificate} of "
	    "{issuer|its issuer} is revoked: {code}.{allowed}",
	    "TLS connections and logons that need the answer fail or wait.",
	    "Event 53 of the same task tells which URL was tried and how it "
	    "failed.",
	    { "allow-lsass-through-firewall", "allow-network-to-crl",
	        "set-winhttp-proxy" } },
	{ NULL, 0, is_offline, "revocation-offline-network", HARMLESS_NO, false,
	    "Revocation is unknown: no CRL or OCSP server was reached",
	    "{process|The program} could not learn whether {subject|a "
	    "certificate} of {issuer|its issuer} is revoked: {code}.",
	    "Callers that insist on revocation refuse the certificate or wait.",
	    "Event 53 of the same task tells which URL was tried and how it "
	    "failed.",
	    { "allow-crl-ocsp-hosts", "set-winhttp-proxy",
	        "allow-network-to-crl" } },
	{ codes_timeout, 0, NULL, "revocation-timeout", HARMLESS_NO, false,
	    "Revocation checking ran out of time",
	    "The question about {subject|a certificate} ended after its limit: "
	    "{code}.",
	    "Each check waits that long before it gives up.", NULL,
	    { "allow-network-to-crl", "set-winhttp-proxy",
	        "allow-crl-ocsp-hosts" } },
	{ codes_not_in_database, 0, NULL, "crl-not-usable", HARMLESS_NO, false,
	    "The responder does not know the certificate",
	    "The responder of {issuer|the issuer} has no entry for {subject|the "
	    "certificate}: {code}.",
	    "Callers that insist on revocation refuse it.", NULL,
	    { "fix-cdp", "publish-fresh-crl" } },
	{ codes_weak, 0, NULL, "weak-signature", HARMLESS_NO, false,
	    "The CRL or OCSP response is signed with a refused algorithm",
	    "The evidence for {subject|a certificate} was refused: {code}.",
	    "Revocation stays unknown for every certificate of that issuer.",
	    NULL, { "fix-cdp", "publish-fresh-crl" } },
	{ codes_no_provider, 0, NULL, "other-error", HARMLESS_NO, false,
	    "Windows has no working revocation provider",
	    "The check of {subject|a certificate} could not start: {code}.",
	    "No certificate can be checked for revocation on this machine.", NULL,
	    { "restart-cryptsvc", "check-antivirus", "ask-for-full-event" } },
	{ codes_expired, 0, NULL, "expired", HARMLESS_NO, false,
	    "A certificate is outside its validity",
	    "{subject|A certificate} was refused: {code}.",
	    "Whoever checks will refuse it.", NULL,
	    { "replace-certificate", "check-clock" } },
	{ NULL, 0, is_without_code, "insufficient-data", HARMLESS_UNKNOWN, false,
	    "A revocation check whose outcome is not in the input",
	    "The input holds no code for the check of {subject|a "
	    "certificate}.",
	    "It cannot be judged from this.", "The Result of event 41 would tell.",
	    { "ask-for-full-event", "open-the-details" } },
	{ NULL, 0, NULL, "other-error", HARMLESS_NO, false,
	    "A revocation check failed",
	    "The check of {subject|a certificate} of {issuer|its issuer} failed: "
	    "{code}.",
	    "Callers that insist on revocation refuse it.", NULL,
	    { "ask-for-full-event", "allow-network-to-crl" } },
};

static bool
was_out_of_date(const struct look *l)
{
	return l->s->verb == NULL || text_equal_nocase(l->s->verb, VERB_TIME);
}

static bool
was_out_of_date_on_arrival(const struct look *l)
{
	return was_out_of_date(l) && l->s->evidence != NULL &&
	    text_equal_nocase(l->s->evidence->location, "Wire");
}

static const struct step *
check_around(const struct step *s)
{
	while (s != NULL && s->kind != STEP_REVOCATION)
		s = s->parent;
	return s;
}

/*
 * A copy had run out and the check got its answer. Windows marks that as an
 * error, and people ask what it means; in avow's own log it is an ordinary
 * step, like a look into the cache that gave nothing.
 */
static bool
is_own_refresh(const struct look *l)
{
	const struct step *check = check_around(l->s->parent);

	return case_is_own(l->c) && was_out_of_date(l) && check != NULL &&
	    check->result.is_known &&
	    (check->result.value == 0 || check->result.value == 0x80092010);
}

/*
 * What was refused was the best there was: it had been downloaded just before,
 * or the caller gave it, and the check that wanted it had no answer. What a
 * cache held is no more than the reason for a download.
 */
static bool
is_last_word(const struct look *l)
{
	const struct step *check = check_around(l->s->parent);
	const struct evidence *v = l->s->evidence;
	struct look around = *l;

	if (check == NULL || v == NULL ||
	    (v->location != NULL && !text_equal_nocase(v->location, "Wire")))
		return false;
	around.code = check->result;
	around.bare = check->result.value;
	return is_offline(&around);
}

/* The clock of the check; that of the refusal itself is not written. */
static ticks
moment_of_check(const struct look *l)
{
	const struct step *check = check_around(l->s->parent);

	return check != NULL && check->current_time != TIME_NONE ?
	    check->current_time :
	    moment_of(l);
}

static bool
is_last_word_not_yet_valid(const struct look *l)
{
	const struct evidence_facts *f =
	    l->s->evidence == NULL ? NULL : l->s->evidence->facts;

	return is_last_word(l) && was_out_of_date(l) && f != NULL &&
	    f->this_update != TIME_NONE && f->this_update > moment_of_check(l);
}

static bool
is_last_word_out_of_date(const struct look *l)
{
	return is_last_word(l) && was_out_of_date(l);
}

static bool
is_old_response(const struct look *l)
{
	return is_last_word_out_of_date(l) && l->s->evidence->is_ocsp;
}

static bool
is_refused_by(const struct look *l, const char *verb)
{
	return is_last_word(l) && text_equal_nocase(l->s->verb, verb);
}

static bool
is_refused_by_issuer(const struct look *l)
{
	return is_refused_by(l, VERB_ISSUER);
}

static bool
is_refused_by_signature(const struct look *l)
{
	return is_refused_by(l, VERB_SIGNATURE);
}

static bool
is_refused_by_signer(const struct look *l)
{
	return is_refused_by(l, VERB_SIGNER);
}

static bool
is_refused_by_strength(const struct look *l)
{
	return is_refused_by(l, VERB_STRENGTH);
}

static bool
is_refused_by_scope(const struct look *l)
{
	return is_refused_by(l, VERB_SCOPE) || is_refused_by(l, VERB_REASONS);
}

static bool
is_refused_by_responder(const struct look *l)
{
	return is_refused_by(l, VERB_RESPONSE);
}

static bool
is_refused_as_unknown(const struct look *l)
{
	return is_refused_by(l, VERB_STATUS);
}

#define UNKNOWN_FOR_ALL                                                        \
	"Revocation stays unknown for every certificate of that issuer."
#define NOT_USABLE(why, title, happened, first, second)                        \
	{ NULL, 0, why, "crl-not-usable", HARMLESS_NO, false, title, happened, \
		UNKNOWN_FOR_ALL, NULL, { first, second } }

static const struct rule reject[] = {
	NOT_USABLE(is_last_word_not_yet_valid,
	    "A CRL or OCSP response is not valid yet",
	    "What came for {subject|a certificate} from {url|the caller} begins "
	    "to be valid later than the time of the check.",
	    "check-clock", "publish-fresh-crl"),
	NOT_USABLE(is_old_response, "An OCSP response came that has expired",
	    "The response for {subject|a certificate} from {url|the caller} was "
	    "due for renewal {date|before the check}.",
	    "repair-responder", "check-clock"),
	{ NULL, 0, is_last_word_out_of_date, "crl-expired", HARMLESS_NO, false,
	    "The CA publishes a CRL that has expired",
	    "The freshest CRL for {subject|a certificate} came from {url|the "
	    "caller}, and its next update was due {date|before the check}.",
	    UNKNOWN_FOR_ALL, NULL,
	    { "publish-fresh-crl", "check-clock", "fix-cdp" } },
	NOT_USABLE(is_refused_by_issuer, "A CRL of another issuer came back",
	    "What came for {subject|a certificate} from {url|the caller} is not "
	    "of {issuer|its issuer}.",
	    "fix-cdp", "publish-fresh-crl"),
	NOT_USABLE(is_refused_by_signature,
	    "The signature of a CRL or OCSP response does not verify",
	    "What came for {subject|a certificate} from {url|the caller} is not "
	    "signed with the key of {issuer|its issuer}, or was changed.",
	    "fix-cdp", "publish-fresh-crl"),
	NOT_USABLE(is_refused_by_signer,
	    "Whoever signed a CRL or OCSP response may not",
	    "What came for {subject|a certificate} from {url|the caller} is "
	    "signed by somebody whom {issuer|its issuer} has not allowed to.",
	    "fix-cdp", "publish-fresh-crl"),
	NOT_USABLE(is_refused_by_strength,
	    "The CRL or OCSP response is signed with a refused algorithm",
	    "What came for {subject|a certificate} from {url|the caller} is "
	    "signed with an algorithm that is not accepted.",
	    "fix-cdp", "publish-fresh-crl"),
	NOT_USABLE(is_refused_by_scope,
	    "A CRL does not cover the certificate",
	    "What came for {subject|a certificate} from {url|the caller} speaks "
	    "of other certificates, or not of all reasons.",
	    "fix-cdp", "publish-fresh-crl"),
	NOT_USABLE(is_refused_by_responder,
	    "The OCSP responder answered with an error",
	    "The responder at {url|its URL} gave no answer about {subject|a "
	    "certificate} of {issuer|its issuer}, but an error.",
	    "repair-responder", "allow-url-through-proxy"),
	NOT_USABLE(is_refused_as_unknown,
	    "The responder does not know the certificate",
	    "The responder at {url|its URL} answered that it does not know "
	    "{subject|the certificate} of {issuer|its issuer}.",
	    "repair-responder", "replace-certificate"),
	NOT_USABLE(is_last_word,
	    "A CRL or OCSP response came back that cannot be used",
	    "What came for {subject|a certificate} from {url|the caller} was "
	    "refused by {verb|a check}.",
	    "fix-cdp", "publish-fresh-crl"),
	{ NULL, 0, was_out_of_date_on_arrival, "crl-expired", HARMLESS_YES,
	    true, "A CRL or OCSP response came that has expired",
	    "What came for {subject|a certificate} from {url|its URL} was due "
	    "for renewal {date|before the check}.",
	    "The check that wanted it got its answer elsewhere.", NULL,
	    { "none-needed", "publish-fresh-crl" } },
	{ NULL, 0, is_own_refresh, "no-error", HARMLESS_YES, true,
	    "A cached CRL had run out, and a fresh one was fetched",
	    "The cached CRL of {issuer|the issuer} ({url|no URL given}) was past "
	    "its next update and was set aside.",
	    "That is an ordinary step.", NULL, { "none-needed" } },
	{ NULL, 0, was_out_of_date, "cached-crl-expired", HARMLESS_YES, true,
	    "A cached CRL had run out",
	    "The cached CRL of {issuer|the issuer} ({url|no URL given}) was past "
	    "its next update and was set aside.",
	    "It is the usual step before a fresh one is fetched, and harmless by "
	    "itself.",
	    NULL, { "none-needed" } },
	{ NULL, 0, NULL, "crl-not-usable", HARMLESS_UNKNOWN, true,
	    "Revocation evidence was set aside",
	    "The CRL or OCSP response of {issuer|the issuer} was refused by "
	    "{verb|a check}.",
	    "It matters only if nothing better was found.", NULL,
	    { "fix-cdp", "clear-url-cache" } },
};

const struct rule_table rules_of_revocation[] = {
	{ STEP_REVOCATION, revocation, RULE_COUNT(revocation) },
	{ STEP_REJECT, reject, RULE_COUNT(reject) },
	{ STEP_UNKNOWN, NULL, 0 },
};
