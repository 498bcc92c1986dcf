/* Chains, their elements and the evidence, as rows of a tree. */
#include "say/tree_parts.h"

#include "base/text.h"
#include "capi2/decode.h"
#include "say/phrase.h"
#include "say/wrap.h"

#define LABEL 13
#define ELEMENT_INDENT 4
#define ELEMENTS_MAX 64 /* Windows builds no longer ones */
#define CHAINS_MAX 32

void
draw_row(struct tree *t, const char *label)
{
	size_t indent = t->indent + LABEL;

	if (t->line.len > 0) {
		buf_fill(t->out, ' ', t->indent);
		wrap_fit(t->out, label, LABEL);
		wrap_add(t->out, buf_text(&t->line), (size_t)t->page->width,
		    indent, indent);
	}
	if (t->out->status == STATUS_OK)
		t->out->status = t->line.status;
	buf_clear(&t->line);
}

void
draw_text(struct tree *t, const char *label, const char *text)
{
	draw_named(t, label, text, NULL);
}

void
draw_named(struct tree *t, const char *label, const char *text,
    const char *ref)
{
	if (!text_is_blank(text))
		text_add_printable(&t->line, text);
	if (!text_is_blank(ref)) {
		buf_puts(&t->line, t->line.len > 0 ? " (" : "(");
		text_add_printable(&t->line, ref);
		buf_putc(&t->line, ')');
	}
	draw_row(t, label);
}

void
draw_time(struct tree *t, const char *label, ticks when)
{
	if (when == TIME_NONE)
		return;
	phrase_span(&t->line, when, TIME_NONE, false);
	draw_row(t, label);
}

void
draw_add_code(struct tree *t, const struct code *code)
{
	if (!code->is_known) {
		text_add_printable(&t->line, code->text);
		return;
	}
	if (code->value == 0) {
		buf_puts(&t->line, "ok");
		return;
	}
	decode_add_code_name(&t->line, code->value);
	if (decode_error(code->value) == NULL && !text_is_blank(code->text)) {
		buf_puts(&t->line, ": ");
		text_add_printable(&t->line, code->text);
	}
	if (code->is_from_text)
		buf_puts(&t->line, " (by its message)");
}

void
draw_add_dates(struct tree *t, ticks from, ticks until)
{
	if (from == TIME_NONE && until == TIME_NONE)
		return;
	if (from != TIME_NONE)
		phrase_days(&t->line, from, TIME_NONE);
	if (until != TIME_NONE) {
		buf_puts(&t->line, from == TIME_NONE ? "until " : " to ");
		phrase_days(&t->line, until, TIME_NONE);
	}
}

void
draw_evidence(struct tree *t, const char *label, const struct evidence *e)
{
	const struct evidence_facts *f;

	if (e == NULL)
		return;
	buf_puts(&t->line, e->is_ocsp ? "OCSP response" : "CRL");
	if (!text_is_blank(e->issuer)) {
		buf_puts(&t->line, " of ");
		text_add_printable(&t->line, e->issuer);
	}
	if (!text_is_blank(e->location)) {
		buf_puts(&t->line, ", from ");
		text_add_printable(&t->line, e->location);
	}
	if (!text_is_blank(e->url)) {
		buf_puts(&t->line, ", ");
		text_add_printable(&t->line, e->url);
	}
	if ((f = e->facts) != NULL && f->this_update != TIME_NONE) {
		buf_puts(&t->line, ", made ");
		phrase_span(&t->line, f->this_update, TIME_NONE, false);
	}
	if (f != NULL && f->next_update != TIME_NONE) {
		buf_puts(&t->line, ", next update ");
		phrase_span(&t->line, f->next_update, TIME_NONE, false);
	}
	if (!text_is_blank(e->file_ref)) {
		buf_puts(&t->line, " (");
		text_add_printable(&t->line, e->file_ref);
		buf_putc(&t->line, ')');
	}
	draw_row(t, label);
}

static void
add_status(struct tree *t, uint32_t error, uint32_t info)
{
	if (error == 0)
		buf_puts(&t->line, "no error");
	else
		decode_add_flags(&t->line, FLAGS_TRUST_ERROR, error, ", ");
	draw_row(t, "status");
	decode_add_flags(&t->line, FLAGS_TRUST_INFO, info, ", ");
	draw_row(t, "info");
}

static void
add_key(struct tree *t, const struct element *e)
{
	const char *key = e->key, *signature = e->signature;

	if (key == NULL && e->facts != NULL)
		key = e->facts->key;
	if (signature == NULL && e->facts != NULL)
		signature = e->facts->signature;
	text_add_printable(&t->line, key);
	if (!text_is_blank(signature)) {
		buf_puts(&t->line, t->line.len > 0 ? ", signed " : "signed ");
		text_add_printable(&t->line, signature);
	}
	if (e->facts != NULL && e->facts->not_after != TIME_NONE) {
		buf_puts(&t->line, t->line.len > 0 ? ", valid " : "valid ");
		draw_add_dates(t, e->facts->not_before, e->facts->not_after);
	}
	draw_row(t, "key");
}

static void
add_element(struct tree *t, const struct element *e, int number)
{
	size_t indent = t->indent;
	struct buf line;

	buf_init(&line, (size_t)1 << 20);
	buf_fill(t->out, ' ', t->indent);
	buf_printf(&line, "%d", number);
	wrap_fit(&line, "", line.len < ELEMENT_INDENT ?
	    ELEMENT_INDENT - line.len : 1);
	phrase_bold(&line, t->page);
	text_add_printable(&line, e->subject == NULL ?
	    "(a certificate without name)" : e->subject);
	phrase_plain(&line, t->page);
	buf_puts(t->out, buf_text(&line));
	buf_putc(t->out, '\n');
	buf_note(t->out, line.status);
	buf_free(&line);
	t->indent += ELEMENT_INDENT;
	add_status(t, e->error, e->info);
	add_key(t, e);
	if (e->facts != NULL) {
		draw_text(t, "issuer", e->facts->issuer);
		draw_text(t, "serial", e->facts->serial);
	}
	if (e->revocation.is_known || e->revocation.text != NULL) {
		draw_add_code(t, &e->revocation);
		if (!text_is_blank(e->freshness)) {
			buf_puts(&t->line, ", evidence ");
			phrase_duration(&t->line, e->freshness);
			buf_puts(&t->line, " old");
		}
		draw_row(t, "revocation");
	}
	draw_evidence(t, "by", e->evidence);
	draw_text(t, "object", e->file_ref);
	t->indent = indent;
}

void
draw_chains(struct tree *t, const struct chain *chains)
{
	const struct chain *c;
	size_t indent = t->indent;
	int count = 0;

	for (c = chains; c != NULL && count < CHAINS_MAX; c = c->next) {
		const struct element *e = c->elements;
		int number = 0;

		text_add_printable(&t->line, c->ref == NULL ? "" : c->ref);
		if (count > 0)
			buf_puts(&t->line, " (of lower quality)");
		draw_row(t, "chain");
		count++;
		t->indent += 2;
		if (c->has_status)
			add_status(t, c->error, c->info);
		for (; e != NULL && number < ELEMENTS_MAX; e = e->next)
			add_element(t, e, number++);
		if (c->is_partial_view) {
			buf_puts(&t->line, "elements were left out by who "
			                   "posted it");
			draw_row(t, "note");
		}
		t->indent = indent;
	}
}
