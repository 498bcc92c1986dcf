/*
 * Loading the system's roots beside OpenSSL's X509_STORE_load_file: the best of
 * a number of runs each, and the ratio.
 */
#include <openssl/x509.h>
#include <stdio.h>
#include <time.h>

#include "engine/store.h"

#define ROUNDS 30

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
time_avow(const char *path, size_t *ret_count)
{
	struct store_problem problem;
	double started = now_ms();
	struct store *store = store_create();

	if (store == NULL ||
	    store_add_path(store, path, &problem) != STATUS_OK)
		return -1;
	*ret_count = pool_count(store_pool(store));
	store_free(store);
	return now_ms() - started;
}

static double
time_openssl(const char *path)
{
	double started = now_ms();
	X509_STORE *store = X509_STORE_new();

	if (store == NULL || X509_STORE_load_file(store, path) != 1)
		return -1;
	X509_STORE_free(store);
	return now_ms() - started;
}

int
main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : store_system_paths[0];
	double ours = 0, theirs = 0, t;
	size_t count = 0;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		t = time_avow(path, &count);
		ours = i == 0 || t < ours ? t : ours;
		t = time_openssl(path);
		theirs = i == 0 || t < theirs ? t : theirs;
	}
	if (ours <= 0 || theirs <= 0) {
		fprintf(stderr, "%s cannot be read\n", path);
		return 1;
	}
	printf("roots: %zu certificates, avow %.2f ms, OpenSSL %.2f ms: "
	    "%.1f times as fast\n", count, ours, theirs, theirs / ours);
	return 0;
}
