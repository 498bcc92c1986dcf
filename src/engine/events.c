#include "engine/events.h"

#include "capi2/decode.h"
#include "engine/host.h"
#include "trace/catalogue.h"
#include "wire/dirstring.h"
#include "wire/name.h"

#define PROVIDER "Microsoft-Windows-CAPI2"
#define PROVIDER_GUID "{5bbca4a8-b209-48dc-a8c7-b23d3e5216fb}"
#define CHANNEL PROVIDER "/Operational"
#define CHANNEL_KEYWORD 0x4000000000000000u
#define VALUE_MAX_BYTES 65536
#define LEVEL_ERROR 2
#define LEVEL_INFORMATION 4

/* CERT_CHAIN_* flags. */
#define FLAG_CACHE_ONLY 0x80000004u /* nothing is fetched */
#define FLAG_CHECK_END 0x10000000u
#define FLAG_CHECK_CHAIN 0x20000000u
#define FLAG_CHECK_CHAIN_EXCLUDE_ROOT 0x40000000u

struct writer {
	struct arena *arena;
	const struct reply *reply;
	struct verifier *verifier;
	const struct events_origin *origin;
	const struct event_sink *sink;
	const char *build_task, *policy_task, *chain_ref; /* {GUID} */
	uint64_t record_id;
	struct buf text;
	enum status status;
};

static const char *
gathered(struct writer *w)
{
	const char *copy = arena_copy(w->arena, buf_text(&w->text));

	buf_clear(&w->text);
	return copy;
}

static struct node *
add(struct writer *w, struct node *parent, const char *name)
{
	return parent == NULL ? NULL : node_add(w->arena, parent, name);
}

static void
attribute(struct writer *w, struct node *n, const char *name,
    const char *value)
{
	if (n != NULL && value != NULL)
		(void)node_add_attr(w->arena, n, name, value);
}

static void
text(struct writer *w, struct node *parent, const char *name,
    const char *value)
{
	struct node *n = add(w, parent, name);

	if (n != NULL)
		n->text = value;
}

static void
number(struct writer *w, struct node *n, const char *name, int64_t value)
{
	buf_printf(&w->text, "%lld", (long long)value);
	attribute(w, n, name, gathered(w));
}

static void
code(struct writer *w, struct node *n, uint32_t value)
{
	decode_add_code(&w->text, value);
	attribute(w, n, "value", gathered(w));
}

/* value="..." and a name for each bit, as Windows has them. */
static void
flags(struct writer *w, struct node *parent, const char *name,
    enum flag_set set, uint32_t value)
{
	struct node *n = add(w, parent, name);
	unsigned bit;

	code(w, n, value);
	for (bit = 0; bit < 32; bit++) {
		uint32_t one = (uint32_t)1 << bit;

		if ((value & one) != 0)
			attribute(w, n, decode_flag(set, one), "true");
	}
}

static void
moment(struct writer *w, struct node *parent, const char *name, ticks t)
{
	time_add_iso(&w->text, t, 0);
	text(w, parent, name, gathered(w));
}

static void
result(struct writer *w, struct node *parent, const char *name, uint32_t value)
{
	const struct error_row *row = value == 0 ? NULL : decode_error(value);
	struct node *n = add(w, parent, name);

	code(w, n, value);
	if (n != NULL && row != NULL)
		n->text = row->message;
}

static const char *
hex_upper(struct writer *w, struct span octets)
{
	size_t i;

	for (i = 0; i < octets.len; i++)
		buf_printf(&w->text, "%02X", octets.ptr[i]);
	return gathered(w);
}

static const char *
file_ref(struct writer *w, const struct cert *cert)
{
	uint8_t octets[SIGN_MAX_DIGEST];
	size_t len, i;

	if (!verifier_digest(w->verifier, DIGEST_SHA1, cert->der, octets,
	        &len)) {
		w->status = STATUS_NO_MEMORY;
		return NULL;
	}
	for (i = 0; i < len; i++)
		buf_printf(&w->text, "%02X", octets[i]);
	buf_puts(&w->text, ".cer");
	return gathered(w);
}

static struct node *
certificate(struct writer *w, struct node *parent, const struct cert *cert)
{
	struct node *n = add(w, parent, "Certificate");

	attribute(w, n, "fileRef", file_ref(w, cert));
	name_add_title(&w->text, cert->subject);
	attribute(w, n, "subjectName", gathered(w));
	return n;
}

/* A GUID that the same chain has in the same run (RFC 4122 version 5's form). */
static const char *
guid(struct writer *w, const char *what)
{
	const struct cert *target = w->reply->path->elements[0].cert;
	uint8_t o[SIGN_MAX_DIGEST];
	struct buf seed;
	size_t len, i;
	bool is_well;

	buf_init(&seed, VALUE_MAX_BYTES);
	buf_printf(&seed, "%s %lld %lld %llu ", what,
	    (long long)w->reply->question->at, (long long)w->origin->time,
	    (unsigned long long)w->origin->record_id);
	buf_add(&seed, target->signature.ptr, target->signature.len);
	is_well = verifier_digest(w->verifier, DIGEST_SHA256,
	    span_of(seed.ptr, seed.len), o, &len);
	buf_free(&seed);
	if (!is_well) {
		w->status = STATUS_NO_MEMORY;
		return NULL;
	}
	o[6] = (uint8_t)((o[6] & 0x0F) | 0x50);
	o[8] = (uint8_t)((o[8] & 0x3F) | 0x80);
	buf_putc(&w->text, '{');
	for (i = 0; i < 16; i++)
		buf_printf(&w->text, "%s%02X",
		    i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", o[i]);
	buf_putc(&w->text, '}');
	return gathered(w);
}

static struct node *
begin(struct writer *w, int id, struct event *ev)
{
	const struct catalogue_entry *row =
	    catalogue_find(CHANNEL_OPERATIONAL, id);

	event_init(ev, FORM_XML);
	ev->provider = PROVIDER;
	ev->guid = PROVIDER_GUID;
	ev->id = id;
	ev->version = 0;
	ev->level = LEVEL_INFORMATION;
	ev->task = row->task;
	ev->opcode = row->opcode;
	ev->has_keywords = true;
	ev->keywords = CHANNEL_KEYWORD | row->keywords;
	ev->time = w->origin->time;
	ev->has_record_id = true;
	ev->record_id = w->record_id++;
	ev->pid = w->origin->pid;
	ev->tid = w->origin->pid;
	ev->channel = CHANNEL;
	ev->computer = w->origin->computer;
	ev->body = node_new(w->arena, "UserData");
	return add(w, ev->body, row->root);
}

static void
end(struct writer *w, struct event *ev, struct node *root, const char *task,
    int seq)
{
	struct node *n = add(w, root, "EventAuxInfo");

	attribute(w, n, "ProcessName", w->origin->process);
	n = add(w, root, "CorrelationAuxInfo");
	attribute(w, n, "TaskId", task);
	number(w, n, "SeqNumber", seq);
}

static void
give(struct writer *w, const struct event *ev)
{
	if (w->text.status != STATUS_OK)
		w->status = w->text.status;
	else if (arena_has_failed(w->arena))
		w->status = STATUS_NO_MEMORY;
	if (w->status == STATUS_OK)
		w->status = w->sink->put(w->sink->arg, ev);
}

static void
give_start(struct writer *w)
{
	struct event ev;
	struct node *root = begin(w, 10, &ev);

	end(w, &ev, root, w->build_task, 1);
	give(w, &ev);
}

static void
algorithms(struct writer *w, struct node *parent, const struct cert *cert)
{
	static const char *const hashes[] = {
		[DIGEST_MD2] = "MD2",
		[DIGEST_MD4] = "MD4",
		[DIGEST_MD5] = "MD5",
		[DIGEST_SHA1] = "SHA1",
		[DIGEST_SHA224] = "SHA224",
		[DIGEST_SHA256] = "SHA256",
		[DIGEST_SHA384] = "SHA384",
		[DIGEST_SHA512] = "SHA512",
	};
	static const char *const keys[] = {
		[KEY_RSA] = "RSA",
		[KEY_RSA_PSS] = "RSA",
		[KEY_EC] = "ECC",
		[KEY_DSA] = "DSA",
		[KEY_DH] = "DH",
	};
	const struct sigalg *alg = &cert->sigalg;
	struct node *n = add(w, parent, "SignatureAlgorithm");

	der_add_oid(&w->text, alg->oid);
	attribute(w, n, "oid", gathered(w));
	if ((size_t)alg->digest < sizeof(hashes) / sizeof(*hashes))
		attribute(w, n, "hashName", hashes[alg->digest]);
	if ((size_t)alg->key < sizeof(keys) / sizeof(*keys))
		attribute(w, n, "publicKeyName", keys[alg->key]);
	n = add(w, parent, "PublicKeyAlgorithm");
	der_add_oid(&w->text, cert->spki.oid);
	attribute(w, n, "oid", gathered(w));
	if ((size_t)cert->spki.kind < sizeof(keys) / sizeof(*keys))
		attribute(w, n, "publicKeyName", keys[cert->spki.kind]);
	if (cert->spki.bits != 0)
		number(w, n, "publicKeyLength", cert->spki.bits);
}

/* The attributes that Windows gives an element of their own. */
static void
distinguished_name(struct writer *w, struct node *parent, const char *label,
    const struct cert *cert, struct span name)
{
	static const struct {
		const char *oid;
		const char *element;
	} kinds[] = { { "2.5.4.3", "CN" }, { "2.5.4.5", "SERIALNUMBER" },
		{ "2.5.4.6", "C" }, { "2.5.4.7", "L" }, { "2.5.4.8", "S" },
		{ "2.5.4.10", "O" }, { "2.5.4.11", "OU" },
		{ "0.9.2342.19200300.100.1.25", "DC" },
		{ "1.2.840.113549.1.9.1", "E" } };
	struct der_source source = cert_source(cert);
	struct node *n = add(w, parent, label);
	struct name_attribute a;
	struct name_reader r;
	const char *oid;
	size_t i;

	if (!name_open(&source, name, &r))
		return;
	while (name_next(&r, &a)) {
		der_add_oid(&w->text, a.oid);
		oid = gathered(w);
		for (i = 0; oid != NULL && i < sizeof(kinds) / sizeof(*kinds);
		     i++) {
			if (strcmp(kinds[i].oid, oid) != 0)
				continue;
			name_add_value(&w->text, a.tag, a.value);
			text(w, n, kinds[i].element, gathered(w));
		}
	}
}

static void
constraints(struct writer *w, struct node *extensions, const struct cert *cert)
{
	const struct ext *ext = cert_ext(cert, EXT_BASIC_CONSTRAINTS);
	struct node *n;

	if (ext == NULL)
		return;
	n = add(w, extensions, "BasicConstraints");
	if (ext->is_critical)
		attribute(w, n, "critical", "true");
	attribute(w, n, "cA", cert->basic.is_ca ? "true" : "false");
	if (cert->basic.has_path_len)
		number(w, n, "pathLenConstraint", cert->basic.path_len);
}

/* Windows writes the usage's octets as one number, the first octet lowest. */
static void
key_usage(struct writer *w, struct node *extensions, const struct cert *cert)
{
	uint32_t value = 0;
	int bit;

	if (cert_ext(cert, EXT_KEY_USAGE) == NULL)
		return;
	for (bit = 0; bit < 9; bit++)
		if ((cert->key_usage >> bit & 1) != 0)
			value |= bit < 8 ? 0x80u >> bit : 0x8000u;
	flags(w, extensions, "KeyUsage", FLAGS_KEY_USAGE, value);
}

static void
usage(struct writer *w, struct node *parent, struct span oid)
{
	struct node *n = add(w, parent, "Usage");
	const char *dots;

	der_add_oid(&w->text, oid);
	dots = gathered(w);
	attribute(w, n, "oid", dots);
	attribute(w, n, "name", dots == NULL ? NULL : decode_oid(dots));
}

static void
extensions_of(struct writer *w, struct node *parent, const struct cert *cert)
{
	const struct ext *eku = cert_ext(cert, EXT_EKU);
	struct der_source source = cert_source(cert);
	struct node *n = add(w, parent, "Extensions"), *inner;
	struct span oid;
	struct der list;

	key_usage(w, n, cert);
	if (eku != NULL && ext_open_list(&source, eku, "RFC 5280 4.2.1.12",
	        &list)) {
		inner = add(w, n, "ExtendedKeyUsage");
		while (!der_is_empty(&list) && ext_oid_next(&list, &oid))
			usage(w, inner, oid);
	}
	constraints(w, n, cert);
	if (cert->aki.key_id.ptr != NULL) {
		inner = add(w, add(w, n, "AuthorityKeyIdentifier"), "KeyID");
		attribute(w, inner, "hash", hex_upper(w, cert->aki.key_id));
	}
}

static void
object(struct writer *w, struct node *root, const struct cert *cert)
{
	struct node *n = certificate(w, root, cert), *key;

	distinguished_name(w, n, "Subject", cert, cert->subject);
	if (cert->ski.ptr != NULL) {
		key = add(w, n, "SubjectKeyID");
		attribute(w, key, "computed", "false");
		attribute(w, key, "hash", hex_upper(w, cert->ski));
	}
	algorithms(w, n, cert);
	distinguished_name(w, n, "Issuer", cert, cert->issuer);
	text(w, n, "SerialNumber", hex_upper(w, cert->serial));
	moment(w, n, "NotBefore", cert->not_before);
	moment(w, n, "NotAfter", cert->not_after);
	extensions_of(w, n, cert);
}

static void
give_objects(struct writer *w)
{
	const struct path *path = w->reply->path;
	struct event ev;
	struct node *root = begin(w, 90, &ev);
	size_t i;

	for (i = 0; i < path->count; i++)
		object(w, root, path->elements[i].cert);
	end(w, &ev, root, w->build_task, 2);
	give(w, &ev);
}

static void
status(struct writer *w, struct node *parent, uint32_t error, uint32_t info)
{
	struct node *n = add(w, parent, "TrustStatus");

	flags(w, n, "ErrorStatus", FLAGS_TRUST_ERROR, error);
	flags(w, n, "InfoStatus", FLAGS_TRUST_INFO, info);
}

static void
element(struct writer *w, struct node *parent, const struct path_element *e)
{
	struct node *n = add(w, parent, "ChainElement"), *revocation;

	(void)certificate(w, n, e->cert);
	algorithms(w, n, e->cert);
	status(w, n, e->error, e->info);
	if (e->revocation.status == REVOCATION_NOT_ASKED)
		return;
	revocation = add(w, n, "RevocationInfo");
	result(w, revocation, "RevocationResult", e->revocation.result);
}

static uint32_t
chain_flags(const struct question *q)
{
	if (q->revocation.mode == REVOCATION_NONE)
		return FLAG_CACHE_ONLY;
	switch (q->revocation.scope) {
	case SCOPE_END:
		return FLAG_CACHE_ONLY | FLAG_CHECK_END;
	case SCOPE_CHAIN:
		return FLAG_CACHE_ONLY | FLAG_CHECK_CHAIN;
	case SCOPE_CHAIN_EXCLUDE_ROOT:
		break;
	}
	return FLAG_CACHE_ONLY | FLAG_CHECK_CHAIN_EXCLUDE_ROOT;
}

static void
asked_usages(struct writer *w, struct node *root, const struct question *q)
{
	struct node *n;
	size_t i;

	if (q->usage_count == 0)
		return;
	n = add(w, root, "ExtendedKeyUsage");
	if (q->usage_match == MATCH_ANY)
		attribute(w, n, "orMatch", "true");
	for (i = 0; i < q->usage_count; i++)
		usage(w, n, q->usages[i]);
}

static void
give_chain(struct writer *w)
{
	const struct ruling_inputs base = { .policy = POLICY_KIND_BASE };
	const struct path *path = w->reply->path;
	const struct question *q = w->reply->question;
	uint32_t error = ruling_of(path, &base).error;
	struct event ev;
	struct node *root = begin(w, 11, &ev), *chain;
	size_t i;

	(void)certificate(w, root, path->elements[0].cert);
	moment(w, root, "ValidationTime", q->at);
	asked_usages(w, root, q);
	flags(w, root, "Flags", FLAGS_CHAIN, chain_flags(q));
	attribute(w, add(w, root, "ChainEngineInfo"), "context", "user");
	chain = add(w, root, "CertificateChain");
	attribute(w, chain, "chainRef", w->chain_ref);
	status(w, chain, path->error, path->info);
	for (i = 0; i < path->count; i++)
		element(w, chain, &path->elements[i]);
	ev.level = error == 0 ? LEVEL_INFORMATION : LEVEL_ERROR;
	end(w, &ev, root, w->build_task, 3);
	result(w, root, "Result", error);
	give(w, &ev);
}

static void
ssl_info(struct writer *w, struct node *root)
{
	const struct question *q = w->reply->question;
	const struct ruling_inputs *p = &w->reply->policy_inputs;
	struct node *n = add(w, root, "SSLAdditionalPolicyInfo");

	attribute(w, n, "authType", p->is_client ? "client" : "server");
	if (q->host_count != 0) {
		host_add(&w->text, &q->hosts[0]);
		attribute(w, n, "serverName", gathered(w));
	}
	if (p->ssl_checks != 0)
		flags(w, n, "IgnoreFlags", FLAGS_SSL_IGNORE, p->ssl_checks);
}

static void
give_policy(struct writer *w)
{
	const struct ruling_inputs *p = &w->reply->policy_inputs;
	const struct ruling *s = &w->reply->policy;
	struct event ev;
	struct node *root = begin(w, 30, &ev), *n;

	n = add(w, root, "Policy");
	attribute(w, n, "type", decode_policy(p->policy));
	number(w, n, "constant", p->policy);
	(void)certificate(w, root, w->reply->path->elements[0].cert);
	attribute(w, add(w, root, "CertificateChain"), "chainRef",
	    w->chain_ref);
	flags(w, root, "Flags", FLAGS_POLICY, p->flags);
	if (p->policy == POLICY_KIND_SSL)
		ssl_info(w, root);
	n = add(w, root, "Status");
	number(w, n, "chainIndex", s->chain_index);
	number(w, n, "elementIndex", s->element_index);
	ev.level = s->error == 0 ? LEVEL_INFORMATION : LEVEL_ERROR;
	end(w, &ev, root, w->policy_task, 1);
	result(w, root, "Result", s->error);
	give(w, &ev);
}

enum status
events_give(struct arena *a, const struct reply *reply, struct verifier *v,
    const struct events_origin *origin, const struct event_sink *sink)
{
	struct writer w = {
		.arena = a,
		.reply = reply,
		.verifier = v,
		.origin = origin,
		.sink = sink,
		.record_id = origin->record_id,
	};

	buf_init(&w.text, VALUE_MAX_BYTES);
	w.build_task = guid(&w, "build");
	w.policy_task = guid(&w, "policy");
	w.chain_ref = guid(&w, "chain");
	give_start(&w);
	give_objects(&w);
	give_chain(&w);
	give_policy(&w);
	buf_free(&w.text);
	return w.status;
}
