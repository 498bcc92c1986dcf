#include "trace/catalogue.h"

#include <stddef.h>

const struct catalogue_entry *catalogue_find(enum catalogue_channel c, int id) { return NULL; }
const struct catalogue_entry *catalogue_find_root(const char *root) { return NULL; }
const struct catalogue_entry *catalogue_identify(const struct event *ev) { return NULL; }
bool catalogue_is_provider(const char *name) { return false; }
