#include "engine/events_frame.h"

#include "trace/catalogue.h"
#include "wire/name.h"

#define PROVIDER "Microsoft-Windows-CAPI2"
#define PROVIDER_GUID "{5bbca4a8-b209-48dc-a8c7-b23d3e5216fb}"
#define CHANNEL PROVIDER "/Operational"
#define CHANNEL_KEYWORD 0x4000000000000000u
#define SHA1_BYTES 20

const char *
frame_gathered(struct events_writer *w)
{
	const char *copy = arena_copy(w->arena, buf_text(&w->text));

	buf_clear(&w->text);
	return copy;
}

struct node *
frame_add(struct events_writer *w, struct node *parent, const char *name)
{
	return parent == NULL ? NULL : node_add(w->arena, parent, name);
}

void
frame_attribute(struct events_writer *w, struct node *n, const char *name,
    const char *value)
{
	if (n != NULL && value != NULL)
		(void)node_add_attr(w->arena, n, name, value);
}

void
frame_text(struct events_writer *w, struct node *parent, const char *name,
    const char *value)
{
	struct node *n = value == NULL ? NULL : frame_add(w, parent, name);

	if (n != NULL)
		n->text = value;
}

void
frame_number(struct events_writer *w, struct node *n, const char *name,
    int64_t value)
{
	buf_printf(&w->text, "%lld", (long long)value);
	frame_attribute(w, n, name, frame_gathered(w));
}

void
frame_code(struct events_writer *w, struct node *n, const char *name,
    uint32_t value)
{
	decode_add_code(&w->text, value);
	frame_attribute(w, n, name, frame_gathered(w));
}

void
frame_hex(struct events_writer *w, struct node *n, const char *name,
    struct span octets)
{
	size_t i;

	for (i = 0; i < octets.len; i++)
		buf_printf(&w->text, "%02X", octets.ptr[i]);
	frame_attribute(w, n, name, frame_gathered(w));
}

struct node *
frame_flags(struct events_writer *w, struct node *parent, const char *name,
    enum flag_set set, uint32_t value)
{
	struct node *n = frame_add(w, parent, name);
	unsigned bit;

	frame_code(w, n, "value", value);
	for (bit = 0; bit < 32; bit++) {
		uint32_t one = (uint32_t)1 << bit;

		if ((value & one) != 0)
			frame_attribute(w, n, decode_flag(set, one), "true");
	}
	return n;
}

/* Windows writes milliseconds only where there are some. */
static const char *
moment(struct events_writer *w, ticks t)
{
	if (t == TIME_NONE)
		return NULL;
	time_add_iso(&w->text, t,
	    t % TICKS_PER_SECOND >= TICKS_PER_MS ? 3 : 0);
	return frame_gathered(w);
}

void
frame_moment(struct events_writer *w, struct node *parent, const char *name,
    ticks t)
{
	frame_text(w, parent, name, moment(w, t));
}

void
frame_moment_attribute(struct events_writer *w, struct node *n,
    const char *name, ticks t)
{
	frame_attribute(w, n, name, moment(w, t));
}

void
frame_duration_attribute(struct events_writer *w, struct node *n,
    const char *name, ticks t)
{
	duration_add(&w->text, t);
	frame_attribute(w, n, name, frame_gathered(w));
}

void
frame_result(struct events_writer *w, struct node *parent, const char *name,
    uint32_t value)
{
	const struct error_row *row = value == 0 ? NULL : decode_error(value);
	struct node *n = frame_add(w, parent, name);

	frame_code(w, n, "value", value);
	if (n != NULL && row != NULL)
		n->text = row->message;
}

static const char *
file_ref(struct events_writer *w, struct span der, const uint8_t *sha1,
    const char *extension)
{
	uint8_t octets[SIGN_MAX_DIGEST];
	size_t len = SHA1_BYTES, i;

	if (sha1 == NULL) {
		if (!verifier_digest(w->verifier, DIGEST_SHA1, der, octets,
			&len)) {
			w->status = STATUS_NO_MEMORY;
			return NULL;
		}
		sha1 = octets;
	}
	for (i = 0; i < len; i++)
		buf_printf(&w->text, "%02X", sha1[i]);
	buf_puts(&w->text, extension);
	return frame_gathered(w);
}

static struct span
der_of(const struct events_object *o)
{
	return o->cert != NULL ? o->cert->der :
	    o->crl != NULL     ? o->crl->der :
				 o->ocsp->der;
}

/* The same object again, or the new one with its name; NULL beyond the most. */
static const struct events_object *
remember(struct events_writer *w, const struct events_object *object,
    const uint8_t *sha1)
{
	struct events_object *o;
	size_t i;

	for (i = 0; i < w->object_count; i++)
		if (der_equal(der_of(&w->objects[i]), der_of(object)))
			return &w->objects[i];
	if (w->objects == NULL)
		w->objects = arena_array(w->arena, EVENTS_MAX_OBJECTS,
		    sizeof(*w->objects));
	if (w->objects == NULL || w->object_count == EVENTS_MAX_OBJECTS)
		return NULL;
	o = &w->objects[w->object_count++];
	*o = *object;
	o->file_ref = file_ref(w, der_of(o), sha1,
	    o->cert != NULL ? ".cer" : o->crl != NULL ? ".crl" : ".bin");
	return o;
}

struct node *
frame_certificate(struct events_writer *w, struct node *parent,
    const char *name, const struct cert *cert)
{
	const struct events_object object = { .cert = cert };
	const struct events_object *o = remember(w, &object, NULL);
	struct node *n = frame_add(w, parent, name);

	frame_attribute(w, n, "fileRef",
	    o != NULL ? o->file_ref : file_ref(w, cert->der, NULL, ".cer"));
	name_add_title(&w->text, cert->subject);
	frame_attribute(w, n, "subjectName", frame_gathered(w));
	return n;
}

/* A response is called after the CA that it speaks for, as Windows does. */
static struct span
issuer_name(const struct events_evidence *e)
{
	if (e->crl != NULL)
		return e->crl->issuer;
	if (e->issuer != NULL)
		return e->issuer->subject;
	return e->ocsp->responder_name;
}

struct node *
frame_evidence(struct events_writer *w, struct node *parent,
    const struct events_evidence *e)
{
	const struct events_object object = { .crl = e->crl,
		.ocsp = e->crl != NULL ? NULL : e->ocsp,
		.issuer = e->issuer };
	const struct events_object *o;
	struct node *n;

	if (e->crl == NULL && e->ocsp == NULL)
		return NULL;
	o = remember(w, &object, e->sha1);
	n = frame_add(w, parent,
	    e->crl != NULL ? "CertificateRevocationList" : "OCSPResponse");
	frame_attribute(w, n, "location", e->location);
	frame_attribute(w, n, "url", e->url);
	frame_attribute(w, n, "fileRef", o == NULL ? NULL : o->file_ref);
	name_add_title(&w->text, issuer_name(e));
	frame_attribute(w, n, "issuerName", frame_gathered(w));
	return n;
}

struct node *
frame_begin(struct events_writer *w, int id, struct event *ev)
{
	const struct catalogue_entry *row =
	    catalogue_find(CHANNEL_OPERATIONAL, id);

	event_init(ev, FORM_XML);
	ev->provider = PROVIDER;
	ev->guid = PROVIDER_GUID;
	ev->id = id;
	ev->version = 0;
	ev->level = row->level;
	ev->task = row->task;
	ev->opcode = row->opcode;
	ev->has_keywords = true;
	ev->keywords = CHANNEL_KEYWORD | row->keywords;
	ev->time = w->time;
	ev->has_record_id = true;
	ev->record_id = w->record_id++;
	ev->pid = w->origin->pid;
	ev->tid = w->origin->pid;
	ev->channel = CHANNEL;
	ev->computer = w->origin->computer;
	ev->body = node_new(w->arena, "UserData");
	return frame_add(w, ev->body, row->root);
}

static void
end(struct events_writer *w, struct node *root, const char *task, int seq)
{
	struct node *n = frame_add(w, root, "EventAuxInfo");

	frame_attribute(w, n, "ProcessName", w->origin->process);
	n = frame_add(w, root, "CorrelationAuxInfo");
	frame_attribute(w, n, "TaskId", task);
	frame_number(w, n, "SeqNumber", seq);
}

void
frame_end(struct events_writer *w, struct node *root)
{
	end(w, root, w->build_task, ++w->seq);
}

void
frame_end_alone(struct events_writer *w, struct node *root)
{
	end(w, root, w->policy_task, 1);
}

void
frame_give(struct events_writer *w, const struct event *ev)
{
	if (w->text.status != STATUS_OK)
		w->status = w->text.status;
	else if (arena_has_failed(w->arena))
		w->status = STATUS_NO_MEMORY;
	if (w->status == STATUS_OK)
		w->status = w->sink->put(w->sink->arg, ev);
}

void
frame_give_start(struct events_writer *w, int id)
{
	struct event ev;
	struct node *root = frame_begin(w, id, &ev);

	frame_end(w, root);
	frame_give(w, &ev);
}
