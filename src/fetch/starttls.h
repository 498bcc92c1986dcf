/* How clients of mail and directory servers ask for TLS on a plain port. */
#ifndef AVOW_FETCH_STARTTLS_H
#define AVOW_FETCH_STARTTLS_H

#include "fetch/dialog.h"

enum starttls {
	STARTTLS_NONE, /* TLS from the first byte */
	STARTTLS_SMTP, /* RFC 3207 */
	STARTTLS_IMAP, /* RFC 9051 6.2.1 */
	STARTTLS_POP3, /* RFC 2595 4 */
	STARTTLS_LDAP, /* RFC 4511 4.14 */
	STARTTLS_COUNT
};

const char *starttls_name(enum starttls kind); /* "smtp"; NULL for none */

/* False for a word that is none of them. */
bool starttls_find(const char *word, enum starttls *ret_kind);

/* What a port is for: 25 and 587, 143, 110, 389; else STARTTLS_NONE. */
enum starttls starttls_of_port(int port);

/*
 * `name` is who we are, for those who want to know: "[192.0.2.7]". Not for
 * STARTTLS_NONE.
 */
void starttls_begin(struct dialog *d, enum starttls kind, const char *name);

#endif
