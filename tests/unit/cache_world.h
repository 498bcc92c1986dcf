/* Folders and objects for the tests of the cache. */
#ifndef AVOW_TESTS_CACHE_WORLD_H
#define AVOW_TESTS_CACHE_WORLD_H

#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "fetch/cache.h"

#define DAY (86400 * TICKS_PER_SECOND)
#define HOUR (3600 * TICKS_PER_SECOND)
#define NOW (time_from_unix(1767225600)) /* 2026-01-01 */
#define URL "http://pki.example.org/ca.crl"

struct world {
	char folder[64];
	struct fetch_limits limits;
	struct arena *arena;
};

static inline struct world
world_open(void)
{
	struct world w = { .folder = "/tmp/avow-cache-XXXXXX",
		.limits = FETCH_LIMITS_DEFAULT };

	assert_non_null(mkdtemp(w.folder));
	w.arena = arena_create((size_t)64 << 20);
	assert_non_null(w.arena);
	return w;
}

static inline int
world_remove_one(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
	return remove(path);
}

static inline void
world_close(struct world *w)
{
	arena_free(w->arena);
	nftw(w->folder, world_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline struct cache *
world_cache(struct world *w)
{
	struct cache *c;

	assert_int_equal(cache_open(w->folder, &w->limits, &c), STATUS_OK);
	return c;
}

static inline const char *
world_path(struct world *w, const char *name)
{
	return arena_printf(w->arena, "%s/%s", w->folder, name);
}

/* Ask the database itself; the first column of the first row, or -1. */
static inline int64_t
world_sql(struct world *w, const char *sql)
{
	int64_t value = -1;
	sqlite3_stmt *s;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(world_path(w, "objects.db"), &db), 0);
	sqlite3_busy_timeout(db, 5000);
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(s) == SQLITE_ROW)
		value = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return value;
}

/* Files in a folder of the world whose name has `part` in it. */
static inline size_t
world_files(struct world *w, const char *folder, const char *part)
{
	DIR *dir = opendir(world_path(w, folder));
	struct dirent *d;
	size_t count = 0;

	while (dir != NULL && (d = readdir(dir)) != NULL)
		count += d->d_name[0] != '.' && strstr(d->d_name, part) != NULL;
	if (dir != NULL)
		closedir(dir);
	return count;
}

static inline struct cache_key
key_of(const char *url)
{
	return (struct cache_key){ RETRIEVAL_CRL, url, { NULL, 0 } };
}

/* A small object; what its body is does not matter to the cache. */
static inline struct cache_entry
small_entry(const char *url, const char *body)
{
	return (struct cache_entry){
		.kind = RETRIEVAL_CRL,
		.url = url,
		.body = span_of_text(body),
		.issuer = "Example CA",
		.dates = { NOW, NOW - DAY, NOW + 6 * DAY, TIME_NONE,
		    NOW + 6 * DAY },
	};
}

/* A body of `bytes` octets, as text that begins with `start`. */
static inline const char *
long_body(struct world *w, char start, size_t bytes)
{
	char *body = arena_alloc(w->arena, bytes + 1);

	assert_non_null(body);
	memset(body, start, bytes);
	return body;
}

static inline void
must_store(struct cache *c, const struct cache_entry *e, ticks now)
{
	enum status rc = cache_store(c, e, now);

	if (rc != STATUS_OK)
		fail_msg("%s: %s: %s", e->url, status_text(rc),
		    cache_problem(c));
}

static inline enum status
find(struct world *w, struct cache *c, const char *url, ticks now,
    struct cache_entry *ret)
{
	struct cache_key key = key_of(url);

	return cache_find(c, w->arena, &key, now, ret);
}

static inline bool
has_body(struct world *w, struct cache *c, const char *url, const char *body)
{
	struct cache_entry e;

	return find(w, c, url, NOW, &e) == STATUS_OK &&
	    e.body.len == strlen(body) &&
	    memcmp(e.body.ptr, body, e.body.len) == 0;
}

static inline struct cache_check
must_verify(struct cache *c)
{
	struct cache_check check;

	assert_int_equal(cache_verify(c, NULL, &check), STATUS_OK);
	return check;
}

static inline void
write_at(struct world *w, const char *name, off_t offset, const void *bytes,
    size_t len)
{
	int fd = open(world_path(w, name), O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, offset), (ssize_t)len);
	close(fd);
}

/* Twenty objects, and nothing left in the log. */
static inline void
fill(struct world *w)
{
	struct cache *c = world_cache(w);
	struct cache_entry e;
	int i;

	for (i = 0; i < 20; i++) {
		e = small_entry(arena_printf(w->arena, "http://%d", i),
		    long_body(w, 'x', 5000));
		must_store(c, &e, NOW);
	}
	cache_close(c);
}

#define CHILD_MUST(claim)                                                      \
	do {                                                                   \
		if (!(claim)) {                                                \
			fprintf(stderr, "child: %s\n", #claim);                \
			_exit(1);                                              \
		}                                                              \
	} while (0)

/* Descriptors that this process has open. */
static inline size_t
open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	while (dir != NULL && readdir(dir) != NULL)
		count++;
	if (dir != NULL)
		closedir(dir);
	return count;
}

#endif
