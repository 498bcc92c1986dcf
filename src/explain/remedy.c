#include "explain/rules.h"

#include <stddef.h>

const struct remedy *remedy_find(const char *slug) { return NULL; }
