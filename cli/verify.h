/* What the parts of `avow verify` share. */
#ifndef AVOW_CLI_VERIFY_H
#define AVOW_CLI_VERIFY_H

#include "engine/engine.h"
#include "verify_options.h"

/* --batch. An exit code. */
int verify_batch(const struct verify_options *o, const struct engine *engine);

#endif
