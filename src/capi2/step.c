/*
 * One reader per kind of event, hung on a table. Elements and attributes are
 * those of CAPI2's Operational channel; a paste may lack any of them, so
 * every look-up may give NULL and nothing follows from absence.
 */
#include "capi2/step.h"

#include <string.h>

#include "base/text.h"
#include "capi2/application.h"
#include "capi2/decode.h"

#define CHAIN_MAX_ELEMENTS 64
#define CHAIN_MAX_CHAINS 16
#define STEP_MAX_ACTIONS 64
#define USAGES_MAX_BYTES 2048

static const char *
copy_attr(struct arena *a, const struct node *n, const char *name)
{
	return arena_copy(a, node_attr(n, name));
}

/* Text without surrounding white space; NULL when nothing is left. */
static const char *
copy_trimmed(struct arena *a, const char *text)
{
	size_t len;

	if (text_is_blank(text))
		return NULL;
	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	return arena_copy_n(a, text, len);
}

static ticks
attr_time(const struct node *n, const char *name)
{
	ticks t;

	return time_parse_iso(node_attr(n, name), &t, NULL) ? t : TIME_NONE;
}

static int
attr_number(const struct node *n, const char *name)
{
	const char *text = node_attr(n, name);
	uint64_t value;
	bool is_negative = text != NULL && *text == '-';

	if (!text_to_u64(is_negative ? text + 1 : text, &value) ||
	    value > 0xFFFF)
		return EVENT_NOT_SAID;
	return is_negative ? -(int)value : (int)value;
}

static bool
read_hex32(const char *text, uint32_t *ret_value)
{
	uint64_t value;

	if (!text_to_hex(text, &value) || value > UINT32_MAX)
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

bool
step_read_bits(const struct node *n, int flag_set, uint32_t *ret_bits)
{
	const struct attr *attr;
	uint32_t bits = 0;

	if (n == NULL)
		return false;
	if (read_hex32(node_attr(n, "value"), ret_bits))
		return true;
	for (attr = n->attrs; attr != NULL; attr = attr->next)
		if (text_equal_nocase(attr->value, "true"))
			bits |= decode_flag_bit((enum flag_set)flag_set,
			    attr->name);
	*ret_bits = bits;
	return bits != 0;
}

/* A Result, Error or RevocationResult element: hex value and message. */
static struct code
read_code(struct arena *a, const struct node *n)
{
	struct code code = { 0 };

	if (n == NULL)
		return code;
	code.text = copy_trimmed(a, n->text);
	if (read_hex32(node_attr(n, "value"), &code.value)) {
		code.is_known = true;
	} else if (node_attr(n, "value") == NULL && code.text != NULL &&
	    decode_error_text(code.text, &code.value)) {
		code.is_known = true;
		code.is_from_text = true;
	}
	return code;
}

static const char *
algorithm_name(struct arena *a, const struct node *n)
{
	const char *hash = node_attr(n, "hashName");
	const char *key = node_attr(n, "publicKeyName");

	if (hash == NULL || key == NULL)
		return copy_attr(a, n, "oid");
	return arena_printf(a, "%s/%s", key, hash);
}

static const char *
key_name(struct arena *a, const struct node *n)
{
	const char *name = node_attr(n, "publicKeyName");
	const char *bits = node_attr(n, "publicKeyLength");

	if (name == NULL || bits == NULL)
		return copy_attr(a, n, "oid");
	return arena_printf(a, "%s %s", name, bits);
}

/* The CRL or OCSP response named directly below `n`, or NULL. */
static struct evidence *
read_evidence(struct arena *a, const struct node *n)
{
	const struct node *crl = node_child(n, "CertificateRevocationList");
	const struct node *ocsp = node_child(n, "OCSPResponse");
	const struct node *from = crl != NULL ? crl : ocsp;
	struct evidence *e;

	if (from == NULL || (e = arena_new(a, struct evidence)) == NULL)
		return NULL;
	e->is_ocsp = crl == NULL;
	e->location = copy_attr(a, from, "location");
	e->url = copy_attr(a, from, "url");
	e->file_ref = copy_attr(a, from, "fileRef");
	e->issuer = copy_attr(a, from, "issuerName");
	return e;
}

static struct element *
read_element(struct arena *a, const struct node *n)
{
	const struct node *cert = node_child(n, "Certificate");
	const struct node *status = node_child(n, "TrustStatus");
	const struct node *revocation = node_child(n, "RevocationInfo");
	struct element *e = arena_new(a, struct element);

	if (e == NULL)
		return NULL;
	e->subject = copy_attr(a, cert, "subjectName");
	e->file_ref = copy_attr(a, cert, "fileRef");
	(void)step_read_bits(node_child(status, "ErrorStatus"),
	    FLAGS_TRUST_ERROR, &e->error);
	(void)step_read_bits(node_child(status, "InfoStatus"),
	    FLAGS_TRUST_INFO, &e->info);
	e->signature = algorithm_name(a, node_child(n, "SignatureAlgorithm"));
	e->key = key_name(a, node_child(n, "PublicKeyAlgorithm"));
	e->revocation = read_code(a, node_child(revocation,
	    "RevocationResult"));
	e->freshness = copy_attr(a, revocation, "freshnessTime");
	e->evidence = read_evidence(a, revocation);
	return e;
}

static struct chain *
read_chain(struct arena *a, const struct node *n)
{
	const struct node *status = node_child(n, "TrustStatus"), *child;
	struct chain *chain = arena_new(a, struct chain);
	struct element **last;
	int count = 0;

	if (chain == NULL)
		return NULL;
	chain->ref = copy_attr(a, n, "chainRef");
	chain->has_status = step_read_bits(node_child(status, "ErrorStatus"),
	    FLAGS_TRUST_ERROR, &chain->error);
	(void)step_read_bits(node_child(status, "InfoStatus"),
	    FLAGS_TRUST_INFO, &chain->info);
	last = &chain->elements;
	child = node_child(n, "ChainElement");
	for (; child != NULL && count < CHAIN_MAX_ELEMENTS;
	    child = node_next(child), count++) {
		if ((*last = read_element(a, child)) == NULL)
			return NULL;
		if (!chain->has_status)
			chain->error |= (*last)->error;
		last = &(*last)->next;
	}
	return chain;
}

/*
 * Chains of an event 11. A paste may have lost the CertificateChain element
 * and kept ChainElements: they make one chain that is known in part only.
 */
static void
read_chains(struct arena *a, const struct node *facts, struct step *s)
{
	const struct node *n = node_child(facts, "CertificateChain");
	struct chain **last = &s->chains;
	int count = 0;

	for (; n != NULL && count < CHAIN_MAX_CHAINS;
	    n = node_next(n), count++) {
		if ((*last = read_chain(a, n)) == NULL)
			return;
		last = &(*last)->next;
	}
	if (count == 0 && node_child(facts, "ChainElement") != NULL &&
	    (s->chains = read_chain(a, facts)) != NULL)
		s->chains->is_partial_view = true;
}

static void
read_certificate(struct arena *a, const struct node *n, struct step *s)
{
	s->subject = copy_attr(a, n, "subjectName");
	s->subject_ref = copy_attr(a, n, "fileRef");
}

static void
read_issuer(struct arena *a, const struct node *n, struct step *s)
{
	s->issuer = copy_attr(a, n, "subjectName");
	s->issuer_ref = copy_attr(a, n, "fileRef");
}

static void
read_flags(const struct node *facts, enum flag_set set, struct step *s)
{
	s->has_flags = step_read_bits(node_child(facts, "Flags"), (int)set,
	    &s->flags);
}

static void
read_network(const struct node *additional, struct step *s)
{
	const struct node *n = node_child(additional,
	    "NetworkConnectivityStatus");

	s->has_network = read_hex32(node_attr(n, "value"), &s->network);
}

static const char *
read_usages(struct arena *a, const struct node *list)
{
	const struct node *n = node_child(list, "Usage");
	const char *text = NULL;
	struct buf b;

	if (n == NULL)
		return NULL;
	buf_init(&b, USAGES_MAX_BYTES);
	for (; n != NULL; n = node_next(n)) {
		const char *oid = node_attr(n, "oid");
		const char *name = decode_oid(oid);

		if (name == NULL)
			name = node_attr(n, "name");
		if (b.len > 0)
			buf_puts(&b, ", ");
		buf_puts(&b, name != NULL ? name : oid);
	}
	text = arena_copy(a, buf_text(&b));
	arena_note(a, b.status);
	buf_free(&b);
	return text;
}

static void
read_build_chain(struct arena *a, const struct event *ev,
    const struct node *facts, struct step *s)
{
	ticks t;

	read_certificate(a, node_child(facts, "Certificate"), s);
	if (time_parse_iso(node_text(node_child(facts, "ValidationTime")), &t,
	    NULL))
		s->validation_time = t;
	s->timeout = copy_trimmed(a,
	    node_text(node_child(facts, "URLRetrievalTimeout")));
	s->usages = read_usages(a, node_child(facts, "ExtendedKeyUsage"));
	read_flags(facts, FLAGS_CHAIN, s);
	read_network(node_child(facts, "AdditionalInfo"), s);
	read_chains(a, facts, s);
	if (s->subject == NULL && s->chains != NULL &&
	    !s->chains->is_partial_view && s->chains->elements != NULL)
		s->subject = s->chains->elements->subject;
}

static void
read_chain_policy(struct arena *a, const struct event *ev,
    const struct node *facts, struct step *s)
{
	const struct node *policy = node_child(facts, "Policy");
	const struct node *ssl = node_child(facts, "SSLAdditionalPolicyInfo");
	const struct node *status = node_child(facts, "Status");
	int constant = attr_number(policy, "constant");

	s->policy = copy_attr(a, policy, "type");
	s->policy_constant = constant < 0 ? EVENT_UNKNOWN : constant;
	if (s->policy == NULL && constant >= 0)
		s->policy = decode_policy((uint32_t)constant);
	read_certificate(a, node_child(facts, "Certificate"), s);
	read_flags(facts, FLAGS_POLICY, s);
	s->auth_type = copy_attr(a, ssl, "authType");
	s->server_name = copy_attr(a, ssl, "serverName");
	(void)step_read_bits(node_child(ssl, "IgnoreFlags"), FLAGS_SSL_IGNORE,
	    &s->policy_ignores);
	s->chain_index = attr_number(status, "chainIndex");
	s->element_index = attr_number(status, "elementIndex");
	if (node_child(facts, "CertificateChain") != NULL)
		s->chains = read_chain(a, node_child(facts,
		    "CertificateChain"));
}

static void
read_revocation(struct arena *a, const struct event *ev,
    const struct node *facts, struct step *s)
{
	const struct node *more = node_child(facts, "AdditionalParameters");
	const struct node *status = node_child(facts, "RevocationStatus");

	read_certificate(a, node_child(facts, "Certificate"), s);
	read_issuer(a, node_child(facts, "IssuerCertificate"), s);
	read_flags(facts, FLAGS_REVOCATION, s);
	s->validation_time = attr_time(more, "timeToUse");
	s->current_time = attr_time(more, "currentTime");
	s->timeout = copy_attr(a, more, "urlRetrievalTimeout");
	(void)read_hex32(node_attr(status, "reason"), &s->revocation_reason);
	s->evidence = read_evidence(a, facts);
	if (!s->result.is_known &&
	    read_hex32(node_attr(status, "error"), &s->result.value))
		s->result.is_known = true;
}

static void
read_reject(struct arena *a, const struct event *ev, const struct node *facts,
    struct step *s)
{
	read_certificate(a, node_child(facts, "SubjectCertificate"), s);
	read_issuer(a, node_child(facts, "IssuerCertificate"), s);
	s->verb = copy_attr(a, node_child(facts, "Action"), "name");
	s->evidence = read_evidence(a, facts);
	if (s->evidence != NULL)
		s->url = s->evidence->url;
}

static void
read_actions(struct arena *a, const struct node *additional, struct step *s)
{
	const struct node *n = node_child(additional, "Action");
	struct action **last = &s->actions;
	int count = 0;

	for (; n != NULL && count < STEP_MAX_ACTIONS;
	    n = node_next(n), count++) {
		struct action *action = arena_new(a, struct action);

		if (action == NULL)
			return;
		action->name = copy_attr(a, n, "name");
		action->parameter = copy_attr(a, n, "parameter1");
		action->error = read_code(a, node_child(n, "Error"));
		*last = action;
		last = &action->next;
	}
}

/* "Name: value" header line; the value, or NULL when it is another header. */
static const char *
header_value(const char *line, const char *name)
{
	if (!text_starts_nocase(line, name))
		return NULL;
	line += strlen(name);
	if (*line != ':')
		return NULL;
	return line + 1 + strspn(line + 1, " \t");
}

static void
read_headers(struct arena *a, const struct node *additional, struct step *s)
{
	const struct node *list = node_child(additional,
	    "HTTPResponseHeadersInfo");
	const struct node *n = node_child(list, "Header");
	const char *value;

	for (; n != NULL; n = node_next(n)) {
		if (text_starts_nocase(n->text, "HTTP/"))
			s->http_status = copy_trimmed(a, n->text);
		else if ((value = header_value(n->text, "Via")) != NULL)
			s->via = copy_trimmed(a, value);
		else if ((value = header_value(n->text, "Content-Type")) !=
		    NULL)
			s->content_type = copy_trimmed(a, value);
	}
}

static void
read_cache_dates(const struct node *info, struct step *s)
{
	const struct node *prefetch = node_child(info, "URLCachePrefetchInfo");

	s->cached.last_sync = attr_time(info, "lastSyncTime");
	s->cached.this_update = attr_time(prefetch, "thisUpdateTime");
	s->cached.next_update = attr_time(prefetch, "nextUpdateTime");
	s->cached.publish = attr_time(prefetch, "publishTime");
	s->cached.expire = attr_time(node_child(info, "URLCacheFlushInfo"),
	    "expireTime");
}

static void
read_retrieval(struct arena *a, const struct event *ev,
    const struct node *facts, struct step *s)
{
	const struct node *url = node_child(facts, "URL");
	const struct node *additional = node_child(facts, "AdditionalInfo");

	s->url = copy_trimmed(a, node_text(url));
	s->scheme = copy_attr(a, url, "scheme");
	s->object = copy_attr(a, node_child(facts, "Object"), "type");
	s->timeout = copy_trimmed(a, node_text(node_child(facts, "Timeout")));
	read_flags(facts, FLAGS_RETRIEVE, s);
	read_network(additional, s);
	read_actions(a, additional, s);
	read_headers(a, additional, s);
	read_cache_dates(node_child(facts, "CacheInfo"), s);
	s->evidence = read_evidence(a, node_child(facts, "RetrievedObjects"));
}

static void
read_trust(struct arena *a, const struct event *ev, const struct node *facts,
    struct step *s)
{
	const struct node *file = node_child(facts, "FileInfo");
	const struct node *catalog = node_child(facts, "CatalogInfo");
	const struct node *chain = node_child(facts, "CertificateChain");
	const struct node *stamp = node_child(facts, "TimestampChain");
	const struct node *member = node_child(catalog, "Member");

	s->file = copy_attr(a, file, "filePath");
	if (s->file == NULL)
		s->file = copy_attr(a, member, "filePath");
	if (s->file == NULL)
		s->file = copy_attr(a, member, "hashFilePath");
	s->catalog = copy_attr(a, catalog, "filePath");
	s->verb = copy_trimmed(a, node_text(node_child(facts, "ActionID")));
	read_flags(facts, FLAGS_TRUST, s);
	s->has_timestamp = stamp != NULL ||
	    node_child(facts, "TimestampInfo") != NULL;
	s->timestamp_ref = copy_attr(a, stamp, "chainRef");
	if (chain != NULL)
		s->chains = read_chain(a, chain);
}

static void
read_catalog(struct arena *a, const struct event *ev, const struct node *facts,
    struct step *s)
{
	const struct node *query = node_child(facts, "CATQueryInfo");
	const struct node *additional = node_child(facts, "AdditionalInfo");

	s->file = copy_attr(a, query, "targetFilePath");
	s->subject = copy_attr(a, query, "hash");
	s->catalog = copy_attr(a, query, "catalogFilePath");
	read_actions(a, additional, s);
}

/* Bodies nobody has described: take what a name makes plain. */
static void
read_other(struct arena *a, const struct event *ev, const struct node *facts,
    struct step *s)
{
	const struct node *cert = node_find(facts, "Certificate");

	if (cert == NULL)
		cert = node_find(facts, "SubjectCertificate");
	if (cert != NULL)
		read_certificate(a, cert, s);
	s->url = copy_trimmed(a, node_text(node_find(facts, "URL")));
	read_actions(a, node_find(facts, "AdditionalInfo"), s);
	read_headers(a, node_find(facts, "AdditionalInfo"), s);
}

typedef void step_reader(struct arena *a, const struct event *ev,
    const struct node *facts, struct step *s);

static step_reader *const readers[] = {
	[STEP_BUILD_CHAIN] = read_build_chain,
	[STEP_FIND_ISSUER] = read_other,
	[STEP_FIND_ROOT] = read_other,
	[STEP_CHAIN_POLICY] = read_chain_policy,
	[STEP_REVOCATION] = read_revocation,
	[STEP_REJECT] = read_reject,
	[STEP_CACHE] = read_retrieval,
	[STEP_WIRE] = read_retrieval,
	[STEP_STORE] = read_other,
	[STEP_KEY] = read_other,
	[STEP_TRUST] = read_trust,
	[STEP_CATALOG] = read_catalog,
	[STEP_OBJECTS] = NULL, /* capi2/facts reads them */
	[STEP_CATALOG_DB] = application_read,
	[STEP_SYSTEM_WRITER] = application_read,
	[STEP_ROOT_UPDATE] = application_read,
	[STEP_UNKNOWN] = read_other,
};

static void
read_time_and_order(const struct event *ev,
    const struct catalogue_entry *entry, const struct node *facts,
    struct step *s)
{
	const struct node *n = node_child(facts, "CorrelationAuxInfo");
	bool is_start = entry != NULL && entry->opcode == 1;
	uint64_t seq;

	s->has_start = is_start;
	s->has_stop = !is_start;
	s->started = ev->time;
	s->ended = is_start ? TIME_NONE : ev->time;
	if (text_to_u64(node_attr(n, "SeqNumber"), &seq) && seq <= UINT32_MAX) {
		s->has_seq = true;
		s->seq = (uint32_t)seq;
	}
}

struct step *
step_read(struct arena *a, const struct event *ev,
    const struct catalogue_entry *entry)
{
	const struct node *facts = event_facts(ev);
	struct step *s = arena_new(a, struct step);

	if (s == NULL)
		return NULL;
	s->kind = entry == NULL ? STEP_UNKNOWN : entry->kind;
	s->id = ev->id;
	if (s->id == EVENT_UNKNOWN && entry != NULL)
		s->id = entry->id;
	s->message_id = entry != NULL && entry->channel == CHANNEL_APPLICATION ?
	    entry->id : EVENT_UNKNOWN;
	s->count = 1;
	s->level = ev->level;
	s->record_id = ev->record_id;
	s->policy_constant = EVENT_UNKNOWN;
	s->chain_index = s->element_index = EVENT_NOT_SAID;
	s->validation_time = s->current_time = TIME_NONE;
	s->cached = (struct cache_dates){ TIME_NONE, TIME_NONE, TIME_NONE,
		TIME_NONE, TIME_NONE };
	read_time_and_order(ev, entry, facts, s);
	s->result = read_code(a, node_child(facts, "Result"));
	if (readers[s->kind] != NULL)
		readers[s->kind](a, ev, facts, s);
	return arena_has_failed(a) ? NULL : s;
}

const char *
step_chain_ref(const struct step *s)
{
	if ((s->kind == STEP_CHAIN_POLICY || s->kind == STEP_TRUST) &&
	    s->chains != NULL)
		return s->chains->ref;
	return NULL;
}
