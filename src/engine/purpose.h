/* What a certificate is wanted for, and the usages that this calls for. */
#ifndef AVOW_ENGINE_PURPOSE_H
#define AVOW_ENGINE_PURPOSE_H

#include "base/arena.h"
#include "base/span.h"
#include "engine/policy.h"

struct purpose {
	const char *name; /* "tls-server" */
	struct span usage; /* OID; empty: any usage will do */
	enum policy_kind policy; /* the CAPI2 policy that judges it */
};

/* In the order in which a person should read them; ended by a NULL name. */
extern const struct purpose purposes[];

/* NULL when there is no such purpose. */
const struct purpose *purpose_find(const char *name);

/*
 * An OID in dots as the content of its DER, into the arena. False when it is
 * none; ptr NULL when out of memory.
 */
bool oid_parse(struct arena *a, const char *text, struct span *ret_oid);

#endif
