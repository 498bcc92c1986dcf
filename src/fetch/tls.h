/*
 * A TLS handshake for the sake of what it shows: protocol, certificates and
 * OCSP staple. Nothing is sent but the handshake, and nothing is believed:
 * judging certificates is not libssl's business here, and it is told so.
 */
#ifndef AVOW_FETCH_TLS_H
#define AVOW_FETCH_TLS_H

#include "base/arena.h"
#include "fetch/connect.h"

#define TLS_MAX_CHAIN_BYTES ((size_t)256 << 10) /* of the message */
#define TLS_MAX_STAPLE_BYTES ((size_t)256 << 10)
#define TLS_MAX_BYTES ((size_t)1 << 20) /* that the server may send in all */

struct tls_wish {
	const char *sni; /* a DNS name; NULL: none is sent */
	bool has_alpn; /* offer h2 and http/1.1 */
};

struct handshake {
	const char *protocol; /* "TLS 1.3" */
	const char *cipher; /* "TLS_AES_256_GCM_SHA384" */
	const char *group; /* "X25519", "DH 2048 bits"; NULL: RSA */
	const char *alpn; /* or NULL */
	const struct span *certs; /* DER, in the order of the server */
	size_t cert_count; /* at least 1 when the outcome is good */
	size_t certs_left_out;
	struct span staple; /* OCSP response; ptr NULL: none */
	bool wants_client_cert;
	/*
	 * The server proved its key, and ended the handshake then because no
	 * client certificate came (TLS 1.2).
	 */
	bool was_ended;
};

/*
 * OUTCOME_OK, or why not; *ret_why is then a sentence that may hold words of
 * the server, from the arena, or NULL. Everything of the handshake lives in
 * the arena.
 */
enum outcome
tls_greet(struct arena *a, struct connection *c, const struct tls_wish *wish,
    struct handshake *ret_handshake, const char **ret_why);

#endif
