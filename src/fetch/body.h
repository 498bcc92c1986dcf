/* What the bytes of an answer look like, before anybody decodes them. */
#ifndef AVOW_FETCH_BODY_H
#define AVOW_FETCH_BODY_H

#include "fetch/retrieval.h"

/*
 * The form of a body. `content_type` is what the server said, or NULL; it
 * only decides between forms that the bytes leave open.
 */
enum body_form body_form_of(struct span body, const char *content_type);

/*
 * A phrase for a person, such as `an HTML page titled "Sign in"`; NULL when
 * the form is one that objects come in and the body is whole. In the arena or
 * static; a title in it is escaped.
 */
const char *body_looks_like(struct arena *a, struct span body,
    enum body_form form);

#endif
