/*
 * A line becomes a question. Whatever is not understood makes the line none:
 * a typo in a name, a value of the wrong kind, a policy that is not judged
 * here. A question that is answered is therefore the one that was meant.
 *
 * jansson's tree lives as long as the reading; what the question keeps is
 * copied to the arena.
 */
#include "engine/batch.h"

#include "base/text.h"
#include "engine/batch_json.h"
#include "engine/host.h"

#define MAX_HOSTS 1024
#define MAX_DEPTH 1000
#define MAX_RSA_BITS 65536

/*
 * CERT_CHAIN_* flags that change nothing where nothing is fetched and there is
 * one store: caching, local machine, root update, AIA, shared time-out.
 */
#define CHAIN_FLAGS_IDLE 0x8800210Du

static const char *const known[] = { "anchor_cas", "anchor_checks", "at",
	"chain_flags", "crls", "disallowed", "eku", "eku_match",
	"evidence_max_age", "extra", "host", "id", "indirect_crls",
	"issuance_match", "issuance_policies", "max_depth", "min_digest",
	"min_rsa_bits", "now", "ocsp", "policies", "policy", "policy_flags",
	"profile", "purpose", "revocation", "revocation_scope", "roots",
	"ssl_auth", "ssl_checks", "target", NULL };

static bool
check_names(struct line_reader *r, const json_t *object, const char *where,
    const char *const *names)
{
	const json_t *value;
	const char *key;
	int i;

	json_object_foreach((json_t *)object, key, value) {
		if (text_starts(key, "x_"))
			continue;
		for (i = 0; names[i] != NULL && !text_equal(names[i], key); i++)
			continue;
		if (names[i] == NULL)
			return line_refuse(r, "unknown field \"%s%s\"", where,
			    key);
	}
	return true;
}

static bool
read_id(struct line_reader *r)
{
	const char *id = NULL;

	if (!line_text(r, "id", &id))
		return false;
	r->q->id = arena_copy(r->arena, id);
	return id == NULL || r->q->id != NULL ||
	    line_fail(r, STATUS_NO_MEMORY);
}

/* The profile decides what is meant where the line does not say. */
static bool
read_profile(struct line_reader *r, const struct engine *engine, ticks now)
{
	const char *name = "windows";
	const struct profile *profile;

	if (!line_text(r, "profile", &name))
		return false;
	if ((profile = profile_find(name)) == NULL)
		return line_refuse(r, "profile: expected one of: windows, "
		    "rfc5280, webpki");
	question_begin(&r->q->question, engine, profile->id, now);
	return true;
}

static bool
read_times(struct line_reader *r, ticks now)
{
	struct question *q = &r->q->question;

	if (!line_time(r, "at", &q->at))
		return false;
	/* Windows judges evidence by the clock, RFC 5280 by one time. */
	q->now = q->profile == PROFILE_WINDOWS ? now : q->at;
	return line_time(r, "now", &q->now);
}

static bool
read_match(struct line_reader *r, const char *name,
    enum match_all_any *ret_match)
{
	static const char *const words[] = { "all", "any", NULL };
	int index = MATCH_ALL;

	if (!line_word(r, name, words, &index))
		return false;
	*ret_match = (enum match_all_any)index;
	return true;
}

static bool
read_usage(struct line_reader *r)
{
	struct question *q = &r->q->question;
	const struct purpose *purpose = purpose_find("any");
	const json_t *ekus = NULL;
	const char *name = NULL;

	if (!line_text(r, "purpose", &name) || !line_array(r, "eku", &ekus))
		return false;
	if (name != NULL && ekus != NULL)
		return line_refuse(r, "purpose and eku exclude each other");
	if (name != NULL && (purpose = purpose_find(name)) == NULL)
		return line_refuse(r, "purpose: expected one of: tls-server, "
		    "tls-client, code-signing, time-stamping, email, any");
	question_set_purpose(q, purpose);
	r->q->policy.policy = purpose->policy;
	if (ekus != NULL &&
	    !line_oids(r, "eku", ekus, &q->usages, &q->usage_count))
		return false;
	return read_match(r, "eku_match", &q->usage_match);
}

static bool
read_host(struct line_reader *r, const json_t *item, struct host *ret_host)
{
	static const struct {
		const char *name;
		enum host_kind kind;
	} kinds[] = { { "dns", HOST_DNS }, { "ip", HOST_IP },
		{ "email", HOST_EMAIL } };
	const char *wrong;
	size_t i;

	if (!json_is_object(item) || json_object_size(item) != 1)
		return line_refuse(r, "host: expected an object with one of: "
		    "dns, ip, email");
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const json_t *value = json_object_get(item, kinds[i].name);

		if (value == NULL)
			continue;
		if (!json_is_string(value))
			return line_refuse(r, "host: %s: expected a string",
			    kinds[i].name);
		wrong = host_parse(r->arena, kinds[i].kind,
		    json_string_value(value), ret_host);
		return wrong == NULL ||
		    line_refuse(r, "host: %s: %s", kinds[i].name, wrong);
	}
	return line_refuse(r, "host: expected one of: dns, ip, email");
}

static bool
read_hosts(struct line_reader *r)
{
	struct question *q = &r->q->question;
	const json_t *value = line_get(r, "host");
	size_t count, i;
	struct host *hosts;

	if (value == NULL)
		return true;
	count = json_is_array(value) ? json_array_size(value) : 1;
	if (count > MAX_HOSTS)
		return line_refuse(r, "host: more than %d names", MAX_HOSTS);
	hosts = arena_array(r->arena, count + 1, sizeof(*hosts));
	if (hosts == NULL)
		return line_fail(r, STATUS_NO_MEMORY);
	for (i = 0; i < count; i++)
		if (!read_host(r, json_is_array(value) ?
		        json_array_get(value, i) : value, &hosts[i]))
			return false;
	q->hosts = hosts;
	q->host_count = count;
	r->q->policy.server = count != 0 ? hosts : NULL;
	return true;
}

static bool
read_policies(struct line_reader *r)
{
	static const char *const names[] = { "initial", "inhibit_any",
		"inhibit_mapping", "require_explicit", NULL };
	struct policy_inputs *inputs = &r->q->question.policies;
	const json_t *value = line_get(r, "policies"), *initial = NULL;
	struct line_reader inner = *r;
	bool is_read;

	if (value == NULL)
		return true;
	if (!json_is_object(value))
		return line_refuse(r, "policies: expected an object");
	if (!check_names(r, value, "policies.", names))
		return false;
	inner.root = value;
	is_read = line_array(&inner, "initial", &initial) &&
	    line_flag(&inner, "require_explicit", &inputs->require_explicit) &&
	    line_flag(&inner, "inhibit_mapping", &inputs->inhibit_mapping) &&
	    line_flag(&inner, "inhibit_any", &inputs->inhibit_any) &&
	    (initial == NULL || line_oids(&inner, "policies.initial", initial,
	        &inputs->initial, &inputs->initial_count));
	r->status = inner.status;
	/* No policy at all would mean any, which is its opposite. */
	if (is_read && initial != NULL && inputs->initial_count == 0)
		return line_refuse(r, "policies.initial: expected at least one "
		    "OID; 2.5.29.32.0 is any policy");
	return is_read;
}

static bool
read_issuance(struct line_reader *r)
{
	struct question *q = &r->q->question;
	const json_t *array = NULL;

	if (!line_array(r, "issuance_policies", &array))
		return false;
	if (array != NULL && !line_oids(r, "issuance_policies", array,
	        &q->issuance, &q->issuance_count))
		return false;
	return read_match(r, "issuance_match", &q->issuance_match);
}

static bool
read_anchors(struct line_reader *r)
{
	static const char *const words[] = { "all", "none", NULL };
	struct question *q = &r->q->question;
	bool has_cas = !q->refuses_anchor_cas;
	int index = ANCHOR_CHECKS_ALL;

	if (!line_flag(r, "anchor_cas", &has_cas) ||
	    !line_word(r, "anchor_checks", words, &index))
		return false;
	q->refuses_anchor_cas = !has_cas;
	q->anchor_checks = (enum anchor_checks)index;
	return true;
}

static bool
read_limits(struct line_reader *r)
{
	static const char *const words[] = { "md5", "sha1", "sha256", NULL };
	static const enum digest digests[] = { DIGEST_MD5, DIGEST_SHA1,
		DIGEST_SHA256 };
	struct question *q = &r->q->question;
	uint64_t depth = 0, bits = 0;
	bool has_bits = false;
	int index = -1;

	if (!line_number(r, "max_depth", MAX_DEPTH, &depth,
	        &q->has_max_depth) ||
	    !line_number(r, "min_rsa_bits", MAX_RSA_BITS, &bits, &has_bits) ||
	    !line_word(r, "min_digest", words, &index))
		return false;
	q->max_depth = (uint32_t)depth;
	q->min_rsa_bits = (uint32_t)bits;
	if (index >= 0)
		q->min_digest = digests[index];
	return true;
}

static bool
read_capi2(struct line_reader *r)
{
	static const char *const sides[] = { "server", "client", NULL };
	struct ruling_inputs *p = &r->q->policy;
	uint32_t chain_flags = 0;
	const char *name = NULL;
	int side = 0;

	if (!line_text(r, "policy", &name))
		return false;
	if (name != NULL && !policy_find(name, &p->policy))
		return line_refuse(r, "policy: \"%s\" is not judged here; "
		    "expected one of: base, authenticode, authenticode-ts, "
		    "ssl, basic-constraints, nt-auth, microsoft-root", name);
	if (!line_hex(r, "policy_flags", &p->flags) ||
	    !line_hex(r, "ssl_checks", &p->ssl_checks) ||
	    !line_word(r, "ssl_auth", sides, &side) ||
	    !line_hex(r, "chain_flags", &chain_flags))
		return false;
	p->is_client = side == 1;
	if ((p->flags & ~POLICY_KNOWN_FLAGS) != 0)
		return line_refuse(r, "policy_flags: %x is not known here",
		    p->flags & ~POLICY_KNOWN_FLAGS);
	if ((p->ssl_checks & ~SSL_KNOWN_CHECKS) != 0)
		return line_refuse(r, "ssl_checks: %x is not known here",
		    p->ssl_checks & ~SSL_KNOWN_CHECKS);
	if ((chain_flags & ~CHAIN_FLAGS_IDLE) != 0)
		return line_refuse(r, "chain_flags: %x is not known here or "
		    "has a field of its own", chain_flags & ~CHAIN_FLAGS_IDLE);
	return true;
}

static bool
read_members(struct line_reader *r, const struct engine *engine, ticks now)
{
	if (!json_is_object(r->root))
		return line_refuse(r, "no JSON object");
	return read_id(r) && check_names(r, r->root, "", known) &&
	    read_profile(r, engine, now) && read_times(r, now) &&
	    read_usage(r) && read_hosts(r) && read_policies(r) &&
	    read_issuance(r) && read_anchors(r) && read_limits(r) &&
	    read_capi2(r) && line_read_revocation(r) && line_read_certs(r);
}

enum status
batch_question_read(struct arena *a, struct span line,
    const struct engine *engine, ticks now,
    struct batch_question *ret_question)
{
	struct batch_question q = { 0 };
	struct line_reader r = { .arena = a, .q = &q };
	json_error_t error;
	json_t *root;

	root = json_loadb((const char *)line.ptr, line.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	r.root = root;
	if (root != NULL)
		(void)read_members(&r, engine, now);
	else if (json_error_code(&error) == json_error_out_of_memory)
		r.status = STATUS_NO_MEMORY;
	else
		(void)line_refuse(&r, "no JSON: %s", error.text);
	json_decref(root);
	if (r.status != STATUS_OK)
		return r.status;
	*ret_question = q;
	return STATUS_OK;
}
