/*
 * Loading the system's roots from their PEM bundle: store_add_path beside
 * X509_STORE_load_file, from the name of the file to a pool that a question
 * can use. Rounds interleaved, medians, processor time.
 *
 *     bench-roots [BUNDLE]
 */
#include <stdio.h>

#include <openssl/x509_vfy.h>

#include "engine/store.h"
#include "pki.h"

#define ROUNDS 15
#define OUR_LOADS 20
#define THEIR_LOADS 2

static double
load_avow(const char *path, size_t *ret_count)
{
	double start = bench_cpu();
	struct store_problem problem;
	struct store *store;
	int i;

	for (i = 0; i < OUR_LOADS; i++) {
		store = store_create();
		bench_must(store != NULL &&
		    store_add_path(store, path, &problem) == STATUS_OK);
		*ret_count = pool_count(store_pool(store));
		store_free(store);
	}
	return (bench_cpu() - start) / OUR_LOADS;
}

static double
load_openssl(const char *path, size_t *ret_count)
{
	double start = bench_cpu();
	X509_STORE *store;
	int i;

	for (i = 0; i < THEIR_LOADS; i++) {
		store = X509_STORE_new();
		bench_must(
		    store != NULL && X509_STORE_load_file(store, path) == 1);
		*ret_count =
		    (size_t)sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
		X509_STORE_free(store);
	}
	return (bench_cpu() - start) / THEIR_LOADS;
}

int
main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : store_system_paths[0];
	double avow[ROUNDS], peer[ROUNDS], ours, theirs;
	size_t our_count = 0, their_count = 0;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		avow[round] = load_avow(path, &our_count);
		peer[round] = load_openssl(path, &their_count);
	}
	bench_must(our_count == their_count);
	ours = bench_median(avow, ROUNDS);
	theirs = bench_median(peer, ROUNDS);
	printf("milliseconds             avow   OpenSSL   ratio\n");
	printf("load %zu roots       %9.3f %9.3f %7.1f\n", our_count,
	    ours * 1e3, theirs * 1e3, theirs / ours);
	return 0;
}
