#include "say/capi2.h"

void capi2_add_event(struct buf *b, const struct event *ev) {}
