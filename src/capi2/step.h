/* Reads the facts of one event into a step of a case. */
#ifndef AVOW_CAPI2_STEP_H
#define AVOW_CAPI2_STEP_H

#include "trace/case.h"
#include "trace/catalogue.h"
#include "trace/event.h"

/*
 * A step that holds what `ev` says, copied into `a`. `entry` is the row that
 * catalogue_identify found, or NULL for an event of unknown number that has a
 * Result. Certificate facts are not joined here. NULL when out of memory.
 */
struct step *step_read(struct arena *a, const struct event *ev,
    const struct catalogue_entry *entry);

/* The chainRef a policy check (30) or a trust check (81) speaks of, or NULL. */
const char *step_chain_ref(const struct step *s);

/* Flag or status bits of an element: @value, or the named bits without it. */
bool step_read_bits(const struct node *n, int flag_set, uint32_t *ret_bits);

#endif
