/*
 * How much may be asked of the network. The defaults are CAPI2's
 * (shared facts: "engine-config-default"); each can be set by name in the
 * configuration, see engine/config.h.
 */
#ifndef AVOW_FETCH_LIMITS_H
#define AVOW_FETCH_LIMITS_H

#include <stdint.h>

/* LIMIT(member, name in the configuration, default, CAPI2's name or NULL) */
#define LIMIT_LIST(X)                                                          \
	X(url_timeout_ms, "url-timeout-ms", 15000,                             \
	    "CERT_CHAIN_URL_RETRIEVAL_TIMEOUT_MILLISECONDS")                   \
	X(budget_ms, "budget-ms", 20000,                                       \
	    "CERT_CHAIN_REV_ACCUMULATIVE_URL_RETRIEVAL_TIMEOUT_MILLISECONDS")  \
	X(aia_urls_per_cert, "aia-urls-per-cert", 5, "MaxAIAUrlCountInCert")   \
	X(aia_fetches_per_chain, "aia-fetches-per-chain", 3,                   \
	    "MaxAIAUrlRetrievalCountPerChain")                                 \
	X(aia_bytes, "aia-bytes", 100000, "MaxAIAUrlRetrievalByteCount")       \
	X(aia_certs, "aia-certs", 10, "MaxAIAUrlRetrievalCertCount")           \
	X(object_bytes, "object-bytes", 104857600,                             \
	    "MaxUrlRetrievalByteCount")                                        \
	X(ocsp_bytes, "ocsp-bytes", 1048576, NULL)                             \
	X(urls_per_point, "urls-per-point", 10, NULL)                          \
	X(fetches_per_question, "fetches-per-question", 40, NULL)              \
	X(question_bytes, "question-bytes", 335544320, NULL)                   \
	X(parallel, "parallel", 8, NULL)                                       \
	X(redirects, "redirects", 5, NULL)                                     \
	X(header_bytes, "header-bytes", 65536, NULL)                           \
	X(ocsp_switch_to_crl, "ocsp-switch-to-crl", 50,                        \
	    "CryptnetCachedOcspSwitchToCrlCount")                              \
	X(negative_seconds, "negative-seconds", 60, NULL)                      \
	X(min_max_age_seconds, "min-max-age-seconds", 3600,                    \
	    "CryptnetPreFetchMinMaxAgeSeconds")                                \
	X(max_max_age_seconds, "max-max-age-seconds", 1209600,                 \
	    "CryptnetPreFetchMaxMaxAgeSeconds")                                \
	X(flush_exempt_seconds, "flush-exempt-seconds", 2419200,               \
	    "CryptnetDefaultFlushExemptSeconds")                               \
	X(cache_bytes, "cache-bytes", 536870912, NULL)                         \
	X(cache_objects, "cache-objects", 100000, NULL)

struct fetch_limits {
#define LIMIT_MEMBER(member, name, value, capi2) uint64_t member;
	LIMIT_LIST(LIMIT_MEMBER)
#undef LIMIT_MEMBER
};

#define LIMIT_VALUE(member, name, value, capi2) .member = (value),
#define FETCH_LIMITS_DEFAULT { LIMIT_LIST(LIMIT_VALUE) }

#endif
