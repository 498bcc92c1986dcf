/*
 * A chain that avow can complete is not one that every client can: browsers
 * and libraries that fetch nothing, or insist on order, fail where avow says
 * TRUSTED. So what the server sent is compared with the best path, and each
 * difference that some client minds becomes a note. Notes never change the
 * verdict.
 */
#include "engine/server.h"

#include "base/text.h"
#include "wire/name.h"

#define TEXT_MAX_BYTES 65536
#define FEATURE_STATUS_REQUEST 5 /* RFC 7633 4.1, RFC 6066 */
#define FEATURE_MAX 65535
#define FEATURES_MAX 64 /* that are looked at */
#define NOT_SENT SIZE_MAX

#define NOTE_SLUG(id, slug, is_minor) [id] = { slug, is_minor },
static const struct {
	const char *slug;
	bool is_minor;
} notes[] = { SERVER_NOTE_LIST(NOTE_SLUG) };
#undef NOTE_SLUG

/* One look at a server. */
struct look {
	struct arena *arena;
	const struct server *server;
	const struct reply *reply;
	const struct path *path; /* the best */
	struct verifier *verifier;
	struct server_report *report;
	struct buf text; /* of the note that is being put together */
};

const char *
server_note_name(enum server_note_id id)
{
	return notes[id].slug;
}

bool
server_note_is_minor(enum server_note_id id)
{
	return notes[id].is_minor;
}

const char *
staple_state_name(enum staple_state state)
{
	static const char *const names[] = {
		[STAPLE_NONE] = "none",
		[STAPLE_UNREADABLE] = "unreadable",
		[STAPLE_ERROR] = "error",
		[STAPLE_OTHER] = "other-certificate",
		[STAPLE_NOT_YET] = "not-yet-valid",
		[STAPLE_EXPIRED] = "expired",
		[STAPLE_REFUSED] = "refused",
		[STAPLE_CURRENT] = "current",
	};

	return names[state];
}

/* What has been gathered becomes the note. */
static void
end_note(struct look *l, enum server_note_id id)
{
	struct server_report *r = l->report;

	r->notes[r->note_count++] = (struct server_note){
		.id = id,
		.text = arena_copy(l->arena, buf_text(&l->text)),
	};
	buf_clear(&l->text);
}

static void
note(struct look *l, enum server_note_id id, const char *text)
{
	buf_puts(&l->text, text);
	end_note(l, id);
}

/* The first place of these octets in what was sent, or NOT_SENT. */
static size_t
sent_index(const struct server *s, struct span der)
{
	size_t i;

	for (i = 0; i < s->sent_count; i++)
		if (der_equal(s->sent[i].der, der))
			return i;
	return NOT_SENT;
}

static bool
is_anchor(const struct path *path, size_t element)
{
	return element + 1 == path->count && path->end == PATH_ANCHORED &&
	    element != 0;
}

/* The retrieval that brought this certificate, or NULL. */
static const struct retrieval *
find_retrieval(const struct look *l, const struct cert *cert)
{
	const struct retrieval *r;
	size_t i;

	for (r = l->reply->retrievals; r != NULL; r = r->next)
		for (i = 0; r->kind == RETRIEVAL_ISSUER && i < r->cert_count;
		     i++)
			if (der_equal(r->certs[i]->der, cert->der))
				return r;
	return NULL;
}

static bool
is_root_here(const struct look *l, const struct cert *cert)
{
	const struct pool *roots = l->reply->question->roots;

	return roots != NULL &&
	    pool_find(roots, cert, pool_hash_name(cert->subject)) != NULL;
}

static void
add_origin(struct look *l, const struct cert *cert)
{
	const struct retrieval *r = find_retrieval(l, cert);

	if (r == NULL) {
		buf_puts(&l->text,
		    is_root_here(l, cert)
			? "it is among the trusted certificates here"
			: "it was at hand here");
		return;
	}
	buf_puts(&l->text,
	    r->place == PLACE_WIRE ? "it was fetched from "
				   : "it was in the cache, from ");
	text_add_printable(&l->text, r->url);
}

static void
look_for_gaps(struct look *l)
{
	const struct path *path = l->path;
	bool has_gap = false;
	size_t i;

	for (i = 1; i < path->count; i++) {
		const struct cert *cert = path->elements[i].cert;

		if (is_anchor(path, i) ||
		    sent_index(l->server, cert->der) != NOT_SENT)
			continue;
		buf_printf(&l->text,
		    "%sThe server did not send certificate "
		    "%zu, ",
		    has_gap ? " " : "", i);
		name_add_quoted(&l->text, cert->subject);
		buf_puts(&l->text, "; ");
		add_origin(l, cert);
		buf_putc(&l->text, '.');
		has_gap = true;
	}
	if (path->end == PATH_PARTIAL) {
		buf_printf(&l->text,
		    "%sThe server did not send the "
		    "certificate that issued ",
		    has_gap ? " " : "");
		name_add_quoted(
		    &l->text, path->elements[path->count - 1].cert->subject);
		buf_puts(&l->text, ", and it was not found elsewhere.");
		has_gap = true;
	}
	if (has_gap)
		note(l, NOTE_CHAIN_INCOMPLETE,
		    " Other programs may fail on that: fix the server.");
}

static void
look_at_order(struct look *l)
{
	const struct server *s = l->server;
	const struct cert *first = s->sent[0].cert;
	size_t last = 0, at, i;

	for (i = 1; i < s->sent_count; i++) {
		if (s->sent[i].cert == NULL || !first->basic.is_ca ||
		    der_equal(s->sent[i].der, first->der) ||
		    !der_equal(s->sent[i].cert->issuer, first->subject))
			continue;
		note(l, NOTE_FIRST_IS_CA,
		    "The server sends the certificate "
		    "of a CA first, and that is the one that was judged. Its "
		    "own must come first: fix the order in the server's file.");
		return;
	}
	for (i = 1; i < l->path->count; i++) {
		at = sent_index(s, l->path->elements[i].cert->der);
		if (at == NOT_SENT)
			continue;
		if (at < last) {
			note(l, NOTE_CHAIN_ORDER,
			    "The server sends its "
			    "certificates in the wrong order: each must be "
			    "followed by the one that issued it. Some "
			    "programs fail on that: fix the server.");
			return;
		}
		last = at;
	}
}

static bool
is_in_path(const struct look *l, struct span der)
{
	size_t i;

	for (i = 0; i < l->path->count; i++)
		if (der_equal(l->path->elements[i].cert->der, der))
			return true;
	return false;
}

/* What was sent and need not have been. */
static void
look_at_sent(struct look *l)
{
	const struct server *s = l->server;
	size_t unread = 0, twice = 0, unused = 0, i;

	for (i = 0; i < s->sent_count; i++) {
		if (s->sent[i].cert == NULL)
			unread++;
		else if (sent_index(s, s->sent[i].der) != i)
			twice++;
		else if (!is_in_path(l, s->sent[i].der))
			unused++;
	}
	unused += s->peer->handshake.certs_left_out;
	if (unread != 0) {
		buf_printf(&l->text,
		    "%zu of the %zu certificates that the "
		    "server sent cannot be read.",
		    unread, s->sent_count);
		end_note(l, NOTE_SENT_UNREADABLE);
	}
	for (i = 1; i < s->sent_count && l->path->count > 1; i++) {
		if (s->sent[i].cert == NULL ||
		    !is_anchor(l->path, l->path->count - 1) ||
		    !der_equal(s->sent[i].der,
			l->path->elements[l->path->count - 1].cert->der))
			continue;
		buf_puts(&l->text, "The server sends the root ");
		name_add_quoted(&l->text, s->sent[i].cert->subject);
		note(l, NOTE_ROOT_SENT, " as well, which no client needs.");
		break;
	}
	if (twice != 0)
		note(l, NOTE_SENT_TWICE,
		    "The server sends some certificate more than once.");
	if (unused != 0) {
		buf_printf(&l->text,
		    "The server sends %zu certificate%s "
		    "that the chain does not need.",
		    unused, unused == 1 ? "" : "s");
		end_note(l, NOTE_SENT_UNUSED);
	}
}

static bool
hash_is(const struct look *l, enum digest digest, struct span octets,
    struct span hash)
{
	uint8_t own[SIGN_MAX_DIGEST];
	size_t len;

	return verifier_digest(l->verifier, digest, octets, own, &len) &&
	    der_equal(hash, span_of(own, len));
}

/* RFC 6960 4.1.1; without an issuer its name alone must do. */
static bool
is_about_target(const struct look *l, const struct ocsp_cert_id *id)
{
	const struct cert *target = l->server->sent[0].cert;

	return der_equal(id->serial, target->serial) &&
	    hash_is(l, id->digest, target->issuer, id->name_hash) &&
	    (l->path->count < 2 ||
		hash_is(l, id->digest, l->path->elements[1].cert->spki.key,
		    id->key_hash));
}

static bool
find_single(const struct look *l, struct ocsp_single *ret_single)
{
	const struct ocsp *staple = l->server->staple;
	struct der_source source = der_source_of(staple->der);
	struct der list = ocsp_open(staple, &source);
	struct ocsp_single single;

	while (!der_is_empty(&list) && ocsp_single_next(&list, &single)) {
		if (!is_about_target(l, &single.id))
			continue;
		*ret_single = single;
		return true;
	}
	return false;
}

/* The judge looked at the staple and would not have it. */
static bool
is_refused(enum unknown_cause cause)
{
	switch (cause) {
	case UNKNOWN_CRITICAL:
	case UNKNOWN_SIGNER:
	case UNKNOWN_SIGNATURE:
	case UNKNOWN_WEAK:
		return true;
	default:
		return false;
	}
}

static struct staple_facts
staple_facts_of(const struct look *l)
{
	const struct revocation_result *judged =
	    &l->path->elements[0].revocation;
	const struct ocsp *staple = l->server->staple;
	struct staple_facts f = { .state = STAPLE_NONE };
	ticks now = l->reply->question->now;
	bool is_nearest;

	if (staple == NULL) {
		if (l->server->staple_fault.rule != NULL)
			f.state = STAPLE_UNREADABLE;
		return f;
	}
	f.state = STAPLE_ERROR;
	if (!staple->is_basic)
		return f;
	f.state = STAPLE_OTHER;
	if (!find_single(l, &f.single))
		return f;
	is_nearest = judged->ocsp == staple;
	f.is_judged = is_nearest &&
	    (judged->status == REVOCATION_GOOD ||
		judged->status == REVOCATION_REVOKED);
	f.state = STAPLE_CURRENT;
	if (f.single.this_update > now) {
		f.state = STAPLE_NOT_YET;
	} else if (f.single.next_update != TIME_NONE &&
	    f.single.next_update < now) {
		f.state = STAPLE_EXPIRED;
	} else if (is_nearest && is_refused(judged->cause)) {
		f.state = STAPLE_REFUSED;
		f.cause = judged->cause;
	}
	return f;
}

/* RFC 7633 4: the certificate wants status_request answered. */
static bool
must_staple(const struct cert *cert)
{
	const struct ext *ext = cert_ext(cert, EXT_TLS_FEATURE);
	struct der_source source = cert_source(cert);
	uint64_t feature;
	struct der list;
	unsigned i;

	if (ext == NULL || !ext_open_list(&source, ext, "", &list))
		return false;
	for (i = 0; i < FEATURES_MAX && !der_is_empty(&list); i++) {
		if (!der_uint(&list, DER_INTEGER, "RFC 7633 4", FEATURE_MAX,
			&feature))
			return false;
		if (feature == FEATURE_STATUS_REQUEST)
			return true;
	}
	return false;
}

static void
look_at_missing_staple(struct look *l)
{
	if (must_staple(l->server->sent[0].cert))
		note(l, NOTE_STAPLE_MISSING,
		    "The certificate demands an OCSP "
		    "staple (TLS feature, RFC 7633), and the server sent "
		    "none. Some browsers refuse that: switch stapling on, or "
		    "get a certificate without the demand.");
}

static void
look_at_answer(struct look *l, const struct ocsp_single *single)
{
	if (single->status == OCSP_UNKNOWN)
		note(l, NOTE_STAPLE_UNKNOWN,
		    "The OCSP responder whose "
		    "response the server staples does not know the "
		    "certificate.");
}

static void
look_at_staple(struct look *l)
{
	const struct staple_facts *f = &l->report->staple;
	const struct server *s = l->server;

	switch (f->state) {
	case STAPLE_NONE:
		look_at_missing_staple(l);
		break;
	case STAPLE_UNREADABLE:
		buf_printf(&l->text,
		    "The server's OCSP staple cannot be "
		    "read: at offset %zu: %s.",
		    s->staple_fault.offset, s->staple_fault.rule);
		end_note(l, NOTE_STAPLE_UNREADABLE);
		break;
	case STAPLE_ERROR:
		buf_printf(&l->text,
		    "The server's OCSP staple holds no "
		    "answer but an error of the responder: %s.",
		    ocsp_status_text(s->staple->status));
		end_note(l, NOTE_STAPLE_ERROR);
		break;
	case STAPLE_OTHER:
		note(l, NOTE_STAPLE_OTHER,
		    "The server's OCSP staple is about "
		    "another certificate: clients that look at it will refuse "
		    "the connection.");
		break;
	case STAPLE_NOT_YET:
		buf_puts(&l->text,
		    "The server's OCSP staple is not valid "
		    "before ");
		time_add_plain(&l->text, f->single.this_update);
		note(l, NOTE_STAPLE_NOT_YET,
		    " UTC: a clock is wrong, here or at the responder.");
		break;
	case STAPLE_EXPIRED:
		buf_puts(&l->text,
		    "The server's OCSP staple has expired: its "
		    "next update was due ");
		time_add_plain(&l->text, f->single.next_update);
		note(l, NOTE_STAPLE_EXPIRED,
		    " UTC. Some clients refuse the "
		    "connection: let the server renew it.");
		break;
	case STAPLE_REFUSED:
		buf_printf(&l->text,
		    "The server's OCSP staple cannot be "
		    "believed: %s.",
		    unknown_words(f->cause));
		end_note(l, NOTE_STAPLE_REFUSED);
		break;
	case STAPLE_CURRENT:
		look_at_answer(l, &f->single);
		break;
	}
}

enum status
server_examine(struct arena *a, const struct server *server,
    const struct reply *reply, struct verifier *v,
    struct server_report *ret_report)
{
	struct server_report report = { .server = server };
	struct look l = {
		.arena = a,
		.server = server,
		.reply = reply,
		.path = reply->path,
		.verifier = v,
		.report = &report,
	};
	enum status rc;

	buf_init(&l.text, TEXT_MAX_BYTES);
	report.staple = staple_facts_of(&l);
	look_for_gaps(&l);
	look_at_order(&l);
	look_at_sent(&l);
	look_at_staple(&l);
	if (server->peer->handshake.wants_client_cert)
		note(&l, NOTE_CLIENT_CERT,
		    server->peer->handshake.was_ended
			? "The server insists on a certificate of the client; the "
			  "handshake went on until that was wanted."
			: "The server asks for a certificate of the client.");
	rc = l.text.status;
	buf_free(&l.text);
	if (rc == STATUS_OK)
		rc = arena_status(a);
	if (rc == STATUS_OK)
		*ret_report = report;
	return rc;
}
