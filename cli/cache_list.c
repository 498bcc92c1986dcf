/* `avow cache list`: a line for each object, the failures after them. */
#include "cache_actions.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cache_say.h"
#include "say/wrap.h"

#define KIND_COLUMNS 10
#define END_COLUMNS 14
#define SIZE_COLUMNS 9
#define SHA1_COLUMNS 10
#define ISSUER_COLUMNS 24
#define NAME_BYTES 256
#define SCRATCH_MAX_BYTES ((size_t)1 << 20)

struct list {
	const struct cache_options *options;
	struct buf rows, failures; /* text */
	struct buf text; /* scratch */
	struct json_maker m;
	json_t *entries_json, *failures_json;
	uint64_t count, bytes, failure_count;
};

static void
add_cell(struct buf *b, struct buf *text, size_t columns)
{
	wrap_fit(b, buf_text(text), columns - 1);
	buf_putc(b, ' ');
	buf_clear(text);
}

/* "O=Example, CN=Example CA" is called by its common name, if it has one. */
static void
add_short_name(struct buf *b, const char *issuer)
{
	const char *at = text_starts(issuer, "CN=") ? issuer :
	                                              strstr(issuer, ", CN=");
	char name[NAME_BYTES];
	size_t len;

	if (at == NULL) {
		text_add_printable(b, issuer);
		return;
	}
	at = strstr(at, "CN=") + strlen("CN=");
	/* A comma of the name itself stands behind a backslash. */
	for (len = 0; at[len] != '\0' && at[len] != ','; len++)
		len += at[len] == '\\' && at[len + 1] != '\0';
	snprintf(name, sizeof(name), "%.*s", (int)len, at);
	text_add_printable(b, name);
}

static void
row_text(struct list *l, const struct cache_entry *e)
{
	struct buf *b = &l->rows, *text = &l->text;
	int i;

	buf_puts(b, "  ");
	buf_puts(text, retrieval_kind_name(e->kind));
	add_cell(b, text, KIND_COLUMNS);
	if (e->dates.next_update == TIME_NONE)
		buf_puts(text, "never");
	else
		say_when_short(text, e->dates.next_update, l->options->now);
	add_cell(b, text, END_COLUMNS);
	say_size(text, e->bytes);
	add_cell(b, text, SIZE_COLUMNS);
	for (i = 0; i < 4; i++)
		buf_printf(text, "%02x", e->sha1[i]);
	add_cell(b, text, SHA1_COLUMNS);
	if (e->issuer != NULL)
		add_short_name(text, e->issuer);
	add_cell(b, text, ISSUER_COLUMNS);
	text_add_printable(b, e->url);
	buf_putc(b, '\n');
}

static void
failure_text(struct list *l, const struct cache_entry *e)
{
	struct buf *b = &l->failures;

	buf_puts(b, "  ");
	buf_puts(&l->text, retrieval_kind_name(e->kind));
	add_cell(b, &l->text, KIND_COLUMNS);
	text_add_printable(b, e->url);
	buf_printf(b, "\n            %s", outcome_sentence(e->failure));
	if (e->failure_http_status != 0)
		buf_printf(b, ": %d", e->failure_http_status);
	buf_puts(b, "; asked again ");
	say_when(b, e->failure_until, l->options->now);
	buf_putc(b, '\n');
}

static json_t *
failure_json(struct list *l, const struct cache_entry *e)
{
	struct json_maker *m = &l->m;
	json_t *o = json_object();

	json_put_text(m, o, "kind", retrieval_kind_name(e->kind));
	json_put_text(m, o, "url", e->url);
	json_put_text(m, o, "outcome", outcome_name(e->failure));
	json_put(m, o, "http_status", json_integer(e->failure_http_status));
	json_put_text(m, o, "detail", e->failure_detail);
	json_put_time(m, o, "until", e->failure_until, false);
	return o;
}

static enum status
take(void *arg, const struct cache_entry *e)
{
	struct list *l = arg;
	bool is_json = l->options->is_json;

	/* Those whose time is over are only waiting to be cleared away. */
	if (e->is_negative && e->failure_until <= l->options->now)
		return STATUS_OK;
	if (e->is_negative) {
		l->failure_count++;
		if (is_json)
			json_add(&l->m, l->failures_json, failure_json(l, e));
		else
			failure_text(l, e);
	} else {
		l->count++;
		l->bytes += e->bytes;
		if (is_json)
			json_add(&l->m, l->entries_json,
			    cached_entry_json(&l->m, e, l->options->now));
		else
			row_text(l, e);
	}
	return l->rows.status != STATUS_OK ? l->rows.status :
	                                     l->failures.status;
}

static void
say_head(struct buf *b, const struct list *l, const struct online *online)
{
	const struct cache_options *o = l->options;

	if (o->only_failures) {
		buf_printf(b, "%llu remembered %s",
		    (unsigned long long)l->failure_count,
		    l->failure_count == 1 ? "failure" : "failures");
	} else {
		buf_printf(b, "%llu %s", (unsigned long long)l->count,
		    l->count == 1 ? "object" : "objects");
		if (o->is_watch)
			buf_puts(b, o->filter.expires_before <= o->now ?
			    " expired" : " expired or about to");
		buf_puts(b, ", ");
		say_size(b, l->bytes);
	}
	buf_puts(b, ", in ");
	text_add_printable(b, online->cache_folder);
	buf_putc(b, '\n');
}

static int
say_list(struct list *l, const struct online *online)
{
	struct buf b;

	buf_init(&b, 2 * SAY_MAX_BYTES);
	say_head(&b, l, online);
	if (l->count > 0)
		buf_printf(&b, "\n  kind      expires       size     sha-1     "
		    "issuer                  URL\n%s", buf_text(&l->rows));
	if (l->failure_count > 0)
		buf_printf(&b, "%s%s", l->options->only_failures ? "\n" :
		    "\nNot asked again for the moment:\n",
		    buf_text(&l->failures));
	buf_note(&b, l->text.status);
	if (l->options->is_quiet)
		buf_clear(&b);
	return cli_flush(&b);
}

static int
say_list_json(struct list *l, const struct online *online)
{
	json_t *root = json_object();

	if (l->text.status == STATUS_NO_MEMORY)
		l->m.has_failed = true;
	json_put_text(&l->m, root, "folder", online->cache_folder);
	json_put(&l->m, root, "entries", json_incref(l->entries_json));
	json_put(&l->m, root, "failures", json_incref(l->failures_json));
	return say_json_line(&l->m, root);
}

int
cache_list_action(const struct cache_options *o, struct online *online)
{
	struct cache_filter filter = o->filter;
	struct list l = { .options = o };
	const struct cache_sink sink = { take, &l };
	enum status rc;
	int code;

	filter.has_negative = true;
	filter.only_negative = o->only_failures;
	buf_init(&l.rows, SAY_MAX_BYTES);
	buf_init(&l.failures, SAY_MAX_BYTES);
	buf_init(&l.text, SCRATCH_MAX_BYTES);
	l.entries_json = json_array();
	l.failures_json = json_array();
	rc = cache_list(online->cache, &filter, &sink);
	if (rc != STATUS_OK)
		code = cache_say_fault(online, rc);
	else
		code = o->is_json ? say_list_json(&l, online) :
		                    say_list(&l, online);
	if (code == EXIT_OK && o->is_watch && l.count > 0)
		code = EXIT_BAD;
	json_decref(l.entries_json);
	json_decref(l.failures_json);
	buf_free(&l.rows);
	buf_free(&l.failures);
	buf_free(&l.text);
	return code;
}
