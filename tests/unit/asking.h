/*
 * A little PKI whose URLs lead to a server on loopback, asked through a real
 * asker: for tests of fetch/ask.
 */
#ifndef AVOW_TESTS_ASKING_H
#define AVOW_TESTS_ASKING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetch/ask.h"
#include "mint.h"
#include "served.h"

#define FAR_AWAY (50L * MINT_YEAR)
#define ASKING_ROWS 16
#define ASKING_URLS 4

enum {
	KEY_ROOT,
	KEY_CA,
	KEY_LEAF,
	KEY_STRANGER,
};

struct asking {
	struct mint mint;
	struct arena *arena; /* of the question */
	struct verifier *verifier;
	struct served *server;
	struct served_row rows[ASKING_ROWS];
	char urls[ASKING_ROWS][256];
	size_t url_count;
	const struct cert *root, *ca, *leaf;
	struct ask_options options;
	struct asker *asker;
	struct source source;
	struct question question;
	const struct verdict *verdict;
	uint64_t took_ms;
	char folder[64]; /* for a cache on disk */
};

int asking_open(void **state);
int asking_close(void **state);

/* "URI:http://127.0.0.1:PORT" and this path; lives as long as the test. */
const char *asking_uri(struct asking *k, const char *before,
    const char *path);

/* What the server answers from here on. */
void serve(struct asking *k, const char *path, enum then then,
    const char *head, struct span body);
void serve_object(struct asking *k, const char *path, struct span der);
void serve_status(struct asking *k, const char *path, const char *line);

/* Certificates whose CRLs and OCSP responses are at these URIs; or NULL. */
void make_chain(struct asking *k, const char *ca_cdp, const char *leaf_cdp,
    const char *leaf_aia);

/* Good CRLs of root and CA. */
const struct crl *good_list(struct asking *k, int key);

/* A new asker with the options as they are; asked without the CA at hand? */
void renew(struct asking *k);
void ask_leaf(struct asking *k);

const struct revocation_result *result_of(const struct asking *k, int element);

/* "crl:ok ocsp:http-status " of all tries, in their order. */
const char *tries_of(struct asking *k);
const struct retrieval *try_at(const struct asking *k, size_t n);

#endif
