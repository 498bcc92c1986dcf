/* From a case to findings: what happened, does it matter, what to do. */
#ifndef AVOW_EXPLAIN_RULES_H
#define AVOW_EXPLAIN_RULES_H

#include "trace/case.h"

enum harmless {
	HARMLESS_UNKNOWN, /* the input cannot tell */
	HARMLESS_NO,
	HARMLESS_YES,
};

#define FINDING_MAX_REMEDIES 6

/* One cause found in one case. */
struct finding {
	const char *cause; /* slug of explain/causes.def */
	enum harmless harmless;
	const char *title; /* short, without names: heads a block of text */
	const char *happened; /* one or two sentences, names filled in */
	const char *matters; /* why it does or does not matter */
	const char *unsure; /* what the input does not tell, or NULL */
	const char *remedies[FINDING_MAX_REMEDIES]; /* slugs, best first, then NULL */
	struct code code; /* the innermost failing code */
	const struct step *step; /* where the cause shows; never NULL */
	const char *subject;
	const char *issuer;
	const char *url;
	const char *proxy;
	struct finding *next;
};

/*
 * All causes of a case, the main one first; at least one (no-error or
 * insufficient-data when nothing else fits). Everything lives in `a`; NULL
 * when out of memory.
 */
struct finding *rules_apply(struct arena *a, const struct trace_case *c);

/* What a remedy slug asks for: one sentence, and commands one a line or NULL. */
struct remedy {
	const char *slug;
	const char *sentence;
	const char *commands;
};

/* NULL for a slug that does not exist. */
const struct remedy *remedy_find(const char *slug);

/*
 * What to do in place of a Windows remedy where avow itself asked; the slug
 * itself where that fits both.
 */
const char *remedy_here(const char *slug);

/* The meaning of a cause slug, or NULL. */
const char *cause_meaning(const char *slug);

#endif
