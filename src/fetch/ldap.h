/* One LDAP asking, and the object in its answer. */
#ifndef AVOW_FETCH_LDAP_H
#define AVOW_FETCH_LDAP_H

#include "fetch/transfer_parts.h"

/*
 * The URL to ask for one of an object: with the configured server where it
 * names none. OUTCOME_OK, or why not and a static sentence.
 */
enum outcome ldap_address(struct transfer *t, const char **ret_why);

/* Callbacks and limits; false: no memory. */
bool ldap_set(struct transfer *t) MUST_CHECK;

/* True when the connection has brought more than any good answer could. */
bool ldap_is_flooded(const struct transfer *t);

/* The answer is complete: finds the attribute and settles the transfer. */
void ldap_finish(struct transfer *t);

#endif
