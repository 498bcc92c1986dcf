/* Builds from JSON the element tree that the same event has in XML. */
#ifndef AVOW_WIRE_JTREE_H
#define AVOW_WIRE_JTREE_H

#include <jansson.h>
#include <stdbool.h>

#include "trace/event.h"

struct jtree {
	struct arena *arena;
	bool is_explicit; /* the tool tells attributes from elements */
	bool is_lowered; /* the tool lowers the first letter of names */
	bool has_owners; /* there are members named X_attributes */
	bool has_repeats; /* there are members named X_1 */
	const char *leaf_ref; /* fileRef of the certificate in question */
};

/* Look over the event and see how its tool writes attributes. */
void jtree_open(struct jtree *t, struct arena *arena, json_t *event,
    bool is_lowered);

/* UserData of an object {Root: {...}}; NULL when nothing is in it. */
struct node *jtree_user_data(struct jtree *t, json_t *value);

/* EventData of named values (object) or positional ones (array). */
struct node *jtree_event_data(struct jtree *t, json_t *value);

/* A scalar as text, NULL for null, arrays and objects. */
const char *jtree_text(struct arena *arena, json_t *value);

/* The text of an element: the value itself or the text member of it. */
json_t *jtree_scalar(json_t *value);

/*
 * The value at a path such as "System.Provider.Name", through every way in
 * which the tools write attributes, and through keys that hold dots
 * themselves. NULL when there is none.
 */
json_t *jtree_find(json_t *value, const char *path);

/*
 * A new object of all keys "prefix.x.y", nested, or NULL. For json_decref.
 * That memory ran out is noted in the arena.
 */
json_t *jtree_gather(struct arena *arena, json_t *object, const char *prefix);

/* The element name that Windows writes for a name in any case. */
const char *jtree_element_name(struct jtree *t, const char *name);

#endif
