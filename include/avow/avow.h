/*
 * libavow: may this certificate be trusted, for what, and if not, why?
 *
 * Three kinds of object:
 *
 *   engine    what all questions share: trusted roots and further certificates.
 *             Filled once, then used by any number of threads at a time.
 *   question  one certificate and what is wanted of it. Belongs to one thread
 *             at a time.
 *   verdict   the answer with its reasons. Never changes.
 *
 * The order is: create an engine, add roots, then for each certificate create
 * a question, set it up, ask, look at the verdict, free both. See
 * examples/verify.c.
 *
 * Rules. Every create has a free, and freeing NULL is fine. What a function
 * returns as `const char *` or bytes belongs to the object it was asked of and
 * lives as long as that. Bytes that are given in are copied. Text is UTF-8, and
 * text that stems from a certificate has its control and other deceptive
 * characters escaped. Times are seconds since 1970-01-01 UTC.
 *
 * An avow_error speaks of the call alone. A certificate that nobody should
 * trust is no error: asking about it succeeds, and the verdict says so.
 *
 * The library opens no socket, prints nothing, keeps no global state, reads no
 * environment variable. It opens files only where a function takes a path, and
 * for avow_engine_add_system_roots. It asks for the time only when a question
 * does not set one.
 */
#ifndef AVOW_H
#define AVOW_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AVOW_API __attribute__((visibility("default")))
#define AVOW_CHECKED __attribute__((visibility("default"), warn_unused_result))

struct avow_engine;
struct avow_question;
struct avow_verdict;

/* What a call came to. Values never change. */
enum avow_error {
	AVOW_OK = 0,
	AVOW_NO_MEMORY = 1,
	AVOW_IO = 2, /* a file could not be read; errno tells more */
	AVOW_NOT_FOUND = 3, /* no such file, or it holds nothing of the kind */
	AVOW_MALFORMED = 4, /* bytes are not what they should be */
	AVOW_TOO_BIG = 5, /* a ceiling of the library was reached */
	AVOW_INVALID = 6, /* a wrong argument, or a call out of order */
};

/* One English sentence without a full stop. Never NULL. */
AVOW_API const char *avow_error_text(enum avow_error error);

/* "0.1.0" */
AVOW_API const char *avow_version(void);

/* An engine that trusts nothing yet. */
AVOW_CHECKED enum avow_error avow_engine_create(
    struct avow_engine **ret_engine);

/* Only after all of its questions and verdicts have been freed. */
AVOW_API void avow_engine_free(struct avow_engine *engine);

/*
 * Add trusted roots: those of the system (ca-certificates), those of a file or
 * folder, or those in memory; PEM, DER or PKCS#7, told by content. Adding is
 * for one thread, before the first question: AVOW_INVALID afterwards.
 */
AVOW_CHECKED enum avow_error avow_engine_add_system_roots(
    struct avow_engine *engine);
AVOW_CHECKED enum avow_error avow_engine_add_roots(struct avow_engine *engine,
    const char *path);
AVOW_CHECKED enum avow_error avow_engine_add_roots_bytes(
    struct avow_engine *engine, const void *bytes, size_t len);

/* The same for certificates to build chains with, which are not trusted. */
AVOW_CHECKED enum avow_error avow_engine_add_extra(struct avow_engine *engine,
    const char *path);

/* How many roots there are. */
AVOW_API size_t avow_engine_root_count(const struct avow_engine *engine);

/* Extended key usages (RFC 5280 4.2.1.12). */
enum avow_purpose {
	AVOW_PURPOSE_ANY = 0, /* the default */
	AVOW_PURPOSE_TLS_SERVER = 1,
	AVOW_PURPOSE_TLS_CLIENT = 2,
	AVOW_PURPOSE_CODE_SIGNING = 3,
	AVOW_PURPOSE_TIME_STAMPING = 4,
	AVOW_PURPOSE_EMAIL = 5,
};

/* Which rules a chain is held to; `avow verify --profile help` lists them. */
enum avow_profile {
	AVOW_PROFILE_WINDOWS = 0, /* the default: as CryptoAPI does */
	AVOW_PROFILE_RFC5280 = 1,
	AVOW_PROFILE_WEBPKI = 2, /* CA/Browser Forum, server certificates */
};

/* What is asked about revocation (RFC 5280 6.3, RFC 6960). */
enum avow_revocation {
	AVOW_REVOCATION_NONE = 0, /* the default */
	AVOW_REVOCATION_CHECK = 1, /* revoked counts; unknown is forgiven */
	AVOW_REVOCATION_REQUIRE = 2, /* unknown leaves the verdict undecided */
};

AVOW_CHECKED enum avow_error avow_question_create(struct avow_engine *engine,
    struct avow_question **ret_question);

/* Only after its verdicts have been freed. */
AVOW_API void avow_question_free(struct avow_question *question);

/*
 * The certificate that is asked about. Of several in the bytes it is the first
 * that issued none of the others; the others help to build its chain.
 * AVOW_MALFORMED when it cannot be read; the two functions below then tell
 * where and why.
 */
AVOW_CHECKED enum avow_error avow_question_set_target(
    struct avow_question *question, const void *bytes, size_t len);

/* The rule that the target breaks, with its clause, or NULL. */
AVOW_API const char *avow_question_fault(
    const struct avow_question *question);
/* The offset in bytes from the start of the certificate. */
AVOW_API size_t avow_question_fault_offset(
    const struct avow_question *question);

/* More certificates to build the chain with, at most two calls. */
AVOW_CHECKED enum avow_error avow_question_add_extra(
    struct avow_question *question, const void *bytes, size_t len);

AVOW_CHECKED enum avow_error avow_question_set_purpose(
    struct avow_question *question, enum avow_purpose purpose);
AVOW_CHECKED enum avow_error avow_question_set_profile(
    struct avow_question *question, enum avow_profile profile);

/*
 * A name that the certificate must have: a DNS name (other than ASCII labels
 * become A-labels), an IP address or a mailbox. Several must all be there.
 * AVOW_INVALID for what is no name.
 */
AVOW_CHECKED enum avow_error avow_question_add_host(
    struct avow_question *question, const char *name);

/* The time to judge as of; the current time when it is not set. */
AVOW_CHECKED enum avow_error avow_question_set_time(
    struct avow_question *question, int64_t seconds);

/* Check revocation, with the CRLs and OCSP responses that are given. */
AVOW_CHECKED enum avow_error avow_question_set_revocation(
    struct avow_question *question, enum avow_revocation revocation);
AVOW_CHECKED enum avow_error avow_question_add_crl(
    struct avow_question *question, const void *bytes, size_t len);
AVOW_CHECKED enum avow_error avow_question_add_ocsp(
    struct avow_question *question, const void *bytes, size_t len);

enum avow_answer {
	AVOW_TRUSTED = 0,
	AVOW_NOT_TRUSTED = 1,
	AVOW_UNDECIDED = 2, /* revocation unknown, or a ceiling was reached */
};

/*
 * Answer a question. The same question may be asked again, and its time moves
 * on when none was set. AVOW_INVALID when it has no target.
 */
AVOW_CHECKED enum avow_error avow_ask(struct avow_question *question,
    struct avow_verdict **ret_verdict);
AVOW_API void avow_verdict_free(struct avow_verdict *verdict);

AVOW_API enum avow_answer avow_verdict_answer(
    const struct avow_verdict *verdict);

/*
 * What speaks against the chain, the gravest first; nothing for one that is
 * trusted. `slug` is a stable name ("expired", "untrusted-root"; doc/json.md
 * lists them), `detail` a sentence that names the certificate, `clause` where
 * the rule comes from, such as "RFC 5280 6.1.3 (a) (2)", or NULL. NULL beyond
 * the last cause.
 */
AVOW_API size_t avow_verdict_cause_count(const struct avow_verdict *verdict);
AVOW_API const char *avow_verdict_cause_slug(
    const struct avow_verdict *verdict, size_t index);
AVOW_API const char *avow_verdict_cause_detail(
    const struct avow_verdict *verdict, size_t index);
AVOW_API const char *avow_verdict_cause_clause(
    const struct avow_verdict *verdict, size_t index);
/* The certificate of the chain that it is held against, 0 the target. */
AVOW_API size_t avow_verdict_cause_element(
    const struct avow_verdict *verdict, size_t index);

/* The best chain that was found, the target first: DER, or NULL beyond it. */
AVOW_API size_t avow_verdict_chain_length(const struct avow_verdict *verdict);
AVOW_API const void *avow_verdict_chain_der(
    const struct avow_verdict *verdict, size_t index, size_t *ret_len);

/* CAPI2's view: CERT_TRUST_STATUS of the chain, and of one certificate. */
AVOW_API uint32_t avow_verdict_error_bits(const struct avow_verdict *verdict);
AVOW_API uint32_t avow_verdict_info_bits(const struct avow_verdict *verdict);
AVOW_API uint32_t avow_verdict_element_error_bits(
    const struct avow_verdict *verdict, size_t index);
/* dwError of the policy that belongs to the purpose, 0 when it is content. */
AVOW_API uint32_t avow_verdict_policy_error(
    const struct avow_verdict *verdict);

#ifdef __cplusplus
}
#endif

#endif
