/* The Application channel: trust lists, roots, VSS, the catalog database. */
#include "explain/rule.h"

#include "base/text.h"

#define FIRST_FAILED_ROOT_EVENT 4099

static bool
is_message(const struct look *l, int id)
{
	return l->s->message_id == id;
}

static bool
is_extract(const struct look *l)
{
	return is_message(l, 4107);
}

static bool
is_extract_without_code(const struct look *l)
{
	return is_extract(l) && !l->code.is_known;
}

static bool
is_retrieval(const struct look *l)
{
	return is_message(l, 4099) || is_message(l, 4101) ||
	    is_message(l, 4104);
}

static bool
is_store_write(const struct look *l)
{
	return is_message(l, 4110);
}

static bool
is_untrusted_root(const struct look *l)
{
	return is_message(l, 4105);
}

static bool
is_partial_chain(const struct look *l)
{
	return is_message(l, 4106);
}

static bool
is_root_added(const struct look *l)
{
	return is_message(l, 4097);
}

static bool
is_root_removed(const struct look *l)
{
	return is_message(l, 4108);
}

static bool
is_root_changed(const struct look *l)
{
	return is_message(l, 4109);
}

static bool
is_undocumented(const struct look *l)
{
	return l->s->message_id > 4113;
}

static bool
is_threshold(const struct look *l)
{
	return is_message(l, 4102);
}

static const uint32_t codes_untrusted_signer[] = { 0x800B0109, 0x800B010A,
	0x8009202B, 0 };

static const struct rule root_updates[] = {
	{ codes_expired, 0, is_extract, "ctl-signer-expired", HARMLESS_YES,
	    false, "An old copy of Microsoft's root list is still in the cache",
	    "The list at {url|the update site} was refused because the "
	    "certificate that signed it is outside its validity: {code}. A newer "
	    "list is published; Windows tries the cached one first and logs this "
	    "each time.",
	    "Root certificates keep working, and the event repeats until the "
	    "cached copy is gone.",
	    "Which profile holds the copy is not in the event; a wrong system "
	    "clock would look the same.",
	    { "clear-url-cache", "delete-cryptneturlcache-of-service-profiles",
	        "kb2328240", "wait-for-updated-ctl", "check-clock" } },
	{ codes_not_the_object, 0, is_extract, "data-invalid-cab", HARMLESS_NO,
	    false, "What came back in place of Microsoft's root list was not one",
	    "The answer for {url|the list's URL} could not be read as a signed "
	    "cabinet: {code}. Proxies and portals answer with a web page of their "
	    "own when they want a sign-in or block a site.",
	    "New roots and distrusted certificates do not reach this machine "
	    "while that lasts.",
	    "What was received is not in the event.",
	    { "allow-url-through-proxy", "set-winhttp-proxy",
	        "clear-url-cache" } },
	{ codes_signature, 0, is_extract, "bad-signature", HARMLESS_NO, false,
	    "The signature of Microsoft's root list does not verify",
	    "The list at {url|the update site} was refused: {code}. It was "
	    "damaged or changed on its way, or an old copy is in the cache.",
	    "New roots and distrusted certificates do not reach this machine.",
	    NULL,
	    { "clear-url-cache", "allow-url-through-proxy",
	        "check-antivirus" } },
	{ codes_untrusted_signer, 0, is_extract, "untrusted-root", HARMLESS_NO,
	    false, "The root above the signer of Microsoft's list is not trusted",
	    "The list at {url|the update site} was refused because the chain of "
	    "its signer ends in a root that this machine does not trust or does "
	    "not have: {code}.",
	    "No list of roots or of distrusted certificates is accepted until "
	    "that root is back.",
	    NULL,
	    { "install-root", "install-intermediate", "clear-url-cache" } },
	{ NULL, 0, is_extract_without_code, "insufficient-data",
	    HARMLESS_UNKNOWN, false,
	    "Microsoft's root list could not be unpacked, for a reason not given",
	    "Event 4107 says that a downloaded trust list was refused; its second "
	    "parameter says why, and the input does not hold it or holds it in "
	    "words that are not known here.",
	    "If it speaks of the validity period, an old cached copy is the cause "
	    "and it is harmless; if it says that the data is invalid, a proxy "
	    "answered in the list's place.",
	    "The second parameter of event 4107 would tell.",
	    { "ask-for-full-event", "open-the-details" } },
	{ NULL, 0, is_extract, "data-invalid-cab", HARMLESS_UNKNOWN, false,
	    "Microsoft's root list could not be unpacked",
	    "The list from {url|the update site} was refused: {code}.",
	    "Root certificates that are already there keep working.", NULL,
	    { "clear-url-cache", "allow-windows-update-url",
	        "ask-for-full-event" } },
	{ codes_not_the_object, 0, is_retrieval, "data-invalid-cab",
	    HARMLESS_NO, false,
	    "What came back in place of Microsoft's root list was not one",
	    "{url|The list's URL} answered with something else: {code}.",
	    "New roots do not reach this machine while that lasts.", NULL,
	    { "allow-url-through-proxy", "set-winhttp-proxy",
	        "clear-url-cache" } },
	{ codes_login, 0, is_retrieval, "root-list-unreachable", HARMLESS_YES,
	    false, "The proxy wants a sign-in for Microsoft's root list",
	    "{url|The list's URL} could not be fetched: {code}.",
	    "Roots that are already there keep working; sites whose root is new "
	    "may be refused until the list can be fetched.",
	    NULL,
	    { "allow-url-through-proxy", "allow-windows-update-url",
	        "turn-off-auto-root-update" } },
	{ NULL, 0, is_retrieval, "root-list-unreachable", HARMLESS_YES, false,
	    "Microsoft's root list could not be fetched",
	    "{url|The list's URL} could not be fetched: {code|no reason was "
	    "given}.",
	    "Windows tries again by itself. Roots that are already there keep "
	    "working; a machine that is meant to have no internet can have the "
	    "update switched off.",
	    NULL,
	    { "allow-windows-update-url", "set-winhttp-proxy",
	        "turn-off-auto-root-update", "ignore" } },
	{ NULL, 0, is_store_write, "store-write-failed", HARMLESS_NO, false,
	    "A root could not be written to the certificate store",
	    "Adding a certificate to the {detail|root} store failed: "
	    "{code|no reason was given}.",
	    "Chains that need this root are refused.", NULL,
	    { "check-antivirus", "restart-cryptsvc", "ask-for-full-event" } },
	{ NULL, 0, is_untrusted_root, "untrusted-root", HARMLESS_UNKNOWN, false,
	    "A chain ended in a root that is not trusted",
	    "The root {subject|certificate} is in no trusted store and not in "
	    "Microsoft's list.",
	    "Whether that matters depends on who presented the chain, which this "
	    "event does not tell.",
	    "Which program and which certificate is not in the event.",
	    { "install-root", "check-antivirus", "open-the-details" } },
	{ NULL, 0, is_partial_chain, "partial-chain", HARMLESS_UNKNOWN, false,
	    "A chain had no issuer",
	    "No issuer was found for a certificate of {subject|an unknown name}.",
	    "Whether that matters depends on who presented the chain, which this "
	    "event does not tell.",
	    "Which program and which certificate is not in the event.",
	    { "install-intermediate", "install-intermediate-on-sender",
	        "open-the-details" } },
	{ NULL, 0, is_threshold, "no-error", HARMLESS_YES, false,
	    "Windows paused the logging of these events",
	    "So many events of the root update were logged that Windows stopped "
	    "writing them for a while.",
	    "It says nothing of its own; look at the events before it.", NULL,
	    { "none-needed" } },
	{ NULL, 0, is_undocumented, "insufficient-data", HARMLESS_UNKNOWN, false,
	    "An event that Microsoft has not described",
	    "The meaning of this event's fields is not publicly known.",
	    "It cannot be judged from the log alone.", NULL,
	    { "ask-for-full-event" } },
	{ NULL, 0, is_root_added, "root-auto-update-success", HARMLESS_YES,
	    true, "The automatic root update added a root",
	    "Windows added the root {subject|certificate} to the trusted ones by "
	    "itself, because Microsoft's list has it and a chain needed it.",
	    "Information only.", NULL, { "none-needed" } },
	{ NULL, 0, is_root_removed, "root-auto-update-success", HARMLESS_YES,
	    true, "The automatic root update removed a root",
	    "Windows removed the root {subject|certificate} by itself.",
	    "Information only.", NULL, { "none-needed" } },
	{ NULL, 0, is_root_changed, "root-auto-update-success", HARMLESS_YES,
	    true, "The automatic root update changed a root",
	    "Windows changed the properties of the root {subject|certificate} by "
	    "itself.",
	    "Information only.", NULL, { "none-needed" } },
	{ NULL, 0, NULL, "root-auto-update-success", HARMLESS_YES, true,
	    "The automatic root update did its work",
	    "Windows fetched or renewed {subject|a trust list or a root} by "
	    "itself.",
	    "Information only.", NULL, { "none-needed" } },
};

static bool
detail_has(const struct look *l, const char *what)
{
	return text_find_nocase(l->s->detail, what) != NULL;
}

static bool
is_driver_backup(const struct look *l)
{
	return detail_has(l, "AddLegacyDriverFiles");
}

static bool
is_lldp_driver(const struct look *l)
{
	return is_driver_backup(l) && (detail_has(l, "Link-Layer Discovery") ||
	    detail_has(l, "mslldp"));
}

static bool
is_lldp_driver_unspecified(const struct look *l)
{
	return is_lldp_driver(l) && !l->code.is_known;
}

static bool
is_service_backup(const struct look *l)
{
	return is_driver_backup(l) || detail_has(l, "AddWin32ServiceFiles") ||
	    detail_has(l, "Unable to back up image");
}

/* STATUS_OBJECT_NAME_INVALID and the like come as NTSTATUS, not resolved. */
static bool
is_path_unresolvable(const struct look *l)
{
	return detail_has(l, "RtlConvertNtFilePathToWin32Path") ||
	    detail_has(l, "unresolvable") ||
	    (l->code.is_known && l->code.value >= 0xC0000000u);
}

static const struct rule system_writer[] = {
	{ NULL, 0, is_path_unresolvable, "system-writer-path-unresolvable",
	    HARMLESS_NO, false, "The VSS System Writer met a path that does not "
	    "resolve",
	    "While listing system files for a backup, a path could not be turned "
	    "into a file name: {code|see the detail}. {detail}",
	    "The System Writer drops out, and a system state backup then fails.",
	    NULL,
	    { "fix-filemaps-or-junction", "repair-filemaps-acl",
	        "restart-cryptsvc" } },
	{ codes_access, 0, is_service_backup, "system-writer-access-denied",
	    HARMLESS_YES, false,
	    "The VSS System Writer may not read one driver's entry",
	    "While listing system files for a backup, access to {subject|a "
	    "driver or service} was denied: {code}.",
	    "The backup goes on without that entry; Microsoft calls it safe to "
	    "ignore.",
	    NULL, { "grant-service-read-on-mslldp", "ignore" } },
	{ codes_missing, 0, is_service_backup, "system-writer-missing-file",
	    HARMLESS_YES, false,
	    "A driver or service is registered whose file is gone",
	    "While listing system files for a backup, the file of {subject|a "
	    "driver or service} was not found: {code}.",
	    "The backup goes on without it; the entry is a leftover.", NULL,
	    { "remove-stale-driver-service", "ignore" } },
	{ codes_access, 0, NULL, "system-writer-access-denied", HARMLESS_NO,
	    false, "The VSS System Writer may not read the system's catalogs",
	    "While listing system files for a backup, access was denied: {code}. "
	    "{detail}",
	    "The System Writer drops out, and a system state backup then fails "
	    "because the writer is missing.",
	    NULL, { "repair-filemaps-acl", "restart-cryptsvc" } },
	{ codes_missing, 0, NULL, "system-writer-missing-file", HARMLESS_NO,
	    false, "The VSS System Writer misses a file it needs",
	    "While listing system files for a backup, a file or folder was not "
	    "found: {code}. {detail}",
	    "The System Writer may drop out, and a system state backup then "
	    "fails.",
	    NULL,
	    { "fix-filemaps-or-junction", "repair-filemaps-acl",
	        "restart-cryptsvc" } },
	{ NULL, 0, is_lldp_driver_unspecified,
	    "system-writer-error-unspecified", HARMLESS_YES, false,
	    "The VSS System Writer could not read one driver's entry",
	    "While listing system files for a backup, {subject|a driver} could "
	    "not be backed up; the system error is not in the input.",
	    "The backup goes on without that entry.",
	    "The system error; for this driver it is nearly always a denied "
	    "access.",
	    { "grant-service-read-on-mslldp", "ignore",
	        "ask-for-full-event" } },
	{ NULL, 0, NULL, "system-writer-error-unspecified", HARMLESS_UNKNOWN,
	    false, "The VSS System Writer failed",
	    "Listing system files for a backup failed: {code|the system error is "
	    "not in the input}. {detail}",
	    "Whether backups suffer depends on the error: look whether "
	    "'vssadmin list writers' still shows the System Writer.",
	    "The lines 'Details' and 'System Error' of the message would tell.",
	    { "ask-for-full-event", "open-the-details", "restart-cryptsvc" } },
};

static bool
is_debug_event(const struct look *l)
{
	return l->s->message_id == EVENT_UNKNOWN;
}

static const struct rule catalog_database[] = {
	{ NULL, 0, is_debug_event, "no-error", HARMLESS_YES, true,
	    "Work on the catalog database",
	    "A step of the catalog database was traced.", "Information only.",
	    NULL, { "none-needed" } },
	{ NULL, 0, NULL, "catalog-database-failed", HARMLESS_NO, false,
	    "The catalog database could not be opened",
	    "The Cryptographic Services could not open their database of security "
	    "catalogs: {code|see the message}. {detail}",
	    "Files that are signed by catalog count as unsigned, and updates may "
	    "fail.",
	    NULL, { "restart-cryptsvc", "check-antivirus" } },
};

static bool
has_code(const struct look *l)
{
	return l->code.is_known;
}

static const struct rule private_keys[] = {
	{ NULL, 0, has_code, "private-key-access", HARMLESS_NO, false,
	    "A private key could not be used",
	    "{process|A program} asked for the private key of {subject|a "
	    "certificate} and did not get it: {code}.",
	    "The program cannot sign or sign in with that certificate.",
	    "The log cannot tell whether that program should use the key.",
	    { "review-process-that-used-the-key", "replace-certificate",
	        "open-the-details" } },
	{ NULL, 0, NULL, "private-key-access", HARMLESS_UNKNOWN, false,
	    "A private key was used",
	    "{process|A program} asked for the private key of {subject|a "
	    "certificate}.",
	    "It is normal for the programs that own the certificate, and worth a "
	    "question for any other.",
	    "The log cannot tell whether that program should use the key.",
	    { "review-process-that-used-the-key", "open-the-details" } },
};

const struct rule_table rules_of_updates[] = {
	{ STEP_ROOT_UPDATE, root_updates, RULE_COUNT(root_updates) },
	{ STEP_SYSTEM_WRITER, system_writer, RULE_COUNT(system_writer) },
	{ STEP_CATALOG_DB, catalog_database, RULE_COUNT(catalog_database) },
	{ STEP_KEY, private_keys, RULE_COUNT(private_keys) },
	{ STEP_UNKNOWN, NULL, 0 },
};
