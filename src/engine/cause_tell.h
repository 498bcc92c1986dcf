/* What became of each try, as a person is told it: the sentences of causes. */
#ifndef AVOW_ENGINE_CAUSE_TELL_H
#define AVOW_ENGINE_CAUSE_TELL_H

#include "engine/cause_revocation.h"

/* The sentence: the deciding try first, then what became of the others. */
void revocation_cause_add(struct buf *b, const struct cause_scene *scene,
    int element, const struct revocation_cause *cause);

/* Why AIA brought no issuer of the last element: "; http://...: ..." each. */
void issuer_tries_add(struct buf *b, const struct cause_scene *scene);

/* Whether one of those tries was stopped by the policy on addresses. */
bool issuer_was_blocked(const struct cause_scene *scene);

#endif
