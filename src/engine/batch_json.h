/* Reading the members of a question; shared by the batch_question files. */
#ifndef AVOW_ENGINE_BATCH_JSON_H
#define AVOW_ENGINE_BATCH_JSON_H

#include <jansson.h>

#include "engine/batch.h"
#include "say/json_parts.h"
#include "wire/objects.h"

/* One line on its way to a question. */
struct line_reader {
	struct arena *arena;
	const json_t *root;
	struct batch_question *q;
	struct cause *notes;
	size_t note_room;
	enum status status; /* STATUS_OK, or what failed of ours */
};

/* The member, or NULL when it is absent or null. */
const json_t *line_get(const struct line_reader *r, const char *name);

/*
 * The line is no question: keep the first reason. False, to be returned.
 */
bool line_refuse(struct line_reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same when memory ran out. */
bool line_fail(struct line_reader *r, enum status status);

/* Each leaves its output alone when the member is absent. */
bool line_text(struct line_reader *r, const char *name, const char **ret_text);
bool line_flag(struct line_reader *r, const char *name, bool *ret_flag);
bool line_number(struct line_reader *r, const char *name, uint64_t max,
    uint64_t *ret_number, bool *ret_is_there);
bool line_hex(struct line_reader *r, const char *name, uint32_t *ret_value);
bool line_time(struct line_reader *r, const char *name, ticks *ret_time);

/* One of `words`, which NULL ends; its index. */
bool line_word(struct line_reader *r, const char *name,
    const char *const *words, int *ret_index);

/* An array of OIDs, as spans in the arena. */
bool line_oids(struct line_reader *r, const char *name, const json_t *array,
    const struct span **ret_oids, size_t *ret_count);

/* An array of at most BATCH_MAX_ITEMS, or absent. */
bool line_array(struct line_reader *r, const char *name,
    const json_t **ret_array);

/*
 * Read one certificate, CRL or OCSP response. False only when memory ran out:
 * what cannot be read has its status in ret_object->status.
 */
bool line_object(struct line_reader *r, const json_t *text,
    enum object_kind kind, struct object *ret_object);

/* Record that an item could not be read; the question stays one. */
bool line_note(struct line_reader *r, const char *name, size_t index,
    const struct object *object);

/* Certificates of the question: target, roots, extra, disallowed. */
bool line_read_certs(struct line_reader *r);

/* CRLs, OCSP responses and what to do with them. */
bool line_read_revocation(struct line_reader *r);

/* A cause as an object. */
json_t *cause_json(struct json_maker *m, const struct cause *c);

/* The answer to what is a question, as a new object; NULL: out of memory. */
json_t *batch_answer_json(struct json_maker *m, const struct batch_question *q,
    const struct reply *reply, struct verifier *v);

#endif
