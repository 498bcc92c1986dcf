/* A reply as text for a person. */
#ifndef AVOW_ENGINE_VERDICT_TEXT_H
#define AVOW_ENGINE_VERDICT_TEXT_H

#include "engine/engine.h"
#include "say/answer.h"

struct verdict_look {
	struct page page;
	bool has_why; /* also other paths and refused candidates */
	const char *name; /* of the input */
	const char *purpose;
	const char *roots; /* what is trusted, for a person */
	const struct pool *beside; /* certificates of the input; NULL: none */
};

/*
 * The verdict first, its cause, the remedy; then what was asked, the chain from
 * leaf to root, and last what was not checked. Nothing from a certificate
 * reaches the text unescaped.
 */
void verdict_text_add(struct buf *b, const struct reply *reply,
    const struct verdict_look *look);

#endif
