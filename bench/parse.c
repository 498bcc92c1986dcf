/*
 * Times the decoders beside libcrypto's on the same bytes and prints a line
 * each: our time, theirs, the ratio.
 *
 *     bench-parse LEAF.pem [ENTRIES [ROUNDS]]
 *
 * leaf    cert_parse and d2i_X509 of one certificate
 * crl     parse, the first answer, later answers and a walk of all entries,
 *         of a list of ENTRIES entries (a million) that is made in memory
 * bundle  the leaf 150 times as PEM: find, decode and parse
 *
 * Each figure is the best of the rounds; memory is what the process grew by.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/file.h"
#include "crl_make.h"
#include "wire/cert.h"
#include "wire/crl.h"
#include "wire/crl_index.h"
#include "wire/objects.h"

#define MEMORY_MAX ((size_t)64 * 1024 * 1024)
#define PARSES 20000
#define THEIR_PARSES 500
#define BUNDLE 150
#define LATER 100
#define INDEXED 100000

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
keep_best(double *best, double begun)
{
	double took = seconds() - begun;

	if (took < *best)
		*best = took;
}

static void
report(const char *what, double ours, double theirs, const char *unit,
    double scale)
{
	printf("%-28s %10.3f %s  libcrypto %10.3f %s  %8.1f x\n", what,
	    ours * scale, unit, theirs * scale, unit, theirs / ours);
}

static long
private_kib(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kib = 0;

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "RssAnon:", 8) == 0)
			kib = strtol(line + 8, NULL, 10);
	fclose(f);
	return kib;
}

static void
keep_most(long *most, long before)
{
	long grown = private_kib() - before;

	if (grown > *most)
		*most = grown;
}

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "bench-parse: %s\n", what);
	exit(1);
}

static void
time_leaf(struct span der, long rounds)
{
	struct arena *a = arena_create(MEMORY_MAX);
	double ours = 1e9, theirs = 1e9, begun;
	struct der_fault fault;
	struct cert *cert;
	int i;

	while (rounds-- > 0) {
		begun = seconds();
		for (i = 0; i < PARSES; i++) {
			arena_reset(a);
			if (cert_parse(a, der, &cert, &fault) != STATUS_OK)
				fail("the leaf cannot be read");
		}
		keep_best(&ours, begun);
		begun = seconds();
		for (i = 0; i < THEIR_PARSES; i++) {
			const unsigned char *p = der.ptr;
			X509 *x = d2i_X509(NULL, &p, (long)der.len);

			if (x == NULL)
				fail("libcrypto cannot read the leaf");
			X509_free(x);
		}
		keep_best(&theirs, begun);
	}
	report("leaf, parse", ours / PARSES, theirs / THEIR_PARSES, "us", 1e6);
	arena_free(a);
}

static enum status
count_object(void *arg, const struct object *o)
{
	*(size_t *)arg += o->status == STATUS_OK;
	return STATUS_OK;
}

static void
time_bundle(struct span pem, long rounds)
{
	struct arena *a = arena_create(MEMORY_MAX);
	double ours = 1e9, theirs = 1e9, begun;
	struct object_sink sink;
	struct buf text;
	size_t count;
	int i;

	buf_init(&text, MEMORY_MAX);
	for (i = 0; i < BUNDLE; i++)
		buf_add(&text, pem.ptr, pem.len);
	while (rounds-- > 0) {
		count = 0;
		sink = (struct object_sink){ count_object, &count };
		arena_reset(a);
		begun = seconds();
		if (objects_read(a, span_of(text.ptr, text.len), &sink) !=
			STATUS_OK ||
		    count != BUNDLE)
			fail("the bundle cannot be read");
		keep_best(&ours, begun);
		begun = seconds();
		BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
		X509 *x;

		while ((x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
			X509_free(x);
		BIO_free(bio);
		keep_best(&theirs, begun);
	}
	report("bundle of 150, PEM", ours, theirs, "ms", 1e3);
	buf_free(&text);
	arena_free(a);
}

struct crl_times {
	double parse, first, later, walk, index, indexed;
	long kib;
};

static void
time_our_crl(struct span der, const uint8_t *serial, struct crl_times *best)
{
	struct span wanted = span_of(serial, CRL_MAKE_SERIAL);
	long kib = private_kib();
	struct arena *a = arena_create(MEMORY_MAX);
	struct crl_entry entry;
	struct der_fault fault;
	deviations dev;
	struct crl_index *index;
	struct crl *crl;
	double begun;
	size_t count;
	int i;

	begun = seconds();
	if (crl_parse(a, der, &crl, &fault) != STATUS_OK)
		fail("the CRL cannot be read");
	keep_best(&best->parse, begun);
	begun = seconds();
	if (crl_find(crl, crl->issuer, wanted, &entry, &fault) !=
	    STATUS_NOT_FOUND)
		fail("an entry that is not there was found");
	keep_best(&best->first, begun);
	begun = seconds();
	for (i = 0; i < LATER; i++)
		if (crl_find(crl, crl->issuer, wanted, &entry, &fault) !=
		    STATUS_NOT_FOUND)
			fail("an entry that is not there was found");
	keep_best(&best->later, begun);
	keep_most(&best->kib, kib);
	begun = seconds();
	if (crl_check(crl, &count, &dev, &fault) != STATUS_OK)
		fail("the CRL cannot be walked");
	keep_best(&best->walk, begun);
	begun = seconds();
	if (crl_index_build(a, crl, &index, &fault) != STATUS_OK)
		fail("the CRL cannot be indexed");
	keep_best(&best->index, begun);
	begun = seconds();
	for (i = 0; i < INDEXED; i++)
		if (crl_index_find(index, wanted, &entry, &fault) !=
		    STATUS_NOT_FOUND)
			fail("an entry that is not there was found");
	keep_best(&best->indexed, begun);
	arena_free(a);
}

static void
time_their_crl(struct span der, const uint8_t *serial, struct crl_times *best)
{
	const unsigned char *p = der.ptr;
	ASN1_INTEGER *wanted = ASN1_INTEGER_new();
	BIGNUM *number = BN_bin2bn(serial, CRL_MAKE_SERIAL, NULL);
	long kib = private_kib();
	X509_REVOKED *revoked;
	X509_CRL *crl;
	double begun;
	int i;

	BN_to_ASN1_INTEGER(number, wanted);
	begun = seconds();
	if ((crl = d2i_X509_CRL(NULL, &p, (long)der.len)) == NULL)
		fail("libcrypto cannot read the CRL");
	keep_best(&best->parse, begun);
	begun = seconds();
	(void)X509_CRL_get0_by_serial(crl, &revoked, wanted);
	keep_best(&best->first, begun);
	begun = seconds();
	for (i = 0; i < LATER; i++)
		(void)X509_CRL_get0_by_serial(crl, &revoked, wanted);
	keep_best(&best->later, begun);
	keep_most(&best->kib, kib);
	X509_CRL_free(crl);
	ASN1_INTEGER_free(wanted);
	BN_free(number);
}

static void
time_crl(size_t count, long rounds)
{
	struct crl_times ours = { 1e9, 1e9, 1e9, 1e9, 1e9, 1e9, 0 },
			 theirs = ours;
	uint8_t serial[CRL_MAKE_SERIAL];
	struct span der;
	struct buf b;

	buf_init(&b, count * CRL_MAKE_ENTRY_MAX + CRL_MAKE_FRAME_MAX);
	crl_make(&b, count);
	der = span_of(b.ptr, b.len);
	crl_make_serial(count + 1, serial);
	printf("CRL of %zu entries, %.1f MB\n", count, (double)b.len / 1e6);
	while (rounds-- > 0) {
		malloc_trim(0);
		time_our_crl(der, serial, &ours);
		malloc_trim(0);
		time_their_crl(der, serial, &theirs);
	}
	report("CRL, parse", ours.parse, theirs.parse, "ms", 1e3);
	report("CRL, first answer", ours.first, theirs.first, "ms", 1e3);
	report("CRL, parse + first answer", ours.parse + ours.first,
	    theirs.parse + theirs.first, "ms", 1e3);
	report("CRL, later answer", ours.later / LATER, theirs.later / LATER,
	    "ms", 1e3);
	printf("%-28s %10.3f ms\n", "CRL, check every entry", ours.walk * 1e3);
	printf("%-28s %10.3f ms\n", "CRL, build the index", ours.index * 1e3);
	report("CRL, answer by index", ours.indexed / INDEXED,
	    theirs.later / LATER, "us", 1e6);
	printf("%-28s %10ld KiB libcrypto %10ld KiB\n",
	    "CRL, memory beside the bytes", ours.kib, theirs.kib);
	buf_free(&b);
}

int
main(int argc, char **argv)
{
	size_t entries = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000000;
	long rounds = argc > 3 ? strtol(argv[3], NULL, 10) : 5;
	struct arena *a = arena_create(MEMORY_MAX);
	struct pem_block block;
	struct der_fault fault;
	struct span der;
	struct file f;
	size_t at = 0;

	if (argc < 2 || file_open(argv[1], 0, &f) != STATUS_OK) {
		fputs(
		    "usage: bench-parse LEAF.pem [ENTRIES [ROUNDS]]\n", stderr);
		return 64;
	}
	if (pem_next(f.bytes, &at, &block, &fault) != STATUS_OK ||
	    pem_decode(a, f.bytes, &block, &der, &fault) != STATUS_OK)
		fail("the leaf is no PEM");
	time_leaf(der, rounds);
	time_bundle(f.bytes, rounds);
	if (entries != 0)
		time_crl(entries, rounds);
	file_close(&f);
	arena_free(a);
	return 0;
}
