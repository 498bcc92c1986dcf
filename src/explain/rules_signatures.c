/* Verify Trust (81) and the look for a catalog (82). */
#include "explain/rule.h"

static const uint32_t codes_digest[] = { 0x80096010, 0x80091007, 0 };
static const uint32_t codes_unsigned[] = { 0x800B0100, 0x800B0003, 0x800B0001,
	0 };
static const uint32_t codes_time_stamp[] = { 0x80096005, 0x80096003, 0 };
static const uint32_t codes_broken[] = { 0x8009310B, 0x80093100, 0x80093102,
	0x80093103, 0x8009200D, 0x80091004, 0x80092003, 0x80096002, 0x8009200E,
	0 };
static const uint32_t codes_no_catalog[] = { 0x490, 0x80092004, 0 };
static const uint32_t codes_distrusted[] = { 0x800B0111, 0x800B0004, 0 };

static bool
is_explained(const struct look *l)
{
	return l->has_inner || l->has_chain_cause;
}

static const struct rule trust[] = {
	{ codes_digest, 0, NULL, "digest-mismatch", HARMLESS_NO, false,
	    "A file was changed after it was signed",
	    "The content of {file|a file} does not match its signature: {code}.",
	    "Windows treats the file as untrusted, and should.", NULL,
	    { "replace-certificate", "check-antivirus" } },
	{ codes_unsigned, 0, NULL, "no-signature", HARMLESS_UNKNOWN, false,
	    "A file carries no signature",
	    "{file|A file} has no signature of its own and stands in no catalog: "
	    "{code}.",
	    "Many files are unsigned; it matters where a policy wants a "
	    "signature.",
	    "The log cannot tell whether this file should be signed.",
	    { "none-needed", "restart-cryptsvc" } },
	{ codes_time_stamp, 0, NULL, "timestamp-invalid", HARMLESS_NO, false,
	    "The time stamp of a signature does not verify",
	    "The time stamp on {file|a file} was refused: {code}.",
	    "Without it the signature ends with its certificate.", NULL,
	    { "replace-certificate", "install-root" } },
	{ codes_broken, 0, NULL, "malformed", HARMLESS_NO, false,
	    "A signature cannot be read",
	    "The signature of {file|a file} is not encoded as it should be: "
	    "{code}.",
	    "Windows treats the file as untrusted.", NULL,
	    { "replace-certificate", "check-antivirus" } },
	{ NULL, 0, is_explained, NULL, HARMLESS_YES, true, NULL, NULL, NULL, NULL,
	    { NULL } },
	{ codes_distrusted, 0, NULL, "explicit-distrust", HARMLESS_NO, false,
	    "The signer of a file is not trusted here",
	    "The signer of {file|a file} is refused by a policy or a list: "
	    "{code}.",
	    "Windows treats the file as untrusted.", NULL,
	    { "replace-certificate" } },
};

static const struct rule catalog[] = {
	{ codes_no_catalog, 0, NULL, "no-error", HARMLESS_YES, true,
	    "A file stands in no catalog",
	    "The hash of {file|a file} is in no security catalog: {code}.",
	    "That is normal for files with a signature of their own, and for "
	    "unsigned ones.",
	    NULL, { "none-needed" } },
	{ NULL, 0, is_without_code, "insufficient-data", HARMLESS_UNKNOWN, false,
	    "A look for a catalog whose outcome is not in the input",
	    "The input holds no code for the look for the catalog of {file|a "
	    "file}.",
	    "It cannot be judged from this.", "The Result of event 82 would tell.",
	    { "ask-for-full-event", "open-the-details" } },
	{ NULL, 0, NULL, "catalog-database-failed", HARMLESS_NO, false,
	    "The security catalogs could not be searched",
	    "The look for the catalog of {file|a file} failed: {code}.",
	    "Files that are signed by catalog count as unsigned.", NULL,
	    { "restart-cryptsvc", "check-antivirus" } },
};

const struct rule_table rules_of_signatures[] = {
	{ STEP_TRUST, trust, RULE_COUNT(trust) },
	{ STEP_CATALOG, catalog, RULE_COUNT(catalog) },
	{ STEP_UNKNOWN, NULL, 0 },
};
