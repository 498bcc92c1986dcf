#include "fetch/peer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "fetch/proxy.h"
#include "fetch/proxy_connect.h"

#define SELF_BYTES 64

/* One visit on its way. */
struct visit {
	struct arena *arena;
	const struct peer_wish *wish;
	struct peer *peer;
	struct connection connection;
	struct proxy proxy;
	struct proxy_request request;
	struct dialog dialog;
};

static enum outcome
run_dialog(struct visit *v)
{
	enum outcome outcome = dialog_run(&v->dialog, &v->connection);

	if (outcome != OUTCOME_OK && v->dialog.why[0] != '\0')
		v->peer->why = arena_copy(v->arena, v->dialog.why);
	return outcome;
}

static enum outcome
open_connection(struct visit *v, const char *host, int port)
{
	struct peer *p = v->peer;
	enum outcome outcome = connection_open(
	    host, port, &v->wish->patience, &v->connection, &p->report);

	p->stage = PEER_CONNECT;
	if (outcome != OUTCOME_OK) {
		/* Where the outcome says it all, the system repeats it. */
		if (p->report.why[0] != '\0' && outcome != OUTCOME_REFUSED &&
		    outcome != OUTCOME_TIMEOUT)
			p->why = p->report.why;
		return outcome;
	}
	p->address = arena_copy(v->arena, v->connection.address);
	return OUTCOME_OK;
}

static enum outcome
open_through_proxy(struct visit *v)
{
	struct peer *p = v->peer;
	const char *wrong = proxy_parse(v->wish->proxy.url, &v->proxy);
	enum outcome outcome;

	p->proxy_named_by = v->wish->proxy.named_by;
	p->proxy = wrong != NULL ? proxy_shown(v->arena, v->wish->proxy.url)
				 : arena_copy(v->arena, v->proxy.shown);
	if (wrong != NULL) {
		p->why = wrong;
		return OUTCOME_PROXY;
	}
	outcome = open_connection(v, v->proxy.host, v->proxy.port);
	if (outcome != OUTCOME_OK)
		return outcome;
	p->stage = PEER_PROXY;
	proxy_begin(
	    &v->dialog, &v->proxy, v->wish->host, v->wish->port, &v->request);
	return run_dialog(v);
}

/* RFC 5321 4.1.4: a client without a name gives its address. */
static void
name_self(const struct visit *v, char *ret_name)
{
	struct sockaddr_storage self = { 0 };
	const struct sockaddr_in6 *six = (const void *)&self;
	const struct sockaddr_in *four = (const void *)&self;
	socklen_t len = sizeof(self);
	char text[INET6_ADDRSTRLEN];

	snprintf(ret_name, SELF_BYTES, "[127.0.0.1]");
	if (getsockname(v->connection.fd, (struct sockaddr *)&self, &len) != 0)
		return;
	if (self.ss_family == AF_INET &&
	    inet_ntop(AF_INET, &four->sin_addr, text, sizeof(text)) != NULL)
		snprintf(ret_name, SELF_BYTES, "[%s]", text);
	if (self.ss_family == AF_INET6 &&
	    inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof(text)) != NULL)
		snprintf(ret_name, SELF_BYTES, "[IPv6:%s]", text);
}

static enum outcome
ask_for_tls(struct visit *v)
{
	char self[SELF_BYTES];

	v->peer->stage = PEER_STARTTLS;
	name_self(v, self);
	starttls_begin(&v->dialog, v->wish->starttls, self);
	return run_dialog(v);
}

static enum outcome
shake_hands(struct visit *v)
{
	const struct peer_wish *wish = v->wish;
	struct tls_wish tls = {
		.sni = wish->sni,
		.has_alpn = wish->is_https,
	};

	v->peer->stage = PEER_TLS;
	v->peer->sni = arena_copy(v->arena, tls.sni);
	return tls_greet(
	    v->arena, &v->connection, &tls, &v->peer->handshake, &v->peer->why);
}

static enum outcome
visit(struct visit *v)
{
	const struct peer_wish *wish = v->wish;
	enum outcome outcome;

	if (wish->proxy.url != NULL &&
	    !proxy_is_bypassed(wish->proxy.no_proxy, wish->host))
		outcome = open_through_proxy(v);
	else
		outcome = open_connection(v, wish->host, wish->port);
	if (outcome == OUTCOME_OK && wish->starttls != STARTTLS_NONE)
		outcome = ask_for_tls(v);
	if (outcome == OUTCOME_OK)
		outcome = shake_hands(v);
	return outcome;
}

struct peer *
peer_visit(struct arena *a, const struct peer_wish *wish)
{
	uint64_t begun = clock_monotonic_ms();
	struct visit *v = arena_new(a, struct visit);
	struct peer *p = arena_new(a, struct peer);

	if (v == NULL || p == NULL)
		return NULL;
	v->arena = a;
	v->wish = wish;
	v->peer = p;
	v->connection.fd = -1;
	p->starttls = wish->starttls;
	p->outcome = visit(v);
	if (v->connection.fd >= 0)
		connection_close(&v->connection,
		    p->outcome == OUTCOME_OK ? PEER_LINGER_MS : 0);
	p->elapsed_ms = clock_monotonic_ms() - begun;
	return arena_has_failed(a) ? NULL : p;
}
