#include "base/clock.h"

#include <time.h>

ticks
clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return time_from_unix(ts.tv_sec) + ts.tv_nsec / 100;
}
