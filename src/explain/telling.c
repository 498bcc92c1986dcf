#include "explain/telling.h"

#include <stddef.h>
#include <string.h>

static const char *const order[] = {
#define TELLING(cause) cause,
#include "explain/telling.def"
#undef TELLING
};

int
telling_rank(const char *cause)
{
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (strcmp(order[i], cause) == 0)
			return (int)i;
	return TELLING_LEAST;
}
