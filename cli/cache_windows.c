#include "cache_actions.h"
int cache_windows_action(const struct cache_options *o) { return EXIT_FAULT; }
