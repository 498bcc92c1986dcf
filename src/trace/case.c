#include "trace/case.h"

#include <stddef.h>

const struct step *
step_following(const struct step *s)
{
	if (s->children != NULL)
		return s->children;
	while (s != NULL && s->next == NULL)
		s = s->parent;
	return s == NULL ? NULL : s->next;
}
