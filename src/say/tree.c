#include "say/tree_parts.h"

#include <inttypes.h>

#include "base/text.h"
#include "capi2/decode.h"
#include "say/phrase.h"
#include "say/wrap.h"

#define SCRATCH_MAX_BYTES ((size_t)1 << 20)
#define DEPTH_SHOWN 8
#define INDENT 2
#define ACTIONS_MAX 64

const char *
step_name(enum step_kind kind)
{
	switch (kind) {
	case STEP_BUILD_CHAIN:
		return "Build Chain";
	case STEP_FIND_ISSUER:
		return "Find Issuer";
	case STEP_FIND_ROOT:
		return "Find Third-Party Root";
	case STEP_CHAIN_POLICY:
		return "Verify Chain Policy";
	case STEP_REVOCATION:
		return "Verify Revocation";
	case STEP_REJECT:
		return "Reject Revocation Information";
	case STEP_CACHE:
		return "Retrieve Object from Cache";
	case STEP_WIRE:
		return "Retrieve Object from Network";
	case STEP_STORE:
		return "Open Store";
	case STEP_KEY:
		return "Acquire Private Key";
	case STEP_TRUST:
		return "Verify Trust";
	case STEP_CATALOG:
		return "Verify Catalog";
	case STEP_OBJECTS:
		return "X509 Objects";
	case STEP_CATALOG_DB:
		return "Catalog Database";
	case STEP_SYSTEM_WRITER:
		return "System Writer";
	case STEP_ROOT_UPDATE:
		return "Root List Update";
	case STEP_UNKNOWN:
		break;
	}
	return "Event";
}

enum flag_set
step_flags(enum step_kind kind)
{
	switch (kind) {
	case STEP_CHAIN_POLICY:
		return FLAGS_POLICY;
	case STEP_REVOCATION:
		return FLAGS_REVOCATION;
	case STEP_CACHE:
	case STEP_WIRE:
	case STEP_REJECT:
		return FLAGS_RETRIEVE;
	case STEP_TRUST:
	case STEP_CATALOG:
		return FLAGS_TRUST;
	case STEP_BUILD_CHAIN:
	case STEP_FIND_ISSUER:
	case STEP_FIND_ROOT:
	case STEP_STORE:
	case STEP_KEY:
	case STEP_OBJECTS:
	case STEP_CATALOG_DB:
	case STEP_SYSTEM_WRITER:
	case STEP_ROOT_UPDATE:
	case STEP_UNKNOWN:
		break;
	}
	return FLAGS_CHAIN;
}

/* "16:06:39.848", with the day where it is not the case's. */
static void
add_moment(struct buf *b, ticks t, ticks of_case)
{
	struct calendar c = time_to_calendar(t);

	if (of_case != TIME_NONE) {
		struct calendar o = time_to_calendar(of_case);

		if (o.day != c.day || o.month != c.month || o.year != c.year)
			buf_printf(b, "%04d-%02d-%02d ", c.year, c.month,
			    c.day);
	}
	buf_printf(b, "%02d:%02d:%02d.%03d", c.hour, c.minute, c.second,
	    c.ticks / (int)TICKS_PER_MS);
}

static void
add_duration(struct buf *b, ticks from, ticks until)
{
	int64_t ms;

	if (from == TIME_NONE || until == TIME_NONE || until <= from)
		return;
	if ((ms = (until - from) / TICKS_PER_MS) < 10000)
		buf_printf(b, ", took %" PRId64 " ms", ms);
	else
		buf_printf(b, ", took %" PRId64 " s", ms / 1000);
}

/* "#17 11 Build Chain  failed: 80092013 CRYPT_E_...  16:06:39.848" */
static void
add_step_head(struct tree *t, const struct step *s, ticks of_case)
{
	ticks at = s->started != TIME_NONE ? s->started : s->ended;
	bool has_result = s->result.is_known || s->result.text != NULL;

	if (s->has_seq)
		buf_printf(&t->line, "#%" PRIu32 " ", s->seq);
	buf_printf(&t->line, "%d ", s->id);
	phrase_bold(&t->line, t->page);
	buf_puts(&t->line, step_name(s->kind));
	phrase_plain(&t->line, t->page);
	if (has_result) {
		bool is_bad = !s->result.is_known || s->result.value != 0;

		buf_puts(&t->line, is_bad ? "  failed: " : "  ");
		draw_add_code(t, &s->result);
	} else if (s->has_start && !s->has_stop) {
		buf_puts(&t->line, "  no end in this log");
	}
	if (at != TIME_NONE) {
		buf_puts(&t->line, "  ");
		add_moment(&t->line, at, of_case);
		add_duration(&t->line, s->started, s->ended);
	}
	buf_fill(t->out, ' ', t->indent);
	wrap_add(t->out, buf_text(&t->line), (size_t)t->page->width,
	    t->indent + 4, t->indent);
	if (t->out->status == STATUS_OK)
		t->out->status = t->line.status;
	buf_clear(&t->line);
}

static void
add_flags(struct tree *t, const struct step *s)
{
	if (s->has_flags && s->flags != 0) {
		decode_add_flags(&t->line, step_flags(s->kind), s->flags,
		    ", ");
		draw_row(t, "flags");
	}
	if (s->policy_ignores != 0) {
		decode_add_flags(&t->line, FLAGS_SSL_IGNORE, s->policy_ignores,
		    ", ");
		draw_row(t, "ignores");
	}
}

static const char *
subject_label(enum step_kind kind)
{
	switch (kind) {
	case STEP_SYSTEM_WRITER:
		return "object";
	case STEP_TRUST:
	case STEP_CATALOG:
	case STEP_CATALOG_DB:
		return "subject";
	case STEP_BUILD_CHAIN:
	case STEP_FIND_ISSUER:
	case STEP_FIND_ROOT:
	case STEP_CHAIN_POLICY:
	case STEP_REVOCATION:
	case STEP_REJECT:
	case STEP_CACHE:
	case STEP_WIRE:
	case STEP_STORE:
	case STEP_KEY:
	case STEP_OBJECTS:
	case STEP_ROOT_UPDATE:
	case STEP_UNKNOWN:
		break;
	}
	return "certificate";
}

static void
add_policy(struct tree *t, const struct step *s)
{
	draw_text(t, "policy", s->policy);
	draw_text(t, "server name", s->server_name);
	draw_text(t, "role", s->auth_type);
	if (s->kind != STEP_CHAIN_POLICY || s->chain_index < 0)
		return;
	buf_printf(&t->line, "chain %d", s->chain_index);
	if (s->element_index >= 0)
		buf_printf(&t->line, ", element %d", s->element_index);
	draw_row(t, "points to");
}

static void
add_retrieval(struct tree *t, const struct step *s)
{
	const struct action *a = s->actions;
	int count = 0;

	draw_text(t, "URL", s->url);
	draw_text(t, "object", s->object);
	draw_text(t, "scheme", s->scheme);
	for (; a != NULL && count < ACTIONS_MAX; a = a->next, count++) {
		text_add_printable(&t->line, a->name);
		if (!text_is_blank(a->parameter)) {
			buf_puts(&t->line, " (");
			text_add_printable(&t->line, a->parameter);
			buf_putc(&t->line, ')');
		}
		if (a->error.is_known || a->error.text != NULL) {
			buf_puts(&t->line, ": ");
			draw_add_code(t, &a->error);
		}
		draw_row(t, count == 0 ? "tried" : "");
	}
	if (s->has_network)
		draw_text(t, "network", s->network == 0 ?
		    "none was connected" : "connected");
	draw_text(t, "answer", s->http_status);
	draw_text(t, "type", s->content_type);
	draw_text(t, "via", s->via);
	draw_time(t, "this update", s->cached.this_update);
	draw_time(t, "next update", s->cached.next_update);
	draw_time(t, "publish", s->cached.publish);
	draw_time(t, "expires", s->cached.expire);
	draw_time(t, "last sync", s->cached.last_sync);
}

/* The actions that wintrust.h and softpub.h define. */
static const struct {
	const char *guid, *name;
} actions[] = {
	{ "{00AAC56B-CD44-11D0-8CC2-00C04FC295EE}",
	    "WINTRUST_ACTION_GENERIC_VERIFY_V2" },
	{ "{FC451C16-AC75-11D1-B4B8-00C04FB66EA0}",
	    "WINTRUST_ACTION_GENERIC_CHAIN_VERIFY" },
	{ "{189A3842-3041-11D1-85E1-00C04FC295EE}",
	    "WINTRUST_ACTION_GENERIC_CERT_VERIFY" },
	{ "{573E31F8-AABA-11D0-8CCB-00C04FC295EE}", "HTTPSPROV_ACTION" },
	{ "{5555C2CD-17FB-11D1-85C4-00C04FC295EE}",
	    "OFFICESIGN_ACTION_VERIFY" },
	{ "{F750E6C3-38EE-11D1-85E5-00C04FC295EE}", "DRIVER_ACTION_VERIFY" },
};

static void
add_action(struct tree *t, const struct step *s)
{
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (text_equal_nocase(s->verb, actions[i].guid)) {
			draw_named(t, "action", actions[i].name, s->verb);
			return;
		}
	draw_text(t, "action", s->verb);
}

static void
add_details(struct tree *t, const struct step *s)
{
	draw_named(t, subject_label(s->kind), s->subject, s->subject_ref);
	draw_named(t, "issuer", s->issuer, s->issuer_ref);
	draw_text(t, "file", s->file);
	draw_text(t, "catalog", s->catalog);
	add_action(t, s);
	draw_text(t, "says", s->detail);
	add_flags(t, s);
	add_policy(t, s);
	draw_time(t, "judged as of", s->validation_time);
	draw_text(t, "usages", s->usages);
	if (!text_is_blank(s->timeout)) {
		phrase_duration(&t->line, s->timeout);
		draw_row(t, "timeout");
	}
	if (s->kind == STEP_REVOCATION && s->revocation_reason != 0) {
		const char *why = decode_crl_reason(s->revocation_reason);

		if (why != NULL)
			buf_puts(&t->line, why);
		else
			buf_printf(&t->line, "%" PRIu32, s->revocation_reason);
		draw_row(t, "reason");
	}
	add_retrieval(t, s);
	draw_evidence(t, "by", s->evidence);
	if (s->kind == STEP_TRUST)
		draw_text(t, "time stamp", s->has_timestamp ? "yes" : "none");
	draw_text(t, "stamp chain", s->timestamp_ref);
	draw_chains(t, s->chains);
}

static void
add_case_head(struct tree *t, const struct trace_case *c)
{
	struct buf *b = &t->line;

	buf_puts(b, "case ");
	phrase_bold(b, t->page);
	text_add_printable(b, c->task_id == NULL ? "(the event stands alone)" :
	                                           c->task_id);
	phrase_plain(b, t->page);
	wrap_add(t->out, buf_text(b), (size_t)t->page->width, INDENT, 0);
	buf_clear(b);
	t->indent = INDENT;
	if (c->process != NULL || c->pid != EVENT_UNKNOWN) {
		text_add_printable(b, c->process);
		if (c->pid != EVENT_UNKNOWN)
			buf_printf(b, "%spid %" PRId64 "%s",
			    c->process == NULL ? "" : " (", c->pid,
			    c->process == NULL ? "" : ")");
		draw_row(t, "process");
	}
	draw_text(t, "user", c->user);
	if (!text_equal(c->user, c->impersonated))
		draw_text(t, "acting for", c->impersonated);
	draw_text(t, "computer", c->computer);
	if (c->first != TIME_NONE) {
		phrase_span(b, c->first, TIME_NONE, c->time_is_local);
		add_duration(b, c->first, c->last);
		draw_row(t, "time");
	}
	draw_text(t, "about", c->subject);
	draw_text(t, "input", c->input);
	if (c->starts_inside)
		draw_text(t, "note", "the log begins in the middle of this "
		                     "case");
	if (c->is_truncated)
		draw_text(t, "note", "the input cut or elided something here");
}

static void
add_findings(struct tree *t, const struct finding *f)
{
	if (f != NULL)
		buf_puts(t->out, "\n  findings\n");
	t->indent = INDENT + 2;
	for (; f != NULL; f = f->next) {
		int i;

		phrase_bold(&t->line, t->page);
		text_add_printable(&t->line, f->cause);
		phrase_plain(&t->line, t->page);
		buf_puts(&t->line, ": ");
		phrase_color(&t->line, t->page, f->harmless);
		buf_puts(&t->line, phrase_harmless(f->harmless));
		phrase_plain(&t->line, t->page);
		for (i = 0; i < FINDING_MAX_REMEDIES && f->remedies[i] != NULL;
		     i++) {
			buf_puts(&t->line, i == 0 ? "; remedy " : ", ");
			text_add_printable(&t->line, f->remedies[i]);
		}
		buf_fill(t->out, ' ', t->indent);
		wrap_add(t->out, buf_text(&t->line), (size_t)t->page->width,
		    t->indent + 2, t->indent);
		buf_clear(&t->line);
		if (text_is_blank(f->happened))
			continue;
		text_add_printable(&t->line, f->happened);
		buf_fill(t->out, ' ', t->indent + 2);
		wrap_add(t->out, buf_text(&t->line), (size_t)t->page->width,
		    t->indent + 2, t->indent + 2);
		buf_clear(&t->line);
	}
}

void
say_tree(struct buf *b, const struct trace_case *c,
    const struct finding *findings, const struct page *page)
{
	struct tree t = {
		.out = b, .page = page,
	};
	const struct step *s;

	buf_init(&t.line, SCRATCH_MAX_BYTES);
	add_case_head(&t, c);
	for (s = c->steps; s != NULL; s = step_following(s)) {
		int depth = s->depth < DEPTH_SHOWN ? s->depth : DEPTH_SHOWN;

		buf_putc(b, '\n');
		t.indent = INDENT + 2 * (size_t)depth;
		add_step_head(&t, s, c->first);
		t.indent += 4;
		add_details(&t, s);
	}
	add_findings(&t, findings);
	if (b->status == STATUS_OK)
		b->status = t.line.status;
	buf_free(&t.line);
}
