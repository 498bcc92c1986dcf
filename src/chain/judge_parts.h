/* What the parts of the judge share: the path, the rules and the findings. */
#ifndef AVOW_CHAIN_JUDGE_PARTS_H
#define AVOW_CHAIN_JUDGE_PARTS_H

#include "chain/judge.h"

struct judge {
	struct arena *arena;
	const struct question *question;
	const struct profile *profile;
	struct verifier *verifier;
	struct path *path;
	int last; /* index of the last element */
	size_t finding_room;
	struct consultation *consultation; /* NULL: the world is not asked */
	unsigned delegates; /* whose own revocation has been looked at */
	enum ceiling ceiling;
	enum status status; /* STATUS_NO_MEMORY once something failed */
};

static inline const struct cert *
judge_cert(const struct judge *j, int element)
{
	return j->path->elements[element].cert;
}

/* True for the anchor's own certificate, when the question excuses it. */
static inline bool
judge_excuses(const struct judge *j, int element)
{
	return element == j->last && j->path->end == PATH_ANCHORED &&
	    j->last > 0 && j->question->anchor_checks == ANCHOR_CHECKS_NONE;
}

static inline bool
judge_is_self_issued(const struct judge *j, int element)
{
	const struct cert *cert = judge_cert(j, element);

	return link_is_self_issued(cert, j->profile);
}

/* Record that the profile's rule is broken; nothing when it has no such. */
void judge_hold(struct judge *j, enum rule rule, int element);
void judge_hold_about(struct judge *j, enum rule rule, int element, int about,
    struct span detail);
void judge_hold_fault(struct judge *j, enum rule rule, int element,
    const struct der_fault *fault);

/* A ceiling was reached: the path can no longer be found good. */
void judge_reach(struct judge *j, enum ceiling ceiling, int element);

/* Add info bits to an element. */
void judge_inform(struct judge *j, int element, uint32_t bits);

#endif
