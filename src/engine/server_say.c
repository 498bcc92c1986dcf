/* What was found about a server, as text and as JSON. */
#include "engine/server.h"

#include "base/text.h"
#include "wire/name.h"

#define TEXT_MAX_BYTES 65536

static const char *
cert_status_name(enum ocsp_cert_status status)
{
	static const char *const names[] = {
		[OCSP_GOOD] = "good",
		[OCSP_REVOKED] = "revoked",
		[OCSP_UNKNOWN] = "unknown",
	};

	return names[status];
}

/* "40 s", "12 min", "3 h", "5 days": whole units, rounded down. */
static void
add_age(struct buf *b, ticks age)
{
	long long seconds = age / TICKS_PER_SECOND;

	if (seconds < 120)
		buf_printf(b, "%lld s", seconds);
	else if (seconds < 2 * 3600)
		buf_printf(b, "%lld min", seconds / 60);
	else if (seconds < 2 * 86400)
		buf_printf(b, "%lld h", seconds / 3600);
	else
		buf_printf(b, "%lld days", seconds / 86400);
}

static void
add_staple(struct buf *b, const struct staple_facts *f, ticks now)
{
	switch (f->state) {
	case STAPLE_NONE:
		buf_puts(b, "no OCSP staple");
		return;
	case STAPLE_UNREADABLE:
		buf_puts(b, "OCSP staple: cannot be read");
		return;
	case STAPLE_ERROR:
		buf_puts(b, "OCSP staple: an error of the responder");
		return;
	case STAPLE_OTHER:
		buf_puts(b, "OCSP staple: of another certificate");
		return;
	case STAPLE_NOT_YET:
		buf_puts(b, "OCSP staple: not valid yet");
		return;
	case STAPLE_EXPIRED:
		buf_puts(b, "OCSP staple: expired ");
		add_age(b, now - f->single.next_update);
		buf_puts(b,
		    f->single.status == OCSP_REVOKED ? " ago, says revoked"
						     : " ago");
		return;
	case STAPLE_REFUSED:
		buf_puts(b, "OCSP staple: cannot be believed");
		return;
	case STAPLE_CURRENT:
		break;
	}
	buf_printf(b, "OCSP staple: %s%s, ", f->is_judged ? "" : "says ",
	    cert_status_name(f->single.status));
	add_age(b, now - f->single.this_update);
	buf_puts(b, " old");
}

void
server_add_facts(struct buf *b, const struct server_report *report, ticks now)
{
	const struct peer *peer = report->server->peer;
	const struct handshake *h = &peer->handshake;

	text_add_printable(b, h->protocol);
	if (peer->starttls != STARTTLS_NONE)
		buf_printf(
		    b, " after STARTTLS (%s)", starttls_name(peer->starttls));
	buf_puts(b, ", ");
	text_add_printable(b, h->group != NULL ? h->group : "RSA key exchange");
	buf_puts(b, ", ");
	add_staple(b, &report->staple, now);
	if (peer->address != NULL && peer->proxy == NULL) {
		buf_puts(b, ", address ");
		text_add_printable(b, peer->address);
	}
	if (peer->proxy != NULL) {
		buf_puts(b, ", through the proxy ");
		text_add_printable(b, peer->proxy);
		if (peer->proxy_named_by != NULL)
			buf_printf(b, " (%s)", peer->proxy_named_by);
	}
}

static json_t *
sent_json(struct json_maker *m, const struct server *s, struct verifier *v)
{
	json_t *all = json_array();
	uint8_t octets[SIGN_MAX_DIGEST];
	struct buf text;
	size_t len, i;

	buf_init(&text, TEXT_MAX_BYTES);
	for (i = 0; i < s->sent_count; i++) {
		json_t *o = json_object();

		if (s->sent[i].cert != NULL)
			name_add(&text, s->sent[i].cert->subject);
		json_put_text(m, o, "subject",
		    s->sent[i].cert == NULL ? NULL : buf_text(&text));
		buf_clear(&text);
		if (verifier_digest(
			v, DIGEST_SHA256, s->sent[i].der, octets, &len))
			der_add_hex(&text, span_of(octets, len));
		else
			m->has_failed = true;
		json_put_text(m, o, "sha256", buf_text(&text));
		buf_clear(&text);
		json_add(m, all, o);
	}
	m->has_failed |= text.status == STATUS_NO_MEMORY;
	buf_free(&text);
	return all;
}

static json_t *
staple_json(struct json_maker *m, const struct server_report *r)
{
	const struct staple_facts *f = &r->staple;
	json_t *o;

	if (f->state == STAPLE_NONE)
		return json_null();
	o = json_object();
	json_put_text(m, o, "state", staple_state_name(f->state));
	if (f->state < STAPLE_NOT_YET)
		return o;
	json_put_text(m, o, "cert_status", cert_status_name(f->single.status));
	json_put_time(
	    m, o, "produced_at", r->server->staple->produced_at, false);
	json_put_time(m, o, "this_update", f->single.this_update, false);
	json_put_time(m, o, "next_update", f->single.next_update, false);
	json_put(m, o, "is_judged", json_boolean(f->is_judged));
	return o;
}

static json_t *
notes_json(struct json_maker *m, const struct server_report *r)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < r->note_count; i++)
		json_add(m, all, json_text(server_note_name(r->notes[i].id)));
	return all;
}

json_t *
server_json(struct json_maker *m, const struct server_report *report,
    struct verifier *v)
{
	const struct peer *peer = report->server->peer;
	const struct handshake *h = &peer->handshake;
	json_t *o = json_object();

	json_put_text(m, o, "protocol", h->protocol);
	json_put_text(m, o, "cipher", h->cipher);
	json_put_text(m, o, "group", h->group);
	json_put_text(m, o, "alpn", h->alpn);
	json_put_text(m, o, "address", peer->address);
	json_put_text(m, o, "proxy", peer->proxy);
	json_put_text(m, o, "proxy_named_by", peer->proxy_named_by);
	json_put_text(m, o, "sni", peer->sni);
	json_put_text(m, o, "starttls", starttls_name(peer->starttls));
	json_put(m, o, "ms", json_integer((json_int_t)peer->elapsed_ms));
	json_put(m, o, "sent", sent_json(m, report->server, v));
	json_put(m, o, "staple", staple_json(m, report));
	json_put(m, o, "notes", notes_json(m, report));
	return o;
}
