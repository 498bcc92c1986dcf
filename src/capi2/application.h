/* Reads the Application channel's events: words instead of codes. */
#ifndef AVOW_CAPI2_APPLICATION_H
#define AVOW_CAPI2_APPLICATION_H

#include "trace/case.h"
#include "trace/event.h"

/*
 * Fill a step from Data or from the rendered message: URL, subject, detail
 * and the code that the words stand for.
 */
void application_read(struct arena *a, const struct event *ev,
    const struct node *facts, struct step *s);

#endif
