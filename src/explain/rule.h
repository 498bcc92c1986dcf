/* What one row of the rule tables is; internal to explain/. */
#ifndef AVOW_EXPLAIN_RULE_H
#define AVOW_EXPLAIN_RULE_H

#include "explain/rules.h"

/* One failing thing in a case, as the rules look at it. */
struct look {
	const struct trace_case *c;
	const struct step *s;
	struct code code; /* the step's own, or the inner one that failed */
	uint32_t bare; /* code.value without the HRESULT wrapping of Win32 */
	uint32_t bits; /* CERT_TRUST_* error bits still unexplained */
	const struct element *e; /* the element that shows bits or code */
	bool has_inner; /* a cause was found inside this step already */
	bool has_chain_cause; /* one was found in the case's chain building */
};

/* Causes of a row: the kinds of step it looks at are the table's. */
struct rule {
	/* All given conditions must hold; the first row that fits wins. */
	const uint32_t *codes; /* any of these, bare; 0 ends; NULL = any */
	uint32_t bits; /* any of these; 0 = do not look */
	bool (*when)(const struct look *l); /* NULL = always */

	const char *cause; /* NULL: explained elsewhere, say nothing */
	enum harmless harmless;
	bool is_notice; /* a side note: never the main cause */
	const char *title;
	/*
	 * Sentences. {subject} {issuer} {url} {host} {proxy} {process} {file}
	 * {code} {detail} {date} and the other names of fill.c are filled in;
	 * {name|other words} gives the other words when the input does not tell.
	 * A ": {code}" without a code goes away, as do {flags} (in parentheses)
	 * and {allowed} (a sentence) that have nothing to say. {lack} is a
	 * sentence too: what a failed download means.
	 */
	const char *happened;
	const char *matters;
	const char *unsure;
	const char *remedies[FINDING_MAX_REMEDIES];
};

struct rule_table {
	enum step_kind kind;
	const struct rule *rules;
	int count;
};

#define RULE_COUNT(rules) ((int)(sizeof(rules) / sizeof((rules)[0])))

/* Tables by subject, each ended by a row whose rules are NULL. */
extern const struct rule_table rules_of_updates[];
extern const struct rule_table rules_of_retrieval[];
extern const struct rule_table rules_of_revocation[];
extern const struct rule_table rules_of_chains[];
extern const struct rule_table rules_of_signatures[];

/* Codes that mean the same to several tables; each list ends with 0. */
extern const uint32_t codes_expired[];
extern const uint32_t codes_timeout[];
extern const uint32_t codes_blocked[];
extern const uint32_t codes_dns[];
extern const uint32_t codes_login[];
extern const uint32_t codes_not_the_object[];
extern const uint32_t codes_signature[];
extern const uint32_t codes_offline[];
extern const uint32_t codes_no_check[];
extern const uint32_t codes_revoked[];
extern const uint32_t codes_missing[];
extern const uint32_t codes_access[];

/* Predicates shared by several tables. */
bool look_has_code(const struct look *l, const uint32_t *codes);
bool is_without_code(const struct look *l);
bool is_posted_bare(const struct look *l); /* no code, no bits, no level */
bool is_explained_inside(const struct look *l);
bool is_cache_only(const struct look *l);
bool is_asked_by_lsass(const struct look *l);
bool is_asked_by_system(const struct look *l);

/* avow's own log: its machine is no Windows machine. */
bool case_is_own(const struct trace_case *c);

/* A cache-only flag of the step or of one that encloses it. */
bool step_is_cache_only(const struct step *s);

/* Below, and in order: the first step of that kind inside `s`, or NULL. */
const struct step *step_inside(const struct step *s, enum step_kind kind);

/* The next step after `inner` that is still inside `outer`, or NULL. */
const struct step *step_inside_next(const struct step *outer,
    const struct step *inner);

#endif
