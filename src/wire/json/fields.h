/* Sets the fields of an event from JSON values, however a tool writes them. */
#ifndef AVOW_WIRE_JFIELDS_H
#define AVOW_WIRE_JFIELDS_H

#include <jansson.h>
#include <stdbool.h>

#include "trace/event.h"

/* False, and nothing set, when the value does not say. */
typedef bool jfield_setter(struct arena *arena, json_t *value,
    struct event *ev);

jfield_setter jfield_provider, jfield_guid, jfield_source, jfield_id,
    jfield_qualifiers, jfield_version, jfield_level, jfield_task,
    jfield_opcode, jfield_keywords, jfield_time, jfield_record,
    jfield_activity, jfield_related, jfield_pid, jfield_tid, jfield_channel,
    jfield_computer, jfield_user, jfield_message;

#endif
