/*
 * `avow cache show --windows FOLDER`: what Windows has kept, what of it is
 * stale, and the command that makes Windows forget it.
 */
#include "cache_actions.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "cache_say.h"
#include "engine/cryptnet.h"

#define READ_MAX_BYTES ((size_t)512 << 20)
#define SCRATCH_MAX_BYTES ((size_t)1 << 20)

static void
say_content(struct buf *b, struct buf *text, const struct cryptnet_entry *e)
{
	static const char *const kinds[] = {
		[CRYPTNET_NOTHING] = "nothing was kept",
		[CRYPTNET_CERTS] = "a certificate",
		[CRYPTNET_CRL] = "a CRL",
		[CRYPTNET_OCSP] = "an OCSP response",
		[CRYPTNET_CAB] = "a cabinet file, not unpacked here",
		[CRYPTNET_OTHER] = "unknown content",
	};

	buf_clear(text);
	if (e->what != NULL)
		buf_printf(text, "%s: ", e->what);
	buf_puts(text, e->kind == CRYPTNET_OTHER && e->looks_like != NULL ?
	    e->looks_like : kinds[e->kind]);
	if (e->bytes > 0) {
		buf_puts(text, ", ");
		say_size(text, e->bytes);
	}
	say_fact(b, "content", buf_text(text));
	if (e->issuer != NULL) {
		buf_clear(text);
		text_add_printable(text, e->issuer);
		say_fact(b, "of", buf_text(text));
	}
}

/*
 * Whether a URL may stand between quotes in a command that somebody will paste
 * into cmd or PowerShell.
 */
static bool
is_pasteable(const char *url)
{
	const char *at;

	if (url == NULL)
		return false;
	for (at = url; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~' || strchr("\"$`", *at) != NULL)
			return false;
	return true;
}

/* On one line, however long: half a command is of no use. */
static void
say_remedy(struct buf *b, const struct cryptnet_entry *e)
{
	buf_puts(b, "  remedy       ");
	if (is_pasteable(e->url))
		buf_printf(b, "certutil -urlcache \"%s\" delete\n", e->url);
	else
		buf_printf(b, "delete the files Content\\%s and MetaData\\%s\n",
		    e->name, e->name);
}

static void
say_findings(struct buf *b, struct buf *text, const struct cryptnet_entry *e)
{
	int i;

	for (i = 0; i < CRYPTNET_FINDINGS; i++) {
		if ((e->findings & 1u << i) == 0)
			continue;
		buf_clear(text);
		buf_puts(text, cryptnet_finding_sentence(
		    (enum cryptnet_finding)i));
		if (i == CRYPTNET_BAD_META && e->why != NULL)
			buf_printf(text, ": %s", e->why);
		say_fact(b, "cause", buf_text(text));
	}
	say_remedy(b, e);
}

static void
say_windows_entry(struct buf *b, struct buf *text,
    const struct cryptnet_entry *e, ticks now)
{
	buf_puts(b, e->findings != 0 ? "\nSTALE  " : "\nok     ");
	text_add_printable(b, e->url != NULL ? e->url : e->name);
	buf_putc(b, '\n');
	say_content(b, text, e);
	say_fact_time(b, "downloaded", e->last_download, now);
	say_fact_time(b, "modified", e->last_modified, now);
	say_fact_time(b, "from", e->this_update, now);
	say_fact_time(b, "ends", e->end, now);
	if (e->findings != 0)
		say_findings(b, text, e);
}

static int
say_windows(const struct cache_options *o, const struct cryptnet *cache)
{
	struct buf b, text;
	size_t i;

	buf_init(&b, SAY_MAX_BYTES);
	buf_init(&text, SCRATCH_MAX_BYTES);
	if (cache->stale == 0)
		buf_printf(&b, "Nothing stale among %zu %s in ", cache->count,
		    cache->count == 1 ? "entry" : "entries");
	else
		buf_printf(&b, "%zu of %zu %s stale or wrong in ",
		    cache->stale, cache->count,
		    cache->count == 1 ? "entry" : "entries");
	text_add_printable(&b, o->windows);
	buf_putc(&b, '\n');
	/* What is wrong comes first. */
	for (i = 0; i < cache->count; i++)
		if (cache->entries[i].findings != 0)
			say_windows_entry(&b, &text, &cache->entries[i],
			    o->now);
	for (i = 0; i < cache->count; i++)
		if (cache->entries[i].findings == 0)
			say_windows_entry(&b, &text, &cache->entries[i],
			    o->now);
	if (cache->stale > 0)
		buf_puts(&b, "\nEach account has a cache of its own: run the "
		    "remedy as the one this folder belongs to,\n"
		    "services included; \"certutil -urlcache * delete\" clears "
		    "all of it (KB 2328240).\n");
	buf_note(&b, text.status);
	buf_free(&text);
	if (o->is_quiet)
		buf_clear(&b);
	return cli_flush(&b);
}

static json_t *
entry_json(struct json_maker *m, const struct cryptnet_entry *e)
{
	json_t *o = json_object(), *all = json_array();
	int i;

	json_put_text(m, o, "name", e->name);
	json_put_text(m, o, "url", e->url);
	json_put_text(m, o, "etag", e->etag);
	json_put_time(m, o, "last_download", e->last_download, false);
	json_put_time(m, o, "last_modified", e->last_modified, false);
	json_put(m, o, "bytes", json_integer((json_int_t)e->bytes));
	json_put_text(m, o, "kind", cryptnet_kind_name(e->kind));
	json_put_some(m, o, "what", e->what);
	json_put_some(m, o, "looks_like", e->looks_like);
	json_put_text(m, o, "issuer", e->issuer);
	json_put_time(m, o, "this_update", e->this_update, false);
	json_put_time(m, o, "end", e->end, false);
	json_put(m, o, "is_stale", json_boolean(e->findings != 0));
	for (i = 0; i < CRYPTNET_FINDINGS; i++)
		if ((e->findings & 1u << i) != 0)
			json_add(m, all, json_text(cryptnet_finding_name(
			    (enum cryptnet_finding)i)));
	json_put(m, o, "findings", all);
	return o;
}

static int
say_windows_json(const struct cache_options *o, const struct cryptnet *cache)
{
	struct json_maker m = { false };
	json_t *root = json_object(), *all = json_array();
	size_t i;

	json_put_text(&m, root, "folder", o->windows);
	json_put(&m, root, "stale", json_integer((json_int_t)cache->stale));
	for (i = 0; i < cache->count; i++)
		json_add(&m, all, entry_json(&m, &cache->entries[i]));
	json_put(&m, root, "entries", all);
	return say_json_line(&m, root);
}

int
cache_windows_action(const struct cache_options *o)
{
	struct arena *a = arena_create(READ_MAX_BYTES);
	struct cryptnet cache;
	enum status rc;
	int code;

	if (a == NULL)
		return cli_fault(STATUS_NO_MEMORY);
	rc = cryptnet_read(a, o->windows, o->now, &cache);
	if (rc == STATUS_NOT_FOUND) {
		cli_error("%s: no CryptnetUrlCache: expected a folder with "
		    "Content and MetaData in it", o->windows);
		code = EXIT_DATA;
	} else if (rc == STATUS_IO) {
		code = errno == ENOENT ? EXIT_NO_INPUT : EXIT_IO;
		cli_error("%s: %s", o->windows, strerror(errno));
	} else if (rc != STATUS_OK) {
		code = cli_fault(rc);
	} else {
		code = o->is_json ? say_windows_json(o, &cache) :
		                    say_windows(o, &cache);
		if (code == EXIT_OK && cache.stale > 0)
			code = EXIT_BAD;
	}
	arena_free(a);
	return code;
}
