#include "engine/target.h"

#include "base/text.h"
#include "engine/engine.h"
#include "engine/host.h"

#define SCHEME "https://"
#define PORT_MAX 65535

#define SAYS_NO_HOST "no host is named"
#define SAYS_PORT "a port is a number from 1 to 65535"
#define SAYS_MEMORY "out of memory"

void
target_of_bundle(
    const struct bundle *bundle, const char *name, struct target *ret_target)
{
	*ret_target = (struct target){
		.name = name,
		.cert = bundle->target,
		.others = bundle->others,
	};
}

/* Host and port apart; `port` is "" when there is none. */
struct typed {
	char *host;
	const char *port;
	bool is_v6; /* in brackets, or bare */
};

static const char *
split(char *text, struct typed *ret_typed)
{
	char *colon = strrchr(text, ':'), *bracket;

	*ret_typed = (struct typed){ .host = text, .port = "" };
	if (*text == '[') {
		if ((bracket = strchr(text, ']')) == NULL)
			return "the bracket of the address is not closed";
		if (bracket[1] != '\0' && bracket[1] != ':')
			return "after the bracket of the address there may be "
			       "only a port";
		ret_typed->is_v6 = true;
		ret_typed->host = text + 1;
		*bracket = '\0';
		if (bracket[1] == '\0')
			return NULL;
		colon = bracket + 1;
	} else if (colon == NULL) {
		return NULL;
	} else if (strchr(text, ':') != colon) {
		/* Two colons and no bracket: an address without a port. */
		ret_typed->is_v6 = true;
		return NULL;
	}
	*colon = '\0';
	ret_typed->port = colon + 1;
	return *ret_typed->port == '\0' ? SAYS_PORT : NULL;
}

static const char *
read_port(const char *text, struct place *p)
{
	uint64_t port;

	p->port = TARGET_DEFAULT_PORT;
	if (*text == '\0')
		return NULL;
	if (!text_to_u64(text, &port) || port < 1 || port > PORT_MAX)
		return SAYS_PORT;
	p->port = (int)port;
	p->has_port = true;
	return NULL;
}

static const char *
name_place(struct arena *a, struct place *p)
{
	bool is_v6 = p->host.kind == HOST_IP && p->host.name.len == 16;
	struct buf b;

	buf_init(&b, HOST_MAX_BYTES);
	host_add(&b, &p->host);
	p->name = arena_copy(a, buf_text(&b));
	buf_free(&b);
	p->shown = p->name == NULL
	    ? NULL
	    : arena_printf(a, is_v6 ? "[%s]:%d" : "%s:%d", p->name, p->port);
	return p->shown == NULL ? SAYS_MEMORY : NULL;
}

const char *
place_read(struct arena *a, const char *text, struct place *ret_place)
{
	bool is_url = text_starts_nocase(text, SCHEME);
	struct place p = { 0 };
	struct typed typed;
	const char *wrong;
	char *copy;

	if (is_url)
		text += strlen(SCHEME);
	copy =
	    arena_copy_n(a, text, is_url ? strcspn(text, "/?#") : strlen(text));
	if (copy == NULL)
		return SAYS_MEMORY;
	/* Nobody's password is to be looked at, or sent. */
	if (strchr(copy, '@') != NULL)
		return "a user has no place before a host";
	if ((wrong = split(copy, &typed)) != NULL ||
	    (wrong = read_port(typed.port, &p)) != NULL)
		return wrong;
	if (*typed.host == '\0')
		return SAYS_NO_HOST;
	wrong = typed.is_v6 ? host_parse(a, HOST_IP, typed.host, &p.host)
			    : host_guess(a, typed.host, &p.host);
	if (wrong != NULL || (wrong = name_place(a, &p)) != NULL)
		return wrong;
	p.is_https = is_url || p.port == TARGET_DEFAULT_PORT;
	*ret_place = p;
	return NULL;
}

static enum status
read_sent(struct arena *a, const struct handshake *h, struct server *s)
{
	struct sent_cert *sent = arena_array(a, h->cert_count, sizeof(*sent));
	struct cert *cert;
	enum status rc;
	size_t i;

	if (sent == NULL)
		return STATUS_NO_MEMORY;
	for (i = 0; i < h->cert_count; i++) {
		sent[i].der = h->certs[i];
		rc = cert_parse(a, h->certs[i], &cert, &sent[i].fault);
		if (rc == STATUS_OK)
			sent[i].cert = cert;
		else if (rc == STATUS_TOO_BIG)
			sent[i].fault.rule = status_text(rc);
		else if (rc != STATUS_MALFORMED)
			return rc;
	}
	s->sent = sent;
	s->sent_count = h->cert_count;
	return STATUS_OK;
}

static enum status
read_staple(struct arena *a, const struct handshake *h, struct server *s)
{
	struct ocsp *staple;
	enum status rc;

	if (h->staple.ptr == NULL)
		return STATUS_OK;
	rc = ocsp_parse(a, h->staple, &staple, &s->staple_fault);
	if (rc == STATUS_OK)
		s->staple = staple;
	else if (rc == STATUS_TOO_BIG)
		s->staple_fault.rule = status_text(rc);
	else if (rc != STATUS_MALFORMED)
		return rc;
	return STATUS_OK;
}

static enum status
pool_sent(struct arena *a, const struct server *s, struct pool **ret_pool)
{
	struct pool *pool = pool_create(a);
	enum status rc = STATUS_OK;
	size_t i;

	if (pool == NULL)
		return STATUS_NO_MEMORY;
	for (i = 0; i < s->sent_count && rc == STATUS_OK; i++)
		if (s->sent[i].cert != NULL)
			rc = pool_add(pool, s->sent[i].cert);
	*ret_pool = pool;
	return rc;
}

enum status
target_of_peer(struct arena *a, const struct place *place,
    const struct peer *peer, struct target *ret_target,
    struct der_fault *ret_fault)
{
	struct server *s = arena_new(a, struct server);
	struct pool *pool;
	enum status rc;

	if (s == NULL)
		return STATUS_NO_MEMORY;
	s->place = *place;
	s->peer = peer;
	if ((rc = read_sent(a, &peer->handshake, s)) != STATUS_OK ||
	    (rc = read_staple(a, &peer->handshake, s)) != STATUS_OK ||
	    (rc = pool_sent(a, s, &pool)) != STATUS_OK)
		return rc;
	if (s->sent[0].cert == NULL) {
		*ret_fault = s->sent[0].fault;
		return STATUS_MALFORMED;
	}
	s->pool = pool;
	*ret_target = (struct target){
		.name = place->shown,
		.cert = s->sent[0].cert,
		.others = pool,
		.server = s,
	};
	return STATUS_OK;
}

static enum status
add_staple(struct arena *a, const struct ocsp *staple, struct revocation *r)
{
	const struct ocsp **all =
	    arena_array(a, r->response_count + 1, sizeof(*all));

	if (all == NULL)
		return STATUS_NO_MEMORY;
	all[0] = staple;
	if (r->response_count != 0)
		memcpy(all + 1, r->responses, r->response_count * sizeof(*all));
	r->responses = all;
	r->response_count++;
	r->staple = staple;
	return STATUS_OK;
}

enum status
target_ask_about(
    struct arena *a, const struct target *target, struct question *q)
{
	enum status rc = question_add_extra(q, target->others);

	q->target = target->cert;
	if (rc == STATUS_OK && target->server != NULL &&
	    target->server->staple != NULL)
		rc = add_staple(a, target->server->staple, &q->revocation);
	return rc;
}
