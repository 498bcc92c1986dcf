/* GeneralNames and name constraints (RFC 5280 4.2.1.6 and 4.2.1.10). */
#ifndef AVOW_WIRE_GENERAL_NAME_H
#define AVOW_WIRE_GENERAL_NAME_H

#include "wire/ext.h"

/* The values are the context tags. */
enum general_name_kind {
	GENERAL_OTHER = 0,
	GENERAL_EMAIL = 1,
	GENERAL_DNS = 2,
	GENERAL_X400 = 3,
	GENERAL_DIRECTORY = 4,
	GENERAL_EDI = 5,
	GENERAL_URI = 6,
	GENERAL_IP = 7,
	GENERAL_RID = 8,
};

struct general_name {
	enum general_name_kind kind;
	struct span value; /* the text, octets, OID; a whole Name for
	                      GENERAL_DIRECTORY; the content of the value for
	                      GENERAL_OTHER; as encoded for X400 and EDI */
	struct span type; /* OID of GENERAL_OTHER */
	uint32_t value_tag; /* universal tag of the value of GENERAL_OTHER */
};

/*
 * Read one GeneralName. Text that is not IA5 and an address that has neither
 * 4 nor 16 octets are recorded and given as they are.
 */
bool general_name_next(struct der *list, struct general_name *ret_name)
    MUST_CHECK;

/* One GeneralSubtree; an address has 8 or 32 octets here. */
bool general_subtree_next(struct der *list, struct general_name *ret_base)
    MUST_CHECK;

struct name_constraints {
	struct der permitted; /* lists of subtrees, empty when absent */
	struct der excluded;
	bool has_permitted;
	bool has_excluded;
};

bool ext_name_constraints(struct der_source *source, const struct ext *ext,
    struct name_constraints *ret_constraints) MUST_CHECK;

/* 1.3.6.1.4.1.311.20.2.3, the user principal name of Windows. */
bool general_name_is_upn(const struct general_name *name);

/* "dns", "ip", ... */
const char *general_name_label(enum general_name_kind kind);

/* Write the name for a person: escaped, addresses in their usual form. */
void general_name_add(struct buf *b, const struct general_name *name);

#endif
