/*
 * A question and a world of a few offers in memory, for tests of what the
 * world is asked about revocation and what is said of its offers.
 */
#ifndef AVOW_TESTS_SMALL_WORLD_H
#define AVOW_TESTS_SMALL_WORLD_H

#include "base/buf.h"
#include "mint.h"

#define OFFERS_MAX 16
#define OPINIONS_MAX 32
#define CDP "URI:http://pki.test/root.crl"
#define FETCHED (time_from_unix(MINT_NOW - 50))

struct promise {
	const struct cert *cert;
	struct offer offer;
};

struct world {
	struct promise offers[OFFERS_MAX];
	size_t count;
	struct opinion opinions[OPINIONS_MAX];
	size_t opinion_count;
	enum status failure; /* of offer(), when not STATUS_OK */
	const struct cert *missing; /* that issuers() gives */
	struct buf log; /* one word for each call */
};

struct bench {
	struct mint mint;
	struct verifier *verifier;
	struct question question;
	struct source source;
	struct world world;
	const struct cert *root, *ca, *leaf;
	long ca_serial, leaf_serial;
};

/*
 * root - ca - leaf with keys 0, 1 and 60, all but the root with a CDP; asked
 * with revocation required.
 */
int small_world_open(void **state);
int small_world_close(void **state);

const struct cert *make_ca(struct bench *b, const char *subject, int key,
    const char *issuer, int signer);
const struct cert *make_leaf(struct bench *b, const char *issuer, int signer);

/* Let the world offer something about a certificate, after what it has. */
struct offer *
promise(struct bench *b, const struct cert *cert, struct offer offer);
struct offer *promise_crl(struct bench *b, const struct cert *cert,
    const struct crl_order *order);

/* Lists by root and ca that revoke nothing. */
void promise_good(struct bench *b);

/* Log and opinions begin anew. */
const struct verdict *ask(struct bench *b);

/* Of an element of the best path. */
const struct revocation_result *result(const struct verdict *v, int element);

#define assert_log(b, text) \
	assert_string_equal(buf_text(&(b)->world.log), text)

/* source.issuers of a world that knows the missing one. */
enum status give_missing(void *self, struct arena *a,
    const struct cert *subject, const struct cert *const **ret_certs,
    size_t *ret_count);

#endif
