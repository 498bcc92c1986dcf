#include "wire/deviation.h"

#include <stddef.h>

_Static_assert(DEVIATION_COUNT <= 64, "a set of deviations is 64 bits");

#define DEVIATION_NAME(name, text) #name,
#define DEVIATION_TEXT(name, text) text,

static const char *const names[] = { DEVIATION_LIST(DEVIATION_NAME) };
static const char *const texts[] = { DEVIATION_LIST(DEVIATION_TEXT) };

const char *
deviation_name(enum deviation dev)
{
	return (size_t)dev < DEVIATION_COUNT ? names[dev] : "?";
}

const char *
deviation_text(enum deviation dev)
{
	return (size_t)dev < DEVIATION_COUNT ? texts[dev] : "?";
}
