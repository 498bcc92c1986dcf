/* Reads extensions through to the end to learn whether they can be read. */
#ifndef AVOW_WIRE_EXTCHECK_H
#define AVOW_WIRE_EXTCHECK_H

#include "wire/ext.h"

/*
 * Decode one extension and throw the values away. False when it breaks a rule,
 * which source->fault then tells; deviations are gathered in the source.
 * Extensions without a decoder are always fine.
 */
bool ext_check(struct der_source *source, const struct ext *ext) MUST_CHECK;

#endif
