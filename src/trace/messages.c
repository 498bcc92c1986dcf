#include "trace/messages.h"

bool messages_find(struct arena *a, const char *text, struct message_match *m) { return false; }
