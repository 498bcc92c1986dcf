/* Tries to fetch something, and the age of evidence, for a person. */
#ifndef AVOW_ENGINE_TRIES_TEXT_H
#define AVOW_ENGINE_TRIES_TEXT_H

#include "chain/verdict.h"
#include "fetch/retrieval.h"

/* "just now", "3 h old", "2 days": of a span of time, at least 0. */
void tries_add_age(struct buf *b, ticks age);

/*
 * One try in a line: the URL, where it was looked for, what came back and why
 * it was or was not usable. Escaped.
 */
void tries_add(struct buf *b, const struct retrieval *r);

/*
 * What told about an element: "CRL of 2026-11-22 08:00:00, 3 h old, from the
 * cache". Nothing when there was no evidence.
 */
void tries_add_evidence(struct buf *b, const struct revocation_result *r,
    ticks now);

#endif
