/*
 * jansson's reader of JSON drops the bytes of a string that it finds no room
 * for, and goes on: a log would be read wrong and nobody told. libcrypto says
 * of a signature that it does not verify when it had no memory to verify it.
 * Their allocators can be replaced only for the whole process, which a library
 * of ours must not do; the program may.
 */
#include "starved.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_bool is_starved;

static void *
take(size_t size)
{
	void *p = malloc(size);

	if (p == NULL && size > 0)
		is_starved = true;
	return p;
}

static void *
crypto_take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return take(size);
}

static void *
crypto_retake(void *p, size_t size, const char *file, int line)
{
	void *q = realloc(p, size);

	(void)file;
	(void)line;
	if (q == NULL && size > 0)
		is_starved = true;
	return q;
}

static void
crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

void
starved_watch(void)
{
	json_set_alloc_funcs(take, free);
	/* Refused when libcrypto has begun already: then nothing is noticed. */
	(void)!CRYPTO_set_mem_functions(crypto_take, crypto_retake,
	    crypto_free);
}

enum status
starved_begin(void)
{
	/* Everything else takes it for granted that this has gone well. */
	if (OSSL_LIB_CTX_get0_global_default() == NULL || is_starved)
		return STATUS_NO_MEMORY;
	EVP_MD_free(EVP_MD_fetch(NULL, "SHA2-256", NULL));
	return starved_status(STATUS_OK);
}

enum status
starved_status(enum status status)
{
	return is_starved ? STATUS_NO_MEMORY : status;
}
