/*
 * libssl runs over memory, not over the socket: bytes go through connect.c,
 * which knows deadline, stop flag and SIGPIPE.
 *
 * What the server sends is picked from the handshake messages as they pass
 * (SSL_CTX_set_msg_callback), before libssl decodes them: a certificate is
 * judged with the octets that came. libssl still has to read the first one to
 * check the key exchange; it verifies no chain and loads no roots.
 *
 * A wide range of servers must be reached to be told what is wrong with them:
 * the security level is 0 and old renegotiation is allowed. No secret ever
 * goes over the connection, so weakness costs nothing here.
 */
#include "fetch/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "fetch/tls_message.h"

#define MESSAGE_HEAD 4 /* type and length of a handshake message */
#define RECORD_HEAD 5
#define PIECE_BYTES 4096

/* What the messages that passed have told. */
struct watch {
	struct arena *arena;
	struct tls_chain chain; /* in the arena */
	bool has_chain;
	bool is_broken; /* a message makes no sense */
	bool has_key; /* a signed key exchange came ... */
	bool has_answered; /* ... and ours went out */
	bool is_asked; /* CertificateRequest came */
	int alert; /* that came; -1: none */
	uint16_t version; /* of ServerHello; 0: none came */
	uint8_t first[RECORD_HEAD]; /* bytes of the first record */
	bool has_first;
};

/* One try: its handles and what it reports. */
struct greeting {
	struct arena *arena;
	struct connection *connection;
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out; /* the SSL's own */
	size_t received;
	struct watch watch;
	const char *why;
};

static void
keep_chain(struct watch *w, bool is_tls13, struct span message)
{
	struct span body = span_slice(message, MESSAGE_HEAD, message.len);
	char *copy;

	/* The first is the one that libssl checks the key of. */
	if (w->has_chain)
		return;
	copy = arena_copy_n(w->arena, (const char *)body.ptr, body.len);
	if (copy == NULL ||
	    !tls_chain_read(span_of(copy, body.len), is_tls13, &w->chain))
		w->is_broken = true;
	else
		w->has_chain = true;
}

static void
watch_handshake(struct watch *w, int version, struct span message)
{
	if (message.len < MESSAGE_HEAD)
		return;
	switch (message.ptr[0]) {
	case SSL3_MT_SERVER_HELLO:
		if (message.len >= MESSAGE_HEAD + 2)
			w->version =
			    (uint16_t)(message.ptr[4] << 8 | message.ptr[5]);
		break;
	case SSL3_MT_CERTIFICATE:
		keep_chain(w, version == TLS1_3_VERSION, message);
		break;
	case SSL3_MT_CERTIFICATE_REQUEST:
		w->is_asked = true;
		break;
	case SSL3_MT_SERVER_KEY_EXCHANGE:
		w->has_key = true;
		break;
	default:
		break;
	}
}

static void
watch_message(int is_sent, int version, int type, const void *bytes, size_t len,
    SSL *ssl, void *arg)
{
	struct watch *w = arg;
	const uint8_t *octets = bytes;

	(void)ssl;
	if (is_sent)
		w->has_answered |= type == SSL3_RT_HANDSHAKE && len != 0 &&
		    octets[0] == SSL3_MT_CLIENT_KEY_EXCHANGE;
	else if (type == SSL3_RT_HANDSHAKE)
		watch_handshake(w, version, span_of(bytes, len));
	else if (type == SSL3_RT_ALERT && len >= 2 &&
	    octets[0] == SSL3_AL_FATAL)
		w->alert = octets[1];
}

/* Certificates are judged elsewhere. */
static int
accept_chain(X509_STORE_CTX *store, void *arg)
{
	(void)store;
	(void)arg;
	return 1;
}

static bool
make_context(struct greeting *g)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	g->context = context;
	if (context == NULL ||
	    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0") != 1)
		return false;
	SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_cert_verify_callback(context, accept_chain, NULL);
	SSL_CTX_set_max_cert_list(context, (long)TLS_MAX_CHAIN_BYTES);
	SSL_CTX_set_msg_callback(context, watch_message);
	SSL_CTX_set_msg_callback_arg(context, &g->watch);
	return true;
}

static bool
make_ssl(struct greeting *g, const struct tls_wish *wish)
{
	static const uint8_t alpn[] = "\x02h2\x08http/1.1";

	if ((g->ssl = SSL_new(g->context)) == NULL)
		return false;
	g->in = BIO_new(BIO_s_mem());
	g->out = BIO_new(BIO_s_mem());
	if (g->in == NULL || g->out == NULL) {
		BIO_free(g->in);
		BIO_free(g->out);
		return false;
	}
	SSL_set_bio(g->ssl, g->in, g->out);
	SSL_set_connect_state(g->ssl);
	if (wish->sni != NULL &&
	    SSL_set_tlsext_host_name(g->ssl, wish->sni) != 1)
		return false;
	if (wish->has_alpn &&
	    SSL_set_alpn_protos(g->ssl, alpn, sizeof(alpn) - 1) != 0)
		return false;
	return SSL_set_tlsext_status_type(g->ssl, TLSEXT_STATUSTYPE_ocsp) == 1;
}

static enum outcome
send_pending(struct greeting *g)
{
	uint8_t piece[PIECE_BYTES];
	enum outcome outcome;
	int len;

	while ((len = BIO_read(g->out, piece, sizeof(piece))) > 0) {
		outcome = connection_write(
		    g->connection, span_of(piece, (size_t)len));
		if (outcome != OUTCOME_OK)
			return outcome;
	}
	return OUTCOME_OK;
}

static void
keep_first(struct watch *w, struct span bytes)
{
	if (w->has_first || bytes.len == 0)
		return;
	memcpy(w->first, bytes.ptr,
	    bytes.len < RECORD_HEAD ? bytes.len : RECORD_HEAD);
	w->has_first = true;
}

static enum outcome
receive(struct greeting *g)
{
	enum outcome outcome;
	struct span bytes;

	outcome = connection_fill(g->connection, &bytes);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (bytes.len == 0) {
		g->why = "the server closed the connection in the middle of "
			 "the handshake";
		return OUTCOME_RESET;
	}
	keep_first(&g->watch, bytes);
	g->received += bytes.len;
	if (g->received > TLS_MAX_BYTES) {
		g->why = "the server sends more than a handshake may need";
		return OUTCOME_TOO_BIG;
	}
	if (BIO_write(g->in, bytes.ptr, (int)bytes.len) != (int)bytes.len)
		return OUTCOME_FAULT;
	connection_take(g->connection, bytes.len);
	return OUTCOME_OK;
}

static const char *
version_name(unsigned version)
{
	switch (version) {
	case SSL3_VERSION:
		return "SSL 3.0";
	case TLS1_VERSION:
		return "TLS 1.0";
	case TLS1_1_VERSION:
		return "TLS 1.1";
	case TLS1_2_VERSION:
		return "TLS 1.2";
	case TLS1_3_VERSION:
		return "TLS 1.3";
	default:
		return NULL;
	}
}

/* A server that speaks first, or answers in the clear, is no TLS server. */
static const char *
plain_text_of(const struct watch *w)
{
	static const struct {
		const char *start;
		const char *says;
	} known[] = {
		{ "HTTP/",
		    "the server answers in plain HTTP: no TLS is spoken "
		    "on this port" },
		{ "220",
		    "the server greets in plain text, as for mail: no TLS "
		    "is spoken on this port before STARTTLS "
		    "(--starttls smtp)" },
		{ "* OK",
		    "the server greets as for IMAP: no TLS is spoken on "
		    "this port before STARTTLS (--starttls imap)" },
		{ "+OK",
		    "the server greets as for POP3: no TLS is spoken on "
		    "this port before STLS (--starttls pop3)" },
		{ "SSH-", "the server speaks SSH, not TLS" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (memcmp(w->first, known[i].start, strlen(known[i].start)) ==
		    0)
			return known[i].says;
	return NULL;
}

static bool
is_tls_record(const struct watch *w)
{
	return w->first[0] >= SSL3_RT_CHANGE_CIPHER_SPEC &&
	    w->first[0] <= SSL3_RT_APPLICATION_DATA && w->first[1] == 3;
}

/* The sentence for what libssl did not like; its queue has the reason. */
static const char *
why_failed(struct greeting *g)
{
	const struct watch *w = &g->watch;
	unsigned long error = ERR_peek_error();
	const char *text = ERR_reason_error_string(error), *old;

	if (w->has_first && !is_tls_record(w)) {
		text = plain_text_of(w);
		return text != NULL ? text : "what the server says is no TLS";
	}
	old = version_name(w->version);
	if (w->alert == SSL_AD_PROTOCOL_VERSION)
		return "the server speaks no TLS 1.2 or 1.3: it refused with "
		       "alert 70, protocol version";
	if (ERR_GET_REASON(error) == SSL_R_UNSUPPORTED_PROTOCOL)
		return old == NULL ? "the server speaks no TLS 1.2 or 1.3"
				   : arena_printf(g->arena,
					 "the server speaks no TLS 1.2 or "
					 "1.3: it chose %s",
					 old);
	if (w->alert >= 0)
		return arena_printf(g->arena,
		    "the server refused with alert "
		    "%d, %s",
		    w->alert, SSL_alert_desc_string_long(w->alert));
	if (ERR_GET_REASON(error) == SSL_R_EXCESSIVE_MESSAGE_SIZE)
		return arena_printf(g->arena,
		    "a message of the server is "
		    "larger than %zu bytes",
		    TLS_MAX_CHAIN_BYTES);
	return text == NULL
	    ? "the handshake failed"
	    : arena_printf(g->arena, "the handshake failed: %s%s", text,
		  w->has_chain ? ", after the certificates had come" : "");
}

/*
 * In TLS 1.2 a server that insists on a client certificate ends the handshake
 * after its own part is done. Its signature on the key exchange has been
 * checked by then, or nothing of ours would have been sent: the certificates
 * are those of the key at the other end.
 */
static bool
was_only_for_us(const struct greeting *g)
{
	const struct watch *w = &g->watch;

	return w->has_chain && w->has_key && w->has_answered && w->is_asked &&
	    SSL_version(g->ssl) == TLS1_2_VERSION && w->alert >= 0;
}

static enum outcome
shake(struct greeting *g, bool *ret_was_ended)
{
	enum outcome outcome, sent;
	int rc, error;

	for (;;) {
		ERR_clear_error();
		rc = SSL_do_handshake(g->ssl);
		error = rc == 1 ? SSL_ERROR_NONE : SSL_get_error(g->ssl, rc);
		sent = send_pending(g);
		if (arena_has_failed(g->arena))
			return OUTCOME_FAULT;
		if (g->watch.is_broken) {
			g->why = "the server's certificates cannot be told "
				 "apart";
			return OUTCOME_PROTOCOL;
		}
		if (rc == 1)
			return sent;
		if (error != SSL_ERROR_WANT_READ) {
			*ret_was_ended = was_only_for_us(g);
			g->why = why_failed(g);
			return *ret_was_ended ? OUTCOME_OK : OUTCOME_TLS;
		}
		if (sent != OUTCOME_OK)
			return sent;
		if ((outcome = receive(g)) != OUTCOME_OK)
			return outcome;
	}
}

static const char *
group_name(struct greeting *g)
{
	static const struct {
		int nid;
		const char *name;
	} known[] = {
		{ NID_X25519, "X25519" },
		{ NID_X448, "X448" },
		{ NID_X9_62_prime256v1, "P-256" },
		{ NID_secp384r1, "P-384" },
		{ NID_secp521r1, "P-521" },
	};
	int group = (int)SSL_get_negotiated_group(g->ssl), bits;
	EVP_PKEY *key = NULL;
	size_t i;

	if (group == NID_undef) {
		if (SSL_get_peer_tmp_key(g->ssl, &key) != 1)
			return NULL;
		bits = EVP_PKEY_get_bits(key);
		EVP_PKEY_free(key);
		return arena_printf(g->arena, "DH %d bits", bits);
	}
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].nid == group)
			return known[i].name;
	return arena_copy(g->arena, SSL_group_to_name(g->ssl, group));
}

static enum outcome
keep_facts(struct greeting *g, struct handshake *h)
{
	const struct watch *w = &g->watch;
	const uint8_t *alpn, *staple;
	unsigned alpn_len;
	struct span *certs;
	long len;

	h->protocol = version_name((unsigned)SSL_version(g->ssl));
	h->cipher = arena_copy(g->arena, SSL_get_cipher_name(g->ssl));
	h->group = group_name(g);
	SSL_get0_alpn_selected(g->ssl, &alpn, &alpn_len);
	if (alpn_len != 0)
		h->alpn = arena_copy_n(g->arena, (const char *)alpn, alpn_len);
	len = SSL_get_tlsext_status_ocsp_resp(g->ssl, &staple);
	if (len > 0 && (size_t)len > TLS_MAX_STAPLE_BYTES) {
		g->why = "the OCSP staple is larger than is allowed";
		return OUTCOME_TOO_BIG;
	}
	if (len > 0 && staple != NULL) {
		h->staple = span_of(
		    arena_copy_n(g->arena, (const char *)staple, (size_t)len),
		    (size_t)len);
		if (h->staple.ptr == NULL)
			return OUTCOME_FAULT;
	}
	certs = arena_array(g->arena, w->chain.count, sizeof(*certs));
	if (certs == NULL || h->cipher == NULL)
		return OUTCOME_FAULT;
	memcpy(certs, w->chain.certs, w->chain.count * sizeof(*certs));
	h->certs = certs;
	h->cert_count = w->chain.count;
	h->certs_left_out = w->chain.left_out;
	h->wants_client_cert = w->is_asked;
	return OUTCOME_OK;
}

static enum outcome
greet(struct greeting *g, const struct tls_wish *wish, struct handshake *h)
{
	enum outcome outcome;

	if (!make_context(g) || !make_ssl(g, wish))
		return OUTCOME_FAULT;
	if ((outcome = shake(g, &h->was_ended)) != OUTCOME_OK)
		return outcome;
	if (!g->watch.has_chain || g->watch.chain.count == 0) {
		g->why = "the server sent no certificate";
		return OUTCOME_TLS;
	}
	if ((outcome = keep_facts(g, h)) != OUTCOME_OK)
		return outcome;
	/* Say goodbye; whether the server hears it changes nothing. */
	if (!h->was_ended && SSL_shutdown(g->ssl) >= 0)
		(void)send_pending(g);
	return OUTCOME_OK;
}

enum outcome
tls_greet(struct arena *a, struct connection *c, const struct tls_wish *wish,
    struct handshake *ret_handshake, const char **ret_why)
{
	struct greeting g = {
		.arena = a,
		.connection = c,
		.watch = { .arena = a, .alert = -1 },
	};
	struct handshake h = { 0 };
	enum outcome outcome = greet(&g, wish, &h);

	SSL_free(g.ssl);
	SSL_CTX_free(g.context);
	ERR_clear_error();
	if (outcome == OUTCOME_OK)
		*ret_handshake = h;
	else
		*ret_why = g.why;
	return outcome;
}
