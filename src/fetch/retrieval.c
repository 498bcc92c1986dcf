#include "fetch/retrieval.h"

#include <string.h>
#include <strings.h>

const char *
retrieval_kind_name(enum retrieval_kind kind)
{
	static const char *const names[] = {
		[RETRIEVAL_ISSUER] = "issuer",
		[RETRIEVAL_CRL] = "crl",
		[RETRIEVAL_DELTA] = "delta-crl",
		[RETRIEVAL_OCSP] = "ocsp",
		[RETRIEVAL_ANY] = "any",
	};

	return names[kind];
}

const char *
body_form_name(enum body_form form)
{
	static const char *const names[] = {
		[BODY_NONE] = "none",
		[BODY_DER] = "der",
		[BODY_PEM] = "pem",
		[BODY_BASE64] = "base64",
		[BODY_HTML] = "html",
		[BODY_OTHER] = "other",
	};

	return names[form];
}

const char *
retrieval_proxy_host(const struct retrieval *r)
{
	const char *host, *at;

	if (r->proxy == NULL)
		return NULL;
	host = strstr(r->proxy, "://");
	host = host == NULL ? r->proxy : host + 3;
	at = strrchr(host, '@');
	return at == NULL ? host : at + 1;
}

const char *
retrieval_other_key(const struct crl *crl, const struct cert *issuer)
{
	if (crl == NULL || issuer == NULL || crl->aki.key_id.ptr == NULL ||
	    issuer->ski.ptr == NULL || der_equal(crl->aki.key_id, issuer->ski))
		return NULL;
	return "it was signed with another key of that name, as a renewed CA "
	       "has";
}

const char *
retrieval_header(const struct retrieval *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->header_count; i++)
		if (strcasecmp(r->headers[i].name, name) == 0)
			return r->headers[i].value;
	return NULL;
}
