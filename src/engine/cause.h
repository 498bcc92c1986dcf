/*
 * Causes: what the findings of a path mean to a person, under the names and
 * with the remedies that `avow explain` uses for Windows logs.
 */
#ifndef AVOW_ENGINE_CAUSE_H
#define AVOW_ENGINE_CAUSE_H

#include "chain/question.h"
#include "chain/verdict.h"

#define CAUSE_MAX_REMEDIES 3
#define CAUSE_NO_ELEMENT (-1)

struct cause {
	const char *cause; /* slug of explain/causes.def */
	const char *rule; /* slug of the profile's rule, or NULL */
	int element; /* of the path, or CAUSE_NO_ELEMENT */
	const char *clause; /* "RFC 5280 6.1.3 (a) (2)", or NULL */
	const char *detail; /* a sentence, names filled in and escaped */
	const char *remedies[CAUSE_MAX_REMEDIES]; /* slugs, then NULL */
};

/* The causes of one judged path, the gravest first. */
enum status causes_find(struct arena *a, const struct question *q,
    const struct path *path, const struct cause **ret_causes,
    size_t *ret_count) MUST_CHECK;

/* The slug alone of the gravest cause; "no-error" when there is none. */
const char *cause_of_path(const struct path *path);

/* A certificate that cannot be read. `what` names it: "target", "extra[2]". */
enum status cause_of_fault(struct arena *a, const char *what,
    enum status status, const struct der_fault *fault,
    struct cause *ret_cause) MUST_CHECK;

/* Split "RFC 5280 6.1: text" of a rule; the clause's length, 0 when none. */
size_t rule_clause_length(const char *text);

#endif
