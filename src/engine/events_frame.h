/* What all events of a reply have in common: their frame, the elements that
 * they share, and the objects that event 90 will describe. */
#ifndef AVOW_ENGINE_EVENTS_FRAME_H
#define AVOW_ENGINE_EVENTS_FRAME_H

#include "capi2/decode.h"
#include "engine/events.h"

#define EVENTS_MAX_OBJECTS 512 /* described by event 90; more are left out */
#define EVENTS_LEVEL_ERROR 2 /* the call, or a step inside it, failed */

/* CERT_CHAIN_* flags. */
#define CHAIN_FLAG_CACHE_ONLY 0x80000004u /* nothing is fetched */
#define CHAIN_FLAG_ACCUMULATIVE 0x08000000u
#define CHAIN_FLAG_CHECK_END 0x10000000u
#define CHAIN_FLAG_CHECK_CHAIN 0x20000000u
#define CHAIN_FLAG_CHECK_CHAIN_EXCLUDE_ROOT 0x40000000u

/* Something that an event has named by its digest; one of the three is set. */
struct events_object {
	const struct cert *cert;
	const struct crl *crl;
	const struct ocsp *ocsp;
	const struct cert *issuer; /* of an OCSP response's certificates */
	const char *file_ref; /* SHA-1 and extension */
};

struct events_writer {
	struct arena *arena;
	const struct reply *reply;
	struct verifier *verifier;
	const struct events_origin *origin;
	const struct event_sink *sink;
	const char *build_task, *policy_task, *chain_ref; /* {GUID} */
	uint64_t record_id;
	int seq; /* last one of the build task */
	ticks time; /* of the event before */
	struct events_object *objects; /* in the order of their first mention */
	size_t object_count;
	struct buf text; /* being put together */
	enum status status;
};

/* A copy of the text that was put together, which begins anew. */
const char *frame_gathered(struct events_writer *w);

/* Elements and attributes; a NULL parent, text or value adds nothing. */
struct node *frame_add(struct events_writer *w, struct node *parent,
    const char *name);
void frame_attribute(struct events_writer *w, struct node *n,
    const char *name, const char *value);
void frame_text(struct events_writer *w, struct node *parent,
    const char *name, const char *value);
void frame_number(struct events_writer *w, struct node *n, const char *name,
    int64_t value);
void frame_code(struct events_writer *w, struct node *n, const char *name,
    uint32_t value);
void frame_hex(struct events_writer *w, struct node *n, const char *name,
    struct span octets);
void frame_moment(struct events_writer *w, struct node *parent,
    const char *name, ticks t);
/* Seconds, or milliseconds when there are any; TIME_NONE adds nothing. */
void frame_moment_attribute(struct events_writer *w, struct node *n,
    const char *name, ticks t);
void frame_duration_attribute(struct events_writer *w, struct node *n,
    const char *name, ticks t);

/* value="..." and a name for each bit, as Windows has them. */
struct node *frame_flags(struct events_writer *w, struct node *parent,
    const char *name, enum flag_set set, uint32_t value);

/* A code with Windows' message for it: Result, Error, RevocationResult. */
void frame_result(struct events_writer *w, struct node *parent,
    const char *name, uint32_t value);

/* <`name` fileRef subjectName>, and the certificate is one of the objects. */
struct node *frame_certificate(struct events_writer *w, struct node *parent,
    const char *name, const struct cert *cert);

/* Where evidence was. */
struct events_evidence {
	const struct crl *crl; /* or */
	const struct ocsp *ocsp;
	const struct cert *issuer; /* of the certificate it is about; or NULL */
	const uint8_t *sha1; /* of the object, when that is known */
	const char *location; /* NULL: not said */
	const char *url; /* NULL: not said */
};

/* A CertificateRevocationList or an OCSPResponse; NULL for neither. */
struct node *frame_evidence(struct events_writer *w, struct node *parent,
    const struct events_evidence *evidence);

/*
 * An event: begin, add facts to its root, end with the parts that all have,
 * then the Result where it has one, and give it to the sink.
 */
struct node *frame_begin(struct events_writer *w, int id, struct event *ev);
void frame_end(struct events_writer *w, struct node *root);
void frame_end_alone(struct events_writer *w, struct node *root); /* task of 30 */
void frame_give(struct events_writer *w, const struct event *ev);

/* An event without facts: the start of a call. */
void frame_give_start(struct events_writer *w, int id);

#endif
