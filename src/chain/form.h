/*
 * The form that RFC 5280 4 and the Baseline Requirements want each certificate
 * of a chain to have, beyond what path validation needs.
 */
#ifndef AVOW_CHAIN_FORM_H
#define AVOW_CHAIN_FORM_H

#include "chain/judge_parts.h"

void judge_form(struct judge *j);

/* chain/form_web.c: server certificates and their roots. */
void judge_form_web(struct judge *j);

#endif
