/* `avow cache`: looking after what was fetched. */
#include "cli.h"

#include <string.h>

#include "base/text.h"
#include "cache_actions.h"
#include "cache_say.h"
#include "starved.h"

int
cache_say_fault(const struct online *online, enum status rc)
{
	const char *why = cache_problem(online->cache);

	if (rc != STATUS_IO || *why == '\0')
		return cli_fault(rc);
	cli_error("%s", why);
	return EXIT_IO;
}

static int
drop(const struct cache_options *o, struct online *online)
{
	struct cache_filter filter = o->filter;
	struct json_maker m = { false };
	uint64_t count;
	enum status rc;
	struct buf b;
	json_t *root;

	/* A filter on what failures do not have leaves them out anyway. */
	filter.has_negative = true;
	filter.only_negative = o->only_failures;
	rc = cache_drop(online->cache, &filter, &count);
	if (rc != STATUS_OK)
		return cache_say_fault(online, rc);
	if (o->is_quiet)
		return EXIT_OK;
	if (o->is_json) {
		root = json_object();
		json_put(&m, root, "dropped", json_integer((json_int_t)count));
		return say_json_line(&m, root);
	}
	buf_init(&b, SAY_MAX_BYTES);
	if (count == 0)
		buf_puts(&b, "Nothing dropped: the cache holds nothing of "
		    "the kind.\n");
	else
		buf_printf(&b, "%llu %s dropped.\n", (unsigned long long)count,
		    count == 1 ? "entry" : "entries");
	return cli_flush(&b);
}

/* What was found damaged, by URL. */
struct damage {
	struct buf text;
	struct json_maker m;
	json_t *urls;
};

static enum status
take_damaged(void *arg, const struct cache_entry *entry)
{
	struct damage *d = arg;
	const char *url = entry->url != NULL ? entry->url : "(no URL)";

	if (d->urls != NULL) {
		json_add(&d->m, d->urls, json_text(url));
		return STATUS_OK;
	}
	buf_puts(&d->text, "damaged   ");
	text_add_printable(&d->text, url);
	buf_putc(&d->text, '\n');
	return d->text.status;
}

static void
say_check(struct buf *b, const struct cache_check *check,
    const struct online *online, struct buf *damaged)
{
	buf_puts(b, check->damaged == 0 ? "WHOLE  " : "DAMAGED  ");
	text_add_printable(b, online->cache_folder);
	buf_printf(b, "\n%llu %s, ", (unsigned long long)check->entries,
	    check->entries == 1 ? "object" : "objects");
	say_size(b, check->bytes);
	buf_printf(b, "; %llu damaged\n", (unsigned long long)check->damaged);
	buf_puts(b, buf_text(damaged));
	buf_note(b, damaged->status);
	if (check->orphans > 0)
		buf_printf(b, "%llu %s of an interrupted write; removed after "
		    "an hour\n", (unsigned long long)check->orphans,
		    check->orphans == 1 ? "file is left" : "files are left");
	if (*cache_problem(online->cache) != '\0') {
		buf_puts(b, "cause     ");
		text_add_printable(b, cache_problem(online->cache));
		buf_putc(b, '\n');
	}
	if (check->damaged > 0)
		buf_puts(b, "remedy    none needed: what is damaged is never "
		    "used and is dropped when\n          it is asked for; "
		    "\"avow cache drop\" does so at once\n");
}

static int
say_check_json(const struct cache_check *check, const struct online *online,
    struct damage *d)
{
	json_t *root = json_object();

	json_put_text(&d->m, root, "folder", online->cache_folder);
	json_put(&d->m, root, "objects",
	    json_integer((json_int_t)check->entries));
	json_put(&d->m, root, "bytes", json_integer((json_int_t)check->bytes));
	json_put(&d->m, root, "damaged",
	    json_integer((json_int_t)check->damaged));
	json_put(&d->m, root, "orphans",
	    json_integer((json_int_t)check->orphans));
	json_put(&d->m, root, "damaged_urls", d->urls);
	json_put_some(&d->m, root, "problem",
	    *cache_problem(online->cache) != '\0' ?
	        cache_problem(online->cache) : NULL);
	return say_json_line(&d->m, root);
}

static int
verify(const struct cache_options *o, struct online *online)
{
	struct damage d = { .m = { false } };
	const struct cache_sink sink = { take_damaged, &d };
	struct cache_check check;
	enum status rc;
	struct buf b;
	int code;

	buf_init(&d.text, SAY_MAX_BYTES);
	if (o->is_json)
		d.urls = json_array();
	rc = cache_verify(online->cache, &sink, &check);
	if (rc != STATUS_OK) {
		json_decref(d.urls);
		buf_free(&d.text);
		return cache_say_fault(online, rc);
	}
	buf_init(&b, SAY_MAX_BYTES);
	if (o->is_json) {
		code = say_check_json(&check, online, &d);
	} else {
		say_check(&b, &check, online, &d.text);
		if (o->is_quiet)
			buf_clear(&b);
		code = cli_flush(&b);
	}
	buf_free(&d.text);
	return code == EXIT_OK && check.damaged > 0 ? EXIT_BAD : code;
}

static int
act(const struct cache_options *o, struct online *online)
{
	switch (o->action) {
	case CACHE_LIST:
		return cache_list_action(o, online);
	case CACHE_SHOW:
		return cache_show_action(o, online);
	case CACHE_ADD:
		return cache_add_action(o, online);
	case CACHE_DROP:
		return drop(o, online);
	case CACHE_REFRESH:
	case CACHE_PREFETCH:
		return cache_refresh_action(o, online);
	case CACHE_VERIFY:
		return verify(o, online);
	}
	return EXIT_FAULT;
}

/* Without a cache there is nothing to go on with: it is said once, by us. */
static int
open_cache(struct online *online)
{
	enum status rc = cache_open(online->cache_folder,
	    &online->config.limits, &online->cache);

	return rc == STATUS_OK ? EXIT_OK : cli_fault(rc);
}

static int
with_cache(const struct cache_options *o)
{
	struct online online;
	int code = online_open(&o->online, &online);

	if (code == EXIT_OK && online.cache_folder == NULL) {
		cli_error("there is no cache: neither HOME nor XDG_CACHE_HOME "
		    "is set, or the configuration says \"cache = none\"; "
		    "--cache FOLDER names one");
		code = EXIT_IO;
	}
	if (code == EXIT_OK)
		code = open_cache(&online);
	if (code == EXIT_OK && *cache_problem(online.cache) != '\0') {
		cli_error("%s", cache_problem(online.cache));
		if (!cache_is_usable(online.cache))
			code = EXIT_IO;
	}
	if (code == EXIT_OK)
		code = act(o, &online);
	online_close(&online);
	return code;
}

int
verb_cache(int argc, char **argv)
{
	struct cache_options o;
	int code;

	if (!cache_read_options(argc, argv, &o, &code))
		return code;
	if (o.is_quiet)
		cli_silence();
	if (starved_begin() != STATUS_OK)
		return cli_fault(STATUS_NO_MEMORY);
	if (o.windows != NULL)
		return cache_windows_action(&o);
	return with_cache(&o);
}
