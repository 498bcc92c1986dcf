/* A TARGET of `avow verify` that is a server: when it is one, and the visit. */
#ifndef AVOW_CLI_VERIFY_HOST_H
#define AVOW_CLI_VERIFY_HOST_H

#include "engine/target.h"
#include "engine/verdict_json.h"
#include "verify_options.h"

/*
 * True for what is to be read as a file: "-", whatever exists, and names like
 * leaf.pem, for which nobody should ask the name servers.
 */
bool verify_is_file(const char *typed);

/*
 * Connect to a host and take what it shows. EXIT_OK, or an exit code after
 * saying why not, and with what came of the try in *ret_problem.
 */
int verify_visit(const struct verify_options *o, const struct online *online,
    struct arena *a, const char *typed, struct target *ret_target,
    struct verdict_problem *ret_problem);

#endif
