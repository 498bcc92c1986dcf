/*
 * The names that CAPI2's events are made of, and where they may stand.
 *
 * A paste that lost its closing tags, its indentation or parts of its names
 * still says which element is meant; this table says where it belongs and how
 * its pieces fit together. It holds what real logs and posted events show.
 * Names that are not here are read all the same, just without this help.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/catalogue.h"
#include "wire/paste/internal.h"

#define FRAME(name, ...) { name, SCHEMA_FRAME, false, { __VA_ARGS__ } },
#define FIELD(name) { name, SCHEMA_SYSTEM, true, { "System", "Event" } },
#define ROOT(name) { name, SCHEMA_ROOT, false, { "UserData", "Event" } },
#define FACT(name, ...) { name, SCHEMA_FACT, false, { __VA_ARGS__ } },
#define LEAF(name, ...) { name, SCHEMA_FACT, true, { __VA_ARGS__ } },

#define NAME_PARENTS "Subject", "Issuer", "DirectoryName", "DelegatedSigner"

static const struct schema schemas[] = {
#include "wire/paste/schema.def"
};

#define SCHEMA_COUNT (sizeof(schemas) / sizeof(*schemas))

static const char *const attrs[] = { "ActivityID", "CRYPT_AIA_RETRIEVAL",
	"EventSourceName", "Guid", "Name", "ProcessID", "ProcessName",
	"Qualifiers", "RelatedActivityID", "SeqNumber", "SystemTime", "TaskId",
	"ThreadID", "UserID", "actualFreshnessTime", "any", "authType", "cA",
	"catalogFilePath", "certPolicyId", "chainIndex", "chainRef", "computed",
	"constant", "context", "critical", "currentTime", "digest",
	"digestAlgorithm", "eTag", "elementIndex", "error", "expireTime",
	"fProxyCacheRetrieval", "filePath", "fileRef", "format", "freshnessTime",
	"hasFileHandle", "hash", "hashFilePath", "hashName", "impersonateToken",
	"index", "issuerName", "issuerPublicKeyLength", "issuerSignHashList",
	"lastModifiedTime", "lastSyncTime", "location", "maxAge",
	"maxUrlRetrievalByteCount", "name", "nextUpdateTime", "objectType", "oid",
	"orMatch", "parameter1", "parameter2", "pathLenConstraint",
	"policyQualifierId", "proxyId", "publicKeyLength", "publicKeyList",
	"publicKeyName", "publishTime", "reason", "responseType",
	"responseValidated", "revocationFreshnessTime", "scheme", "serverName",
	"signHash", "signHashList", "subjectName", "tag", "targetFilePath",
	"thirdPartyProviderUsed", "thisUpdateTime", "timeToUse", "type", "url",
	"urlRetrievalTimeout", "value", "xmlns" };

#define ATTR_COUNT (sizeof(attrs) / sizeof(*attrs))

/* Attributes and elements whose values hold no blank. */
static const char *const solids[] = { "ActionID", "ActivityID",
	"AuthoritySerialNumber", "CRLNumber", "DNSName", "Guid", "Keywords",
	"NextPublishTime", "NextUpdate", "NotAfter", "NotBefore", "ProducedAt",
	"SerialNumber", "SignTime", "SystemTime", "TaskId", "ThisUpdate", "URL",
	"UserID", "ValidationTime", "actualFreshnessTime", "certPolicyId",
	"chainRef", "currentTime", "digest", "expireTime", "fileRef",
	"freshnessTime", "hash", "impersonateToken", "lastModifiedTime",
	"lastSyncTime", "nextUpdateTime", "oid", "policyQualifierId",
	"publishTime", "signHash", "signHashList", "thisUpdateTime", "timeToUse",
	"url", "value", "xmlns" };

#define SOLID_COUNT (sizeof(solids) / sizeof(*solids))

/* The element that carries an attribute, where summaries quote one alone. */
static const struct {
	const char *attr;
	const char *element;
} owners[] = {
	{ "ProcessName", "EventAuxInfo" }, { "SeqNumber", "CorrelationAuxInfo" },
	{ "TaskId", "CorrelationAuxInfo" }, { "chainRef", "CertificateChain" },
	{ "fileRef", "Certificate" }, { "serverName", "SSLAdditionalPolicyInfo" },
	{ "subjectName", "Certificate" }, { "impersonateToken", "EventAuxInfo" },
};

/* The tables are sorted by bytes: see test_paste, which checks it. */
static int
compare(struct slice s, const char *name)
{
	int order = strncmp(s.ptr, name, s.len);

	return order != 0 ? order : -(name[s.len] != '\0');
}

const struct schema *
schema_find(const char *name, size_t len)
{
	size_t low = 0, high = SCHEMA_COUNT;
	struct slice s = slice_of(name, len);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(s, schemas[middle].name);

		if (order == 0)
			return &schemas[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static bool
is_in(const char *const *list, size_t count, struct slice s)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(s, list[middle]);

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

bool
schema_has_parent(const struct schema *s, const char *parent,
    bool parent_is_root)
{
	size_t i;

	for (i = 0; i < SCHEMA_MAX_PARENTS && s->parents[i] != NULL; i++) {
		if (strcmp(s->parents[i], parent) == 0)
			return true;
		if (parent_is_root && strcmp(s->parents[i], "*") == 0)
			return true;
	}
	return false;
}

bool
schema_is_attr(const char *name, size_t len)
{
	return is_in(attrs, ATTR_COUNT, slice_of(name, len));
}

bool
schema_is_solid(const char *name, size_t len)
{
	return is_in(solids, SOLID_COUNT, slice_of(name, len));
}

const char *
schema_root_of(int id)
{
	const struct catalogue_entry *row =
	    catalogue_find(CHANNEL_OPERATIONAL, id);
	static const struct {
		int id;
		const char *root;
	} known[] = {
		{ 10, "CertGetCertificateChainStart" },
		{ 11, "CertGetCertificateChain" },
		{ 30, "CertVerifyCertificateChainPolicy" },
		{ 40, "CertVerifyRevocationStart" },
		{ 41, "CertVerifyRevocation" },
		{ 42, "CertRejectedRevocationInfo" },
		{ 50, "CryptRetrieveObjectByUrlCacheStart" },
		{ 51, "CryptRetrieveObjectByUrlCache" },
		{ 52, "CryptRetrieveObjectByUrlWireStart" },
		{ 53, "CryptRetrieveObjectByUrlWire" },
		{ 80, "WinVerifyTrustStart" },
		{ 81, "WinVerifyTrust" },
		{ 82, "CryptCATAdminEnumCatalogFromHash" },
		{ 90, "X509Objects" },
	};
	size_t i;

	if (row != NULL)
		return row->root;
	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].id == id)
			return known[i].root;
	return NULL;
}

const char *
schema_owner(const char *attr, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(owners) / sizeof(*owners); i++)
		if (slice_is(slice_of(attr, len), owners[i].attr))
			return owners[i].element;
	return NULL;
}
