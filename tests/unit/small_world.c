#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "small_world.h"

static void
write_name(struct world *w, const struct cert *cert)
{
	/* The common name is the last thing in the names of a mint. */
	struct span cn = cert->subject;
	size_t at = cn.len;

	while (at > 0 && cn.ptr[at - 1] > 0x20)
		at--;
	buf_add(&w->log, cn.ptr + at, cn.len - at);
}

static void
expect(void *self, const struct question *q, const struct path *path, int first)
{
	struct world *w = self;

	assert_non_null(q);
	assert_true(element_is_open(&path->elements[first]));
	buf_puts(&w->log, "expect:");
	write_name(w, path->elements[first].cert);
	buf_putc(&w->log, ' ');
}

/* The n-th promise about the certificate. */
static enum status
offer(void *self, struct arena *a, const struct asked *asked,
    struct offer *ret_offer)
{
	struct world *w = self;
	size_t i;
	unsigned left = asked->turn;

	assert_non_null(a);
	assert_non_null(asked->issuer);
	write_name(w, asked->cert);
	buf_putc(&w->log, ' ');
	if (w->failure != STATUS_OK)
		return w->failure;
	for (i = 0; i < w->count; i++) {
		if (!der_equal(w->offers[i].cert->der, asked->cert->der) ||
		    left-- != 0)
			continue;
		*ret_offer = w->offers[i].offer;
		return STATUS_OK;
	}
	return STATUS_END;
}

static void
opine(void *self, const struct asked *asked, const struct offer *o,
    const struct opinion *opinion)
{
	struct world *w = self;

	assert_non_null(asked->cert);
	assert_true(o->crl != NULL || o->ocsp != NULL);
	assert_true(w->opinion_count < OPINIONS_MAX);
	w->opinions[w->opinion_count++] = *opinion;
}

enum status
give_missing(void *self, struct arena *a, const struct cert *subject,
    const struct cert *const **ret_certs, size_t *ret_count)
{
	struct world *w = self;

	assert_non_null(a);
	buf_puts(&w->log, "issuer-of:");
	write_name(w, subject);
	buf_putc(&w->log, ' ');
	*ret_certs = &w->missing;
	*ret_count = w->missing != NULL;
	return STATUS_OK;
}

const struct cert *
make_ca(struct bench *b, const char *subject, int key, const char *issuer,
    int signer)
{
	return mint_cert(&b->mint,
	    &(struct order){ .subject = subject,
		.issuer = issuer,
		.key = key,
		.signer = signer,
		.cdp = CDP,
		.is_ca = true });
}

const struct cert *
make_leaf(struct bench *b, const char *issuer, int signer)
{
	return mint_cert(&b->mint,
	    &(struct order){ .subject = "leaf",
		.issuer = issuer,
		.key = 60,
		.signer = signer,
		.cdp = CDP,
		.san = "DNS:www.example.org" });
}

int
small_world_open(void **state)
{
	struct bench *b = test_calloc(1, sizeof(*b));

	b->verifier = verifier_create();
	assert_non_null(b->verifier);
	mint_open(&b->mint);
	buf_init(&b->world.log, 4000);
	b->root = mint_cert(&b->mint,
	    &(struct order){
		.subject = "root", .issuer = "root", .is_ca = true });
	b->ca = make_ca(b, "ca", 1, "root", 0);
	b->ca_serial = mint_last_serial(&b->mint);
	b->leaf = make_leaf(b, "ca", 1);
	b->leaf_serial = mint_last_serial(&b->mint);
	b->source = (struct source){ .self = &b->world,
		.expect = expect,
		.offer = offer,
		.opine = opine };
	b->question = (struct question){ .profile = PROFILE_RFC5280,
		.at = time_from_unix(MINT_NOW),
		.now = time_from_unix(MINT_NOW),
		.target = b->leaf,
		.roots = mint_pool(&b->mint, b->root, NULL),
		.source = &b->source };
	b->question.extra[0] = mint_pool(&b->mint, b->ca, NULL);
	b->question.revocation.mode = REVOCATION_REQUIRE;
	*state = b;
	return 0;
}

int
small_world_close(void **state)
{
	struct bench *b = *state;

	buf_free(&b->world.log);
	mint_close(&b->mint);
	verifier_free(b->verifier);
	test_free(b);
	return 0;
}

struct offer *
promise(struct bench *b, const struct cert *cert, struct offer offer)
{
	struct promise *p = &b->world.offers[b->world.count++];

	assert_true(b->world.count <= OFFERS_MAX);
	*p = (struct promise){ cert, offer };
	p->offer.place = PLACE_WIRE;
	p->offer.fetched = FETCHED;
	p->offer.tag = p;
	return &p->offer;
}

struct offer *
promise_crl(
    struct bench *b, const struct cert *cert, const struct crl_order *order)
{
	return promise(b, cert,
	    (struct offer){ .crl = mint_list(&b->mint, order) });
}

const struct verdict *
ask(struct bench *b)
{
	struct verdict *verdict;

	buf_clear(&b->world.log);
	b->world.opinion_count = 0;
	assert_int_equal(
	    solve(b->mint.arena, &b->question, b->verifier, &verdict),
	    STATUS_OK);
	assert_true(verdict->path_count >= 1);
	return verdict;
}

const struct revocation_result *
result(const struct verdict *v, int element)
{
	return &v->paths[0]->elements[element].revocation;
}

void
promise_good(struct bench *b)
{
	promise_crl(b, b->ca, &(struct crl_order){ .issuer = "root" });
	promise_crl(
	    b, b->leaf, &(struct crl_order){ .issuer = "ca", .signer = 1 });
}
