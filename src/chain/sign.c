/*
 * The speed of a chain is that of its signatures, so everything around them is
 * done once: digests are fetched when the verifier is made, a key is decoded
 * on its first signature, and an EVP_PKEY_CTX that has been set up for one
 * algorithm verifies any number of signatures without touching a lock or a
 * counter that other threads use.
 *
 * Every verifier has a library context of its own: neither the configuration
 * of the system nor that of the program around us decides what verifies.
 */
#include "chain/sign.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

#include "chain/key.h"
#include "wire/der.h"

#define DIGESTS (DIGEST_SHA512 + 1)
#define KEY_SLOTS 256 /* a power of two */
#define KEY_WAYS 4
#define SETUPS_PER_KEY 3
#define MEMORY_SLOTS 8192 /* a power of two; 32 octets each */
#define MEMORY_KEY 32
#define LARGE_BYTES (64 * 1024)
#define LARGE_SLOTS 8
#define SPKI_MAX_BYTES (1 << 16)

/* A key ready for one algorithm. */
struct setup {
	EVP_PKEY_CTX *evp; /* NULL: free */
	enum signature_scheme scheme;
	enum digest digest;
	enum digest mgf_digest;
	unsigned salt_len;
};

struct key {
	uint8_t *spki; /* a copy; NULL: a free slot */
	size_t spki_len;
	uint64_t used; /* when last, by the verifier's count */
	EVP_PKEY *evp;
	struct setup setups[SETUPS_PER_KEY];
	unsigned next_setup;
};

/* The digest of large octets that stay where they are. */
struct large {
	struct span octets; /* ptr NULL: free */
	enum digest digest;
	uint8_t value[SIGN_MAX_DIGEST];
	size_t len;
};

struct verifier {
	OSSL_LIB_CTX *library;
	OSSL_PROVIDER *provider;
	EVP_MD *digests[DIGESTS]; /* NULL where libcrypto has none */
	EVP_MD_CTX *hashing;
	struct key keys[KEY_SLOTS];
	uint8_t (*memory)[MEMORY_KEY];
	struct large large[LARGE_SLOTS];
	unsigned large_next;
	struct span kept[SIGN_MAX_KEPT]; /* that large ones may lie in */
	size_t kept_count;
	unsigned nesting; /* of verifier_begin */
	bool is_forgetful;
	uint64_t clock;
	uint64_t computed;
	uint64_t remembered;
	uint64_t failed;
};

static const char *const digest_names[DIGESTS] = {
	[DIGEST_MD4] = "MD4",
	[DIGEST_MD5] = "MD5",
	[DIGEST_SHA1] = "SHA1",
	[DIGEST_SHA224] = "SHA2-224",
	[DIGEST_SHA256] = "SHA2-256",
	[DIGEST_SHA384] = "SHA2-384",
	[DIGEST_SHA512] = "SHA2-512",
};

struct verifier *
verifier_create(void)
{
	struct verifier *v = calloc(1, sizeof(*v));
	size_t i;

	if (v == NULL)
		return NULL;
	v->library = OSSL_LIB_CTX_new();
	if (v->library != NULL)
		v->provider = OSSL_PROVIDER_load(v->library, "default");
	v->memory = calloc(MEMORY_SLOTS, sizeof(*v->memory));
	v->hashing = EVP_MD_CTX_new();
	if (v->provider == NULL || v->memory == NULL || v->hashing == NULL) {
		verifier_free(v);
		return NULL;
	}
	for (i = 0; i < DIGESTS; i++)
		if (digest_names[i] != NULL)
			v->digests[i] =
			    EVP_MD_fetch(v->library, digest_names[i], NULL);
	ERR_clear_error();
	return v;
}

static void
key_clear(struct key *key)
{
	size_t i;

	for (i = 0; i < SETUPS_PER_KEY; i++)
		EVP_PKEY_CTX_free(key->setups[i].evp);
	EVP_PKEY_free(key->evp);
	free(key->spki);
	*key = (struct key){ .spki = NULL };
}

void
verifier_forget(struct verifier *v)
{
	size_t i;

	for (i = 0; i < KEY_SLOTS; i++)
		key_clear(&v->keys[i]);
	memset(v->memory, 0, MEMORY_SLOTS * sizeof(*v->memory));
}

void
verifier_free(struct verifier *v)
{
	size_t i;

	if (v == NULL)
		return;
	for (i = 0; i < KEY_SLOTS; i++)
		key_clear(&v->keys[i]);
	for (i = 0; i < DIGESTS; i++)
		EVP_MD_free(v->digests[i]);
	EVP_MD_CTX_free(v->hashing);
	free(v->memory);
	OSSL_PROVIDER_unload(v->provider);
	OSSL_LIB_CTX_free(v->library);
	free(v);
}

void
verifier_remember(struct verifier *v, bool does_remember)
{
	v->is_forgetful = !does_remember;
}

uint64_t
verifier_computed(const struct verifier *v)
{
	return v->computed;
}

uint64_t
verifier_remembered(const struct verifier *v)
{
	return v->remembered;
}

uint64_t
verifier_failed(const struct verifier *v)
{
	return v->failed;
}

void
verifier_begin(struct verifier *v)
{
	v->nesting++;
}

static bool
is_kept(const struct verifier *v, struct span octets)
{
	uintptr_t at = (uintptr_t)octets.ptr;
	size_t i;

	for (i = 0; i < v->kept_count; i++) {
		uintptr_t from = (uintptr_t)v->kept[i].ptr;

		if (octets.ptr != NULL && at >= from &&
		    at - from <= v->kept[i].len &&
		    octets.len <= v->kept[i].len - (at - from))
			return true;
	}
	return false;
}

void
verifier_end(struct verifier *v)
{
	size_t i;

	if (--v->nesting != 0)
		return;
	for (i = 0; i < LARGE_SLOTS; i++)
		if (!is_kept(v, v->large[i].octets))
			v->large[i].octets = span_of(NULL, 0);
}

void
verifier_keep(struct verifier *v, struct span octets)
{
	if (v->kept_count < SIGN_MAX_KEPT)
		v->kept[v->kept_count++] = octets;
}

static bool
compute_digest(struct verifier *v, enum digest digest, struct span octets,
    uint8_t ret_octets[SIGN_MAX_DIGEST], size_t *ret_len)
{
	unsigned len;

	if (digest >= DIGESTS || v->digests[digest] == NULL)
		return false;
	if (EVP_DigestInit_ex2(v->hashing, v->digests[digest], NULL) != 1 ||
	    EVP_DigestUpdate(v->hashing, octets.ptr, octets.len) != 1 ||
	    EVP_DigestFinal_ex(v->hashing, ret_octets, &len) != 1) {
		ERR_clear_error();
		return false;
	}
	*ret_len = len;
	return true;
}

static bool
find_large(struct verifier *v, enum digest digest, struct span octets,
    uint8_t ret_octets[SIGN_MAX_DIGEST], size_t *ret_len)
{
	struct large *large;
	size_t i;

	for (i = 0; i < LARGE_SLOTS; i++) {
		large = &v->large[i];
		if (large->octets.ptr == octets.ptr &&
		    large->octets.len == octets.len && large->digest == digest)
			break;
	}
	if (i == LARGE_SLOTS) {
		large = &v->large[v->large_next++ % LARGE_SLOTS];
		large->octets = span_of(NULL, 0);
		if (!compute_digest(
			v, digest, octets, large->value, &large->len))
			return false;
		large->octets = octets;
		large->digest = digest;
	}
	memcpy(ret_octets, large->value, large->len);
	*ret_len = large->len;
	return true;
}

bool
verifier_digest(struct verifier *v, enum digest digest, struct span octets,
    uint8_t ret_octets[SIGN_MAX_DIGEST], size_t *ret_len)
{
	return octets.len >= LARGE_BYTES &&
		(v->nesting != 0 || is_kept(v, octets))
	    ? find_large(v, digest, octets, ret_octets, ret_len)
	    : compute_digest(v, digest, octets, ret_octets, ret_len);
}

/* Eight octets at a time; keys are random enough for a plain mix. */
static uint64_t
hash_octets(struct span s)
{
	uint64_t hash = s.len * 0x9E3779B97F4A7C15u;
	size_t i;

	for (i = 0; i + 8 <= s.len; i += 8)
		hash = (hash ^ le64(s.ptr + i)) * 0x9FB21C651E98DF25u,
		hash ^= hash >> 29;
	for (; i < s.len; i++)
		hash = (hash ^ s.ptr[i]) * 0x9FB21C651E98DF25u;
	return hash ^ hash >> 32;
}

/*
 * The key's slot among the KEY_WAYS it may be in; the one longest unused makes
 * room. NULL when the key cannot be decoded. A key with inherited parameters
 * is kept under its own octets and those parameters together.
 */
static struct key *
find_key(struct verifier *v, const struct spki *spki, struct span parameters)
{
	size_t len = spki->whole.len + parameters.len;
	uint64_t hash = hash_octets(spki->whole) ^ hash_octets(parameters);
	struct key *set = &v->keys[hash & (KEY_SLOTS - KEY_WAYS)],
		   *oldest = set;
	struct key made = { .spki = NULL };
	size_t i;

	for (i = 0; i < KEY_WAYS; i++) {
		struct key *key = &set[i];

		if (key->spki != NULL && key->spki_len == len &&
		    memcmp(key->spki, spki->whole.ptr, spki->whole.len) == 0 &&
		    (parameters.len == 0 ||
			memcmp(key->spki + spki->whole.len, parameters.ptr,
			    parameters.len) == 0)) {
			key->used = ++v->clock;
			return key;
		}
		if (key->used < oldest->used)
			oldest = key;
	}
	if ((made.evp = key_make(v->library, spki, parameters)) == NULL ||
	    (made.spki = malloc(len)) == NULL) {
		EVP_PKEY_free(made.evp);
		return NULL;
	}
	memcpy(made.spki, spki->whole.ptr, spki->whole.len);
	if (parameters.len != 0)
		memcpy(made.spki + spki->whole.len, parameters.ptr,
		    parameters.len);
	made.spki_len = len;
	made.used = ++v->clock;
	key_clear(oldest);
	*oldest = made;
	return oldest;
}

static bool
prepare(struct verifier *v, EVP_PKEY_CTX *evp, const struct sigalg *alg)
{
	if (EVP_PKEY_verify_init(evp) != 1)
		return false;
	if (EVP_PKEY_CTX_set_signature_md(evp, v->digests[alg->digest]) != 1)
		return false;
	switch (alg->scheme) {
	case SCHEME_RSA_PKCS1:
		return EVP_PKEY_CTX_set_rsa_padding(evp, RSA_PKCS1_PADDING) ==
		    1;
	case SCHEME_RSA_PSS:
		return v->digests[alg->mgf_digest] != NULL &&
		    EVP_PKEY_CTX_set_rsa_padding(evp, RSA_PKCS1_PSS_PADDING) ==
		    1 &&
		    EVP_PKEY_CTX_set_rsa_mgf1_md(
			evp, v->digests[alg->mgf_digest]) == 1 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(evp, (int)alg->salt_len) ==
		    1;
	case SCHEME_ECDSA:
	case SCHEME_DSA:
		return true;
	case SCHEME_EDDSA:
	case SCHEME_UNKNOWN:
		break;
	}
	return false;
}

/* The key set up for this algorithm; NULL when the two do not go together. */
static EVP_PKEY_CTX *
find_setup(struct verifier *v, struct key *key, const struct sigalg *alg)
{
	struct setup *setup;
	EVP_PKEY_CTX *evp;
	size_t i;

	for (i = 0; i < SETUPS_PER_KEY; i++) {
		setup = &key->setups[i];
		if (setup->evp != NULL && setup->scheme == alg->scheme &&
		    setup->digest == alg->digest &&
		    setup->mgf_digest == alg->mgf_digest &&
		    setup->salt_len == alg->salt_len)
			return setup->evp;
	}
	evp = EVP_PKEY_CTX_new_from_pkey(v->library, key->evp, NULL);
	if (evp == NULL || !prepare(v, evp, alg)) {
		EVP_PKEY_CTX_free(evp);
		return NULL;
	}
	setup = &key->setups[key->next_setup];
	key->next_setup = (key->next_setup + 1) % SETUPS_PER_KEY;
	EVP_PKEY_CTX_free(setup->evp);
	*setup = (struct setup){ evp, alg->scheme, alg->digest, alg->mgf_digest,
		alg->salt_len };
	return evp;
}

static enum sign_result
check_eddsa(
    struct verifier *v, const struct signed_octets *what, struct key *key)
{
	EVP_MD_CTX *evp = EVP_MD_CTX_new();
	enum sign_result result = SIGN_NO_MEMORY;

	if (evp != NULL &&
	    EVP_DigestVerifyInit_ex(
		evp, NULL, NULL, v->library, NULL, key->evp, NULL) == 1)
		result = EVP_DigestVerify(evp, what->signature.ptr,
			     what->signature.len, what->octets.ptr,
			     what->octets.len) == 1
		    ? SIGN_GOOD
		    : SIGN_BAD;
	EVP_MD_CTX_free(evp);
	return result;
}

static enum sign_result
compute(struct verifier *v, const struct signed_octets *what,
    const struct spki *spki, struct span parameters, struct span digest)
{
	struct key *key = find_key(v, spki, parameters);
	EVP_PKEY_CTX *setup;
	bool is_good;

	v->computed++;
	if (key == NULL)
		return SIGN_KEY_UNFIT;
	if (what->alg->scheme == SCHEME_EDDSA)
		return check_eddsa(v, what, key);
	if ((setup = find_setup(v, key, what->alg)) == NULL)
		return SIGN_KEY_UNFIT;
	is_good = EVP_PKEY_verify(setup, what->signature.ptr,
		      what->signature.len, digest.ptr, digest.len) == 1;
	return is_good ? SIGN_GOOD : SIGN_BAD;
}

/* The name under which a signature that verified is remembered. */
static bool
memory_key(struct verifier *v, const struct signed_octets *what,
    const struct spki *spki, struct span parameters, struct span digest,
    uint8_t ret_key[SIGN_MAX_DIGEST])
{
	struct span parts[] = { what->alg->whole, digest, what->signature,
		spki->whole, parameters };
	unsigned len;
	size_t i;

	if (v->digests[DIGEST_SHA256] == NULL ||
	    EVP_DigestInit_ex2(v->hashing, v->digests[DIGEST_SHA256], NULL) !=
		1)
		return false;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		uint64_t size = parts[i].len;

		/* Lengths too, so that no two lists of parts look alike. */
		if (EVP_DigestUpdate(v->hashing, &size, sizeof(size)) != 1 ||
		    EVP_DigestUpdate(v->hashing, parts[i].ptr, parts[i].len) !=
			1)
			return false;
	}
	return EVP_DigestFinal_ex(v->hashing, ret_key, &len) == 1;
}

/*
 * What a signature may cost is bounded by the size of the key and, for RSA, by
 * that of the exponent.
 */
static bool
key_is_unfit(const struct sigalg *alg, const struct spki *spki)
{
	bool is_rsa = spki->kind == KEY_RSA || spki->kind == KEY_RSA_PSS;
	bool fits =
	    alg->key == spki->kind || (alg->scheme == SCHEME_RSA_PSS && is_rsa);
	uint32_t most =
	    spki->kind == KEY_DSA ? SIGN_MAX_DSA_BITS : SIGN_MAX_KEY_BITS;

	return !fits || spki->bits > most ||
	    (is_rsa && spki->rsa_exponent == 0) ||
	    spki->whole.len > SPKI_MAX_BYTES;
}

static enum sign_result
check_signature(struct verifier *v, const struct signed_octets *what,
    const struct spki *key, struct span parameters)
{
	uint8_t digest[SIGN_MAX_DIGEST], name[SIGN_MAX_DIGEST];
	const struct sigalg *alg = what->alg;
	struct span hashed = span_of(digest, 0);
	uint8_t *slot = NULL;
	enum sign_result result;

	if (alg->scheme == SCHEME_UNKNOWN || alg->digest >= DIGESTS ||
	    (alg->digest != DIGEST_NONE && v->digests[alg->digest] == NULL))
		return SIGN_UNSUPPORTED;
	if (key_is_unfit(alg, key))
		return SIGN_KEY_UNFIT;
	if (key->kind != KEY_DSA || key->parameters.len != 0)
		parameters = span_of("", 0);
	else if (parameters.len == 0)
		return SIGN_NO_PARAMETERS;
	if (!verifier_digest(v,
		alg->digest == DIGEST_NONE ? DIGEST_SHA512 : alg->digest,
		what->octets, digest, &hashed.len))
		return SIGN_NO_MEMORY;
	if (!v->is_forgetful &&
	    memory_key(v, what, key, parameters, hashed, name)) {
		slot = v->memory[le64(name) & (MEMORY_SLOTS - 1)];
		if (memcmp(slot, name, MEMORY_KEY) == 0) {
			v->remembered++;
			return SIGN_GOOD;
		}
	}
	result = compute(v, what, key, parameters, hashed);
	if (result == SIGN_GOOD && slot != NULL)
		memcpy(slot, name, MEMORY_KEY);
	else if (result != SIGN_GOOD)
		ERR_clear_error();
	return result;
}

enum sign_result
verifier_check(struct verifier *v, const struct signed_octets *what,
    const struct spki *key, struct span parameters)
{
	enum sign_result result = check_signature(v, what, key, parameters);

	v->failed += result != SIGN_GOOD;
	return result;
}
