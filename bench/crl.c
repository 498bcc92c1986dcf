/*
 * A CRL of a million entries: from a mapped file to the first answer that may
 * be believed, and the answers after that. avow is asked as any question is,
 * so its time holds the path and the leaf's own signature too, and is asked
 * once more with an index of the list; OpenSSL does
 * what its documentation wants by hand: d2i_X509_CRL, X509_CRL_verify,
 * X509_CRL_get0_by_serial.
 *
 *     bench-crl [ENTRIES [ROUNDS]]
 *
 * Everybody works in a process of its own, started by one that stays small, so
 * that the most memory it ever held can be told; that holds the pages of the
 * file which it has read. Rounds interleaved, medians, processor time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/file.h"
#include "chain/solve.h"
#include "crl_make.h"
#include "pki.h"

#define ROUNDS_MAX 31
#define ARENA_BYTES ((size_t)16 * 1024 * 1024)
#define OUR_LATER 10
#define OUR_INDEXED 1000
#define THEIR_LATER 10000
#define TODAY (NOW + 86400)

static struct arena *arena;

/* Where the files of a run are. */
struct place {
	char root[64], good[64], revoked[64], crl[64];
};

struct figures {
	double first, later, index, indexed; /* seconds */
	long kib;
};

static void
save(const char *path, const void *bytes, size_t len)
{
	FILE *f = fopen(path, "wb");

	bench_must(f != NULL && fwrite(bytes, 1, len, f) == len);
	bench_must(fclose(f) == 0);
}

static void
make_leaf(
    const char *path, EVP_PKEY *key, X509 *issuer, EVP_PKEY *signer, uint64_t n)
{
	X509 *x = pki_frame("leaf", key, issuer, 1);
	uint8_t serial[CRL_MAKE_SERIAL];
	struct octets o;
	BIGNUM *number;

	crl_make_serial(n, serial);
	number = BN_bin2bn(serial, CRL_MAKE_SERIAL, NULL);
	bench_must(
	    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x)) != NULL);
	BN_free(number);
	o = pki_finish(x, signer);
	save(path, o.der, (size_t)o.len);
	OPENSSL_free(o.der);
	X509_free(x);
}

/* The list is made with room for a signature of RSA-2048. */
static void
sign_crl(struct buf *b, EVP_PKEY *key)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	struct der_fault fault;
	struct crl *crl;
	size_t len;

	bench_must(crl_parse(arena, span_of(b->ptr, b->len), &crl, &fault) ==
	    STATUS_OK);
	len = crl->signature.len;
	bench_must(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(md,
		(unsigned char *)b->ptr +
		    (crl->signature.ptr - (const uint8_t *)b->ptr),
		&len, crl->tbs.ptr, crl->tbs.len) == 1 &&
	    len == crl->signature.len);
	EVP_MD_CTX_free(md);
}

static void
make_files(const struct place *at, size_t entries)
{
	EVP_PKEY *key = EVP_RSA_gen(2048), *leaf_key = EVP_RSA_gen(2048);
	struct octets root;
	struct buf b;
	X509 *x;

	x = pki_ca(&root, "Issuer", key, NULL, key, 1);
	save(at->root, root.der, (size_t)root.len);
	make_leaf(at->revoked, leaf_key, x, key, entries / 2);
	make_leaf(at->good, leaf_key, x, key, entries + 1);
	buf_init(&b, entries * CRL_MAKE_ENTRY_MAX + CRL_MAKE_FRAME_MAX);
	crl_make(&b, entries);
	sign_crl(&b, key);
	save(at->crl, b.ptr, b.len);
	buf_free(&b);
	OPENSSL_free(root.der);
	X509_free(x);
}

static struct span
map(const char *path)
{
	struct file f;

	bench_must(file_open(path, 0, &f) == STATUS_OK);
	return f.bytes;
}

static struct cert *
read_cert(const char *path)
{
	struct span bytes = map(path);
	struct der_fault fault;
	struct cert *cert;

	bench_must(cert_parse(arena, bytes, &cert, &fault) == STATUS_OK);
	return cert;
}

static void
ask(struct question *q, struct verifier *v, const struct cert *target,
    enum revocation_status wanted)
{
	struct arena *a = arena_create(ARENA_BYTES);
	struct verdict *verdict;

	q->target = target;
	bench_must(solve(a, q, v, &verdict) == STATUS_OK);
	bench_must(verdict->paths[0]->elements[0].revocation.status == wanted);
	arena_free(a);
}

static struct figures
work_avow(const struct place *at)
{
	struct cert *good = read_cert(at->good);
	struct cert *revoked = read_cert(at->revoked);
	struct pool *roots = pool_create(arena);
	struct verifier *v = verifier_create();
	struct question q = { .profile = PROFILE_RFC5280,
		.at = time_from_unix(TODAY),
		.now = time_from_unix(TODAY),
		.roots = roots };
	struct figures f = { 0 };
	struct crl_index *index;
	struct der_fault fault;
	struct crl *crl;
	double start;
	int i;

	bench_must(pool_add(roots, read_cert(at->root)) == STATUS_OK);
	verifier_remember(v, false);
	start = bench_cpu();
	bench_must(crl_parse(arena, map(at->crl), &crl, &fault) == STATUS_OK);
	q.revocation.mode = REVOCATION_REQUIRE;
	q.revocation.scope = SCOPE_END;
	q.revocation.crls = (const struct crl *const[]){ crl };
	q.revocation.crl_count = 1;
	ask(&q, v, good, REVOCATION_GOOD);
	f.first = bench_cpu() - start;
	/* The bytes stay where they are, so their digest may be kept. */
	verifier_begin(v);
	ask(&q, v, revoked, REVOCATION_REVOKED);
	start = bench_cpu();
	for (i = 0; i < OUR_LATER; i++)
		ask(&q, v, good, REVOCATION_GOOD);
	f.later = (bench_cpu() - start) / OUR_LATER;
	start = bench_cpu();
	bench_must(crl_index_build(arena, crl, &index, &fault) == STATUS_OK);
	f.index = bench_cpu() - start;
	q.revocation.indexes = (const struct crl_index *const[]){ index };
	ask(&q, v, revoked, REVOCATION_REVOKED);
	start = bench_cpu();
	for (i = 0; i < OUR_INDEXED; i++)
		ask(&q, v, good, REVOCATION_GOOD);
	f.indexed = (bench_cpu() - start) / OUR_INDEXED;
	verifier_end(v);
	verifier_free(v);
	return f;
}

static struct figures
work_openssl(const struct place *at)
{
	struct span der = map(at->root);
	const unsigned char *p = der.ptr;
	X509 *root = d2i_X509(NULL, &p, (long)der.len), *good, *revoked;
	struct figures f = { 0 };
	X509_REVOKED *entry;
	X509_CRL *crl;
	double start;
	int i;

	der = map(at->good);
	p = der.ptr;
	good = d2i_X509(NULL, &p, (long)der.len);
	der = map(at->revoked);
	p = der.ptr;
	revoked = d2i_X509(NULL, &p, (long)der.len);
	start = bench_cpu();
	der = map(at->crl);
	p = der.ptr;
	crl = d2i_X509_CRL(NULL, &p, (long)der.len);
	bench_must(
	    crl != NULL && X509_CRL_verify(crl, X509_get0_pubkey(root)) == 1);
	bench_must(X509_CRL_get0_by_serial(
		       crl, &entry, X509_get_serialNumber(good)) == 0);
	f.first = bench_cpu() - start;
	start = bench_cpu();
	for (i = 0; i < THEIR_LATER; i++)
		bench_must(X509_CRL_get0_by_serial(crl, &entry,
			       X509_get_serialNumber(revoked)) == 1);
	f.later = (bench_cpu() - start) / THEIR_LATER;
	X509_CRL_free(crl);
	return f;
}

/* Run in a child; what it measured, and the most memory it held. */
static struct figures
apart(struct figures (*work)(const struct place *), const struct place *at,
    size_t entries)
{
	struct figures f = { 0 };
	struct rusage used;
	int ends[2], status;
	pid_t child = -1;

	bench_must(pipe(ends) == 0 && (child = fork()) >= 0);
	if (child == 0) {
		arena = arena_create(ARENA_BYTES);
		if (work == NULL)
			make_files(at, entries);
		else
			f = work(at);
		bench_must(write(ends[1], &f, sizeof(f)) == sizeof(f));
		_exit(0);
	}
	close(ends[1]);
	bench_must(read(ends[0], &f, sizeof(f)) == sizeof(f));
	close(ends[0]);
	bench_must(wait4(child, &status, 0, &used) == child && status == 0);
	f.kib = used.ru_maxrss;
	return f;
}

static void
row(const char *what, double *ours, double *theirs, size_t rounds, double scale)
{
	double a = bench_median(ours, rounds), b = bench_median(theirs, rounds);

	printf(
	    "%-24s %11.4f %11.4f %9.3f\n", what, a * scale, b * scale, b / a);
}

static void
compare(const struct place *at, size_t rounds)
{
	double first[2][ROUNDS_MAX], later[2][ROUNDS_MAX], kib[2][ROUNDS_MAX];
	double index[ROUNDS_MAX], indexed[ROUNDS_MAX];
	size_t round;
	int who;

	for (round = 0; round < rounds; round++)
		for (who = 0; who < 2; who++) {
			struct figures f =
			    apart(who == 0 ? work_avow : work_openssl, at, 0);

			first[who][round] = f.first;
			later[who][round] = f.later;
			kib[who][round] = (double)f.kib;
			if (who == 0) {
				index[round] = f.index;
				indexed[round] = f.indexed;
			}
		}
	printf("                                avow     OpenSSL     ratio\n");
	row("first answer, ms", first[0], first[1], rounds, 1e3);
	row("later answers, ms", later[0], later[1], rounds, 1e3);
	row("the same, indexed, ms", indexed, later[1], rounds, 1e3);
	printf("%-24s %11.4f\n", "making the index, ms",
	    bench_median(index, rounds) * 1e3);
	row("most memory held, MB", kib[0], kib[1], rounds, 1024e-6);
}

int
main(int argc, char **argv)
{
	size_t entries = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 5;
	char folder[] = "/tmp/bench-crl-XXXXXX";
	struct place at;

	bench_must(rounds > 0 && rounds <= ROUNDS_MAX);
	bench_must(mkdtemp(folder) != NULL);
	snprintf(at.root, sizeof(at.root), "%s/root", folder);
	snprintf(at.good, sizeof(at.good), "%s/good", folder);
	snprintf(at.revoked, sizeof(at.revoked), "%s/revoked", folder);
	snprintf(at.crl, sizeof(at.crl), "%s/crl", folder);
	(void)apart(NULL, &at, entries);
	printf("CRL of %zu entries, %.1f MB\n", entries,
	    (double)map(at.crl).len / 1e6);
	compare(&at, rounds);
	unlink(at.root);
	unlink(at.good);
	unlink(at.revoked);
	unlink(at.crl);
	rmdir(folder);
	return 0;
}
