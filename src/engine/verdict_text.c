#include "engine/verdict_text.h"

#include "base/text.h"
#include "capi2/decode.h"
#include "engine/host.h"
#include "engine/server.h"
#include "engine/tries_text.h"
#include "explain/rules.h"
#include "explain/telling.h"
#include "say/phrase.h"
#include "say/wrap.h"
#include "wire/name.h"

#define LABEL_COLUMNS 10
#define INDEX_COLUMNS 5
#define KEY_COLUMNS 12
#define DATES_COLUMNS 26
#define TITLE_LEAST 16
#define TITLE_MOST 40
#define STATUS_COLUMNS 14 /* what the row is laid out for */
#define ALSO_MAX 8 /* causes told beside the first */
#define NOTES_MAX 4
#define WHY_MAX 32 /* other paths, and refused candidates */
#define TEXT_MAX_BYTES 65536

struct sheet {
	struct buf *out;
	struct buf line; /* being put together */
	const struct reply *reply;
	const struct verdict_look *look;
	size_t width;
};

/* The gathered line behind its label, wrapped below itself. */
static void
end_row(struct sheet *p, const char *label)
{
	buf_puts(p->out, label);
	buf_fill(p->out, ' ', LABEL_COLUMNS - strlen(label));
	wrap_add(p->out, buf_text(&p->line), p->width, LABEL_COLUMNS,
	    LABEL_COLUMNS);
	buf_clear(&p->line);
}

static void
add_title(struct buf *b, struct span name)
{
	struct buf title;

	buf_init(&title, TEXT_MAX_BYTES);
	name_add_title(&title, name);
	text_add_printable(b, title.len == 0 ? "(no name)" : buf_text(&title));
	buf_free(&title);
}

static void
say_verdict(struct sheet *p)
{
	static const struct {
		const char *word;
		enum harmless harmless;
	} words[] = {
		[ANSWER_TRUSTED] = { "TRUSTED", HARMLESS_YES },
		[ANSWER_NOT_TRUSTED] = { "NOT TRUSTED", HARMLESS_NO },
		[ANSWER_UNDECIDED] = { "UNDECIDED", HARMLESS_UNKNOWN },
	};
	const struct page *look = &p->look->page;
	enum verdict_answer answer = p->reply->verdict->answer;

	phrase_bold(p->out, look);
	phrase_color(p->out, look, words[answer].harmless);
	buf_puts(p->out, words[answer].word);
	phrase_plain(p->out, look);
	buf_puts(p->out, "  ");
	text_add_printable(p->out, p->look->name);
	buf_puts(p->out, "  \"");
	add_title(p->out, p->reply->path->elements[0].cert->subject);
	buf_puts(p->out, "\"\n");
}

static void
say_cause(struct sheet *p, const struct cause *c, const char *label)
{
	text_add_printable(&p->line, c->detail);
	if (c->clause != NULL)
		buf_printf(&p->line, " (%s)", c->clause);
	end_row(p, label);
}

/* Issuers that had to be fetched: others may not go that far. */
static void
say_fetched(struct sheet *p)
{
	const struct path *path = p->reply->path;
	const struct retrieval *r;
	size_t i, k;

	for (r = p->reply->retrievals; r != NULL; r = r->next) {
		if (r->kind != RETRIEVAL_ISSUER || r->outcome != OUTCOME_OK)
			continue;
		for (i = 0; i < path->count; i++)
			for (k = 0; k < r->cert_count; k++) {
				if (path->elements[i].cert != r->certs[k])
					continue;
				buf_printf(&p->line, "Certificate %zu was not "
				    "given; it %s ", i,
				    r->place == PLACE_WIRE ?
				        "was fetched from" :
				        "is in the cache, fetched from");
				text_add_printable(&p->line, r->url);
				wrap_add(p->out, buf_text(&p->line), p->width,
				    0, 0);
				buf_clear(&p->line);
			}
	}
}

static void
say_causes(struct sheet *p)
{
	const struct reply *r = p->reply;
	size_t i;

	if (r->cause_count == 0)
		return;
	say_cause(p, &r->causes[0], "cause");
	for (i = 1; i < r->cause_count && i <= ALSO_MAX; i++)
		say_cause(p, &r->causes[i], "also");
	if (i < r->cause_count) {
		buf_printf(&p->line, "and %zu more; --json tells all",
		    r->cause_count - i);
		end_row(p, "also");
	}
	for (i = 0; i < CAUSE_MAX_REMEDIES &&
	     r->causes[0].remedies[i] != NULL; i++) {
		const struct remedy *remedy =
		    remedy_find(r->causes[0].remedies[i]);

		if (remedy == NULL)
			continue;
		buf_puts(&p->line, remedy->sentence);
		end_row(p, i == 0 ? "remedy" : "or");
	}
}

/* What was forgiven, and what failed though another way led on. */
static void
say_notes(struct sheet *p)
{
	const struct reply *r = p->reply;
	size_t i;

	for (i = 0; i < r->note_count && i < NOTES_MAX; i++)
		say_cause(p, &r->notes[i], "note");
	if (i < r->note_count) {
		buf_printf(&p->line, "and %zu more; --json tells all",
		    r->note_count - i);
		end_row(p, "");
	}
}

static void
say_windows(struct sheet *p)
{
	if (p->reply->policy.error == 0)
		return;
	decode_add_code_name(&p->line, p->reply->policy.error);
	end_row(p, "windows");
}

static void
say_server(struct sheet *p)
{
	if (p->reply->server == NULL)
		return;
	server_add_facts(&p->line, p->reply->server, p->reply->question->now);
	end_row(p, "server");
}

static void
say_question(struct sheet *p)
{
	const struct question *q = p->reply->question;
	size_t i;

	buf_printf(&p->line, "purpose %s", p->look->purpose);
	for (i = 0; i < q->host_count; i++) {
		buf_puts(&p->line, ", host ");
		host_add(&p->line, &q->hosts[i]);
	}
	buf_printf(&p->line, ", profile %s, at ", profile_get(q->profile)->name);
	time_add_plain(&p->line, q->at);
	buf_puts(&p->line, " UTC, roots: ");
	text_add_printable(&p->line, p->look->roots);
	buf_printf(&p->line, " (%zu)",
	    q->roots == NULL ? 0 : pool_count(q->roots));
	end_row(p, "asked");
}

static void
add_revocation(struct buf *b, const struct revocation_result *r, ticks now)
{
	switch (r->status) {
	case REVOCATION_NOT_ASKED:
		return;
	case REVOCATION_GOOD:
		buf_puts(b, "not revoked");
		break;
	case REVOCATION_REVOKED:
		buf_puts(b, "revoked ");
		time_add_plain(b, r->revoked_at);
		if (r->reason > REASON_UNSPECIFIED)
			buf_printf(b, " %s",
			    decode_crl_reason((uint32_t)r->reason));
		break;
	case REVOCATION_UNKNOWN:
		buf_printf(b, "revocation unknown: %s",
		    unknown_words(r->cause));
		break;
	}
	if (r->source == EVIDENCE_NONE)
		return;
	buf_puts(b, " (");
	tries_add_evidence(b, r, now);
	buf_puts(b, ")");
}

/* What speaks against this element, or that nothing does. */
static void
add_status(struct sheet *p, size_t element)
{
	const struct path *path = p->reply->path;
	const struct path_element *e = &path->elements[element];
	const char *last = NULL, *fine = "ok";
	size_t i;

	for (i = 0; i < p->reply->cause_count; i++) {
		const struct cause *c = &p->reply->causes[i];

		if (c->element != (int)element ||
		    text_equal(c->cause, last))
			continue;
		/* The row below tells what is open about revocation. */
		if (telling_rank(c->cause) < TELLING_LEAST) {
			fine = "undecided";
			continue;
		}
		buf_printf(&p->line, "%s%s", last == NULL ? "" : ", ",
		    c->cause);
		last = c->cause;
	}
	if (last == NULL)
		buf_puts(&p->line, e->root != NULL &&
		        element + 1 == path->count &&
		        path->end == PATH_ANCHORED ? "trusted root" : fine);
}

static void
say_element(struct sheet *p, size_t element, size_t title_columns)
{
	const struct cert *cert = p->reply->path->elements[element].cert;
	struct buf text;
	size_t indent;

	buf_init(&text, TEXT_MAX_BYTES);
	buf_printf(p->out, "%3zu  ", element);
	add_title(&text, cert->subject);
	wrap_fit(p->out, buf_text(&text), title_columns);
	buf_puts(p->out, "  ");
	buf_clear(&text);
	spki_add(&text, &cert->spki);
	wrap_fit(p->out, buf_text(&text), KEY_COLUMNS - 2);
	buf_puts(p->out, "  ");
	buf_clear(&text);
	time_add_plain(&text, cert->not_before);
	buf_add(p->out, buf_text(&text), strcspn(buf_text(&text), " "));
	buf_puts(p->out, " to ");
	buf_clear(&text);
	time_add_plain(&text, cert->not_after);
	buf_add(p->out, buf_text(&text), strcspn(buf_text(&text), " "));
	buf_puts(p->out, "  ");
	buf_free(&text);
	indent = INDEX_COLUMNS + title_columns + 2 + KEY_COLUMNS +
	    DATES_COLUMNS;
	add_status(p, element);
	wrap_add(p->out, buf_text(&p->line), p->width, indent, indent);
	buf_clear(&p->line);
	add_revocation(&p->line,
	    &p->reply->path->elements[element].revocation,
	    p->reply->question->now);
	if (p->line.len == 0)
		return;
	buf_fill(p->out, ' ', INDEX_COLUMNS);
	wrap_add(p->out, buf_text(&p->line), p->width, INDEX_COLUMNS,
	    INDEX_COLUMNS);
	buf_clear(&p->line);
}

static void
say_chain(struct sheet *p)
{
	size_t fixed = INDEX_COLUMNS + 2 + KEY_COLUMNS + DATES_COLUMNS +
	    STATUS_COLUMNS;
	size_t columns = p->width > fixed + TITLE_LEAST ? p->width - fixed :
	                                                  TITLE_LEAST;
	size_t i;

	buf_putc(p->out, '\n');
	if (columns > TITLE_MOST)
		columns = TITLE_MOST;
	for (i = 0; i < p->reply->path->count; i++)
		say_element(p, i, columns);
}

/* How the server is set up: what others may fail on. */
static void
say_server_notes(struct sheet *p)
{
	const struct server_report *r = p->reply->server;
	size_t i;

	for (i = 0; r != NULL && i < r->note_count; i++)
		if (p->look->has_why || !server_note_is_minor(r->notes[i].id))
			wrap_add(p->out, r->notes[i].text, p->width, 0, 0);
}

static void
add_path(struct buf *b, const struct path *path)
{
	size_t i;

	for (i = 0; i < path->count; i++) {
		buf_puts(b, i == 0 ? "\"" : " < \"");
		add_title(b, path->elements[i].cert->subject);
		buf_putc(b, '"');
	}
	buf_printf(b, ": %s", cause_of_path(path));
}

static void
say_why(struct sheet *p)
{
	const struct verdict *v = p->reply->verdict;
	const struct retrieval *r;
	size_t i;

	buf_putc(p->out, '\n');
	for (r = p->reply->retrievals; r != NULL; r = r->next) {
		tries_add(&p->line, r);
		end_row(p, r == p->reply->retrievals ? "asked for" : "");
	}
	for (i = 1; i < v->path_count && i <= WHY_MAX; i++) {
		add_path(&p->line, v->paths[i]);
		end_row(p, i == 1 ? "paths" : "");
	}
	for (i = 0; i < v->refusal_count && i < WHY_MAX; i++) {
		const struct refusal *no = &v->refusals[i];

		buf_putc(&p->line, '"');
		add_title(&p->line, no->candidate->subject);
		buf_puts(&p->line, "\" as issuer of \"");
		add_title(&p->line, no->subject->subject);
		buf_printf(&p->line, "\": %s", refusal_text(no->reason));
		end_row(p, i == 0 ? "refused" : "");
	}
	buf_printf(&p->line, "%zu path%s tried, %zu candidate%s refused, "
	    "%llu signature%s checked", v->path_count,
	    v->path_count == 1 ? "" : "s", v->refusal_count,
	    v->refusal_count == 1 ? "" : "s",
	    (unsigned long long)v->signatures, v->signatures == 1 ? "" : "s");
	if (v->ceiling != CEILING_NONE)
		buf_printf(&p->line, ", ceiling reached: %s",
		    ceiling_name(v->ceiling));
	end_row(p, "search");
}

/* How many certificates of the input nobody has looked at. */
static size_t
count_unused(const struct sheet *p)
{
	const struct path *path = p->reply->path;
	const struct pool *beside = p->look->beside;
	size_t used = 0, i;

	for (i = 0; beside != NULL && i < path->count; i++) {
		const struct cert *cert = path->elements[i].cert;

		/* The repeat that ends a circle is there once. */
		if (path->end == PATH_CYCLIC && i + 1 == path->count)
			continue;
		used += pool_find(beside, cert,
		            pool_hash_name(cert->subject)) != NULL;
	}
	return beside == NULL ? 0 : pool_count(beside) - used;
}

static void
say_not_checked(struct sheet *p)
{
	const struct question *q = p->reply->question;
	size_t unused = count_unused(p);

	buf_putc(p->out, '\n');
	if (unused != 0)
		buf_printf(&p->line, "%zu other certificate%s of the input, ",
		    unused, unused == 1 ? "" : "s");
	if (q->revocation.mode == REVOCATION_NONE)
		buf_puts(&p->line, "revocation (--revocation), ");
	if (q->host_count == 0)
		buf_puts(&p->line, "host name (--host), ");
	buf_puts(&p->line, "certificate transparency");
	buf_puts(p->out, "not checked  ");
	wrap_add(p->out, buf_text(&p->line), p->width, 13, 13);
	buf_clear(&p->line);
}

void
verdict_text_add(struct buf *b, const struct reply *reply,
    const struct verdict_look *look)
{
	struct sheet p = {
		.out = b,
		.reply = reply,
		.look = look,
		.width = (size_t)look->page.width,
	};

	buf_init(&p.line, TEXT_MAX_BYTES);
	say_verdict(&p);
	say_causes(&p);
	say_notes(&p);
	say_windows(&p);
	say_server(&p);
	say_question(&p);
	say_chain(&p);
	if (reply->server == NULL)
		say_fetched(&p);
	say_server_notes(&p);
	if (look->has_why)
		say_why(&p);
	say_not_checked(&p);
	if (p.line.status != STATUS_OK)
		b->status = p.line.status;
	buf_free(&p.line);
}
