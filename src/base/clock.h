/* The only place that asks what time it is. */
#ifndef AVOW_BASE_CLOCK_H
#define AVOW_BASE_CLOCK_H

#include "base/time.h"

ticks clock_now(void);

/* Milliseconds since some moment; never set back. For budgets of time. */
uint64_t clock_monotonic_ms(void);

#endif
