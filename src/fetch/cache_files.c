/*
 * Big bodies as files in a folder beside the database, a large CRL with the
 * index of its serial numbers. Names are drawn at random and never used again,
 * so a file is either whole or not yet named by any row, and who has one
 * mapped may keep it when its row has gone on to the next.
 *
 * A mapping is counted: once by each arena that was given it, and once by the
 * cache, which keeps the few it used last so that the next question finds them
 * mapped. Its pages are the system's, not ours; a look-up touches a handful.
 *
 * What a writer leaves that died before its row was written is removed by a
 * later writer of a big file, when it is old enough to be nobody's any more.
 */
#define _GNU_SOURCE
#include "fetch/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "fetch/cache_parts.h"
#include "wire/crl_index.h"

#define BIG_FOLDER "big"
#define ENDING_BODY ".der"
#define ENDING_INDEX ".index"
#define ENDING_NEW ".new"
#define NAME_BYTES 64
#define MAPS_KEPT 8
#define ORPHAN_SECONDS 3600 /* then it is removed */
#define YOUNG_SECONDS 60 /* somebody may be about to name it */
#define PARSE_MAX_BYTES ((size_t)1 << 20)

struct cache_map {
	struct cache_map *next; /* in the cache's list */
	atomic_uint count; /* who holds it */
	char name[CACHE_NAME_CHARS + 1];
	struct span body, index;
};

static void
map_release(void *what)
{
	struct cache_map *m = what;

	if (atomic_fetch_sub(&m->count, 1) != 1)
		return;
	if (m->body.ptr != NULL)
		munmap((void *)(uintptr_t)m->body.ptr, m->body.len);
	if (m->index.ptr != NULL)
		munmap((void *)(uintptr_t)m->index.ptr, m->index.len);
	free(m);
}

static void
file_name(char *to, const char *name, const char *ending)
{
	snprintf(to, NAME_BYTES, BIG_FOLDER "/%s%s", name, ending);
}

static bool
draw_name(char name[CACHE_NAME_CHARS + 1])
{
	uint8_t octets[CACHE_NAME_CHARS / 2];
	size_t i;

	if (getrandom(octets, sizeof(octets), 0) != (ssize_t)sizeof(octets))
		return false;
	for (i = 0; i < sizeof(octets); i++)
		snprintf(name + 2 * i, 3, "%02x", octets[i]);
	return true;
}

/* Under a temporary name first; STATUS_IO leaves nothing behind. */
static enum status
write_file(struct cache *c, const char *name, const char *ending,
    struct span octets)
{
	char temporary[NAME_BYTES + sizeof(ENDING_NEW)], final[NAME_BYTES];
	enum status rc = STATUS_IO;
	int fd, why;

	file_name(final, name, ending);
	snprintf(temporary, sizeof(temporary), "%s" ENDING_NEW, final);
	fd = openat(c->folder_fd, temporary,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		rc = file_write(fd, octets.ptr, octets.len);
		if (rc == STATUS_OK && fsync(fd) != 0)
			rc = STATUS_IO;
		why = errno;
		close(fd);
		errno = why;
	}
	if (rc == STATUS_OK &&
	    renameat(c->folder_fd, temporary, c->folder_fd, final) == 0)
		return STATUS_OK;
	why = errno;
	(void)unlinkat(c->folder_fd, temporary, 0);
	return cache_fail(c, "%s/%s: %s", c->folder, final, strerror(why));
}

/* The names themselves, so that no row is older than its file. */
static void
sync_folder(struct cache *c)
{
	int fd = openat(c->folder_fd, BIG_FOLDER,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

/*
 * The image of a CRL's index. A list that cannot have one (an indirect one,
 * say) is stored without.
 */
static enum status
make_index(const struct row *row, struct buf *image)
{
	const struct cache_entry *e = &row->entry;
	struct der_fault fault;
	enum status rc;
	struct arena *a;
	struct crl *crl;

	if (e->kind != RETRIEVAL_CRL && e->kind != RETRIEVAL_DELTA)
		return STATUS_OK;
	if ((a = arena_create(PARSE_MAX_BYTES)) == NULL)
		return STATUS_NO_MEMORY;
	rc = crl_parse(a, e->body, &crl, &fault);
	if (rc == STATUS_OK)
		rc = crl_index_write(image, crl, e->sha256, &fault);
	arena_free(a);
	return rc == STATUS_NO_MEMORY ? rc : STATUS_OK;
}

static enum status
write_index(struct cache *c, struct row *row, const char *name)
{
	struct buf image;
	enum status rc;

	buf_init(&image, CRL_INDEX_MAX_BYTES);
	rc = make_index(row, &image);
	if (rc == STATUS_OK && image.len > 0) {
		struct span octets = span_of(image.ptr, image.len);

		row->index_bytes = octets.len;
		rc = !cache_digest(octets, row->index_sha256) ?
		    STATUS_NO_MEMORY :
		    write_file(c, name, ENDING_INDEX, octets);
	}
	buf_free(&image);
	return rc;
}

enum status
cache_file_write(struct cache *c, struct row *row,
    char ret_name[CACHE_NAME_CHARS + 1])
{
	char name[CACHE_NAME_CHARS + 1];
	enum status rc;

	if (!draw_name(name))
		return cache_fail(c, "no random numbers: %s", strerror(errno));
	if (mkdirat(c->folder_fd, BIG_FOLDER, 0700) != 0 && errno != EEXIST)
		return cache_fail(c, "%s/" BIG_FOLDER ": %s", c->folder,
		    strerror(errno));
	if ((rc = write_file(c, name, ENDING_BODY, row->entry.body)) !=
	        STATUS_OK ||
	    (rc = write_index(c, row, name)) != STATUS_OK) {
		cache_file_remove(c, name);
		return rc;
	}
	sync_folder(c);
	memcpy(ret_name, name, sizeof(name));
	return STATUS_OK;
}

void
cache_file_remove(struct cache *c, const char *name)
{
	char path[NAME_BYTES];

	file_name(path, name, ENDING_BODY);
	(void)unlinkat(c->folder_fd, path, 0);
	file_name(path, name, ENDING_INDEX);
	(void)unlinkat(c->folder_fd, path, 0);
}

/* STATUS_NOT_FOUND when it is not there, or not of this length. */
static enum status
map_file(struct cache *c, const char *name, const char *ending, uint64_t bytes,
    struct span *ret)
{
	char path[NAME_BYTES];
	enum status rc = STATUS_OK;
	struct stat st;
	void *at;
	int fd;

	file_name(path, name, ending);
	fd = openat(c->folder_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? STATUS_NOT_FOUND :
		    cache_fail(c, "%s/%s: %s", c->folder, path,
		        strerror(errno));
	if (fstat(fd, &st) != 0) {
		rc = cache_fail(c, "%s/%s: %s", c->folder, path,
		    strerror(errno));
	} else if (!S_ISREG(st.st_mode) || bytes == 0 ||
	    (uint64_t)st.st_size != bytes) {
		rc = STATUS_NOT_FOUND;
	} else {
		at = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
		if (at == MAP_FAILED)
			rc = STATUS_NO_MEMORY;
		else
			*ret = span_of(at, bytes);
	}
	close(fd);
	/* A look-up leads anywhere in it: reading ahead would be for nothing. */
	if (rc == STATUS_OK)
		(void)madvise((void *)(uintptr_t)ret->ptr, ret->len,
		    MADV_RANDOM);
	return rc;
}

static enum status
map_open(struct cache *c, const struct row *row, struct cache_map **ret)
{
	struct cache_map *m = calloc(1, sizeof(*m));
	enum status rc;

	if (m == NULL)
		return STATUS_NO_MEMORY;
	atomic_init(&m->count, 1);
	memcpy(m->name, row->file, sizeof(m->name));
	rc = map_file(c, m->name, ENDING_BODY, row->entry.bytes, &m->body);
	if (rc == STATUS_OK && row->index_bytes > 0)
		rc = map_file(c, m->name, ENDING_INDEX, row->index_bytes,
		    &m->index);
	if (rc != STATUS_OK) {
		map_release(m);
		return rc;
	}
	*ret = m;
	return STATUS_OK;
}

/* Put it first, and let those go that have not been asked for longest. */
static void
map_keep(struct cache *c, struct cache_map *m)
{
	struct cache_map **at, *gone;
	int count;

	m->next = c->maps;
	c->maps = m;
	at = &m->next;
	for (count = 1; *at != NULL && count < MAPS_KEPT; count++)
		at = &(*at)->next;
	while ((gone = *at) != NULL) {
		*at = gone->next;
		map_release(gone);
	}
}

/* Taken out of the list; NULL when it is not there. */
static struct cache_map *
map_take(struct cache *c, const char *name)
{
	struct cache_map **at, *m;

	for (at = &c->maps; (m = *at) != NULL; at = &m->next) {
		if (memcmp(m->name, name, CACHE_NAME_CHARS) != 0)
			continue;
		*at = m->next;
		return m;
	}
	return NULL;
}

enum status
cache_file_map(struct cache *c, struct arena *a, struct row *row)
{
	struct cache_map *m = map_take(c, row->file);
	enum status rc;

	if (m == NULL && (rc = map_open(c, row, &m)) != STATUS_OK)
		return rc;
	map_keep(c, m);
	atomic_fetch_add(&m->count, 1);
	if ((rc = arena_defer(a, map_release, m)) != STATUS_OK) {
		map_release(m);
		return rc;
	}
	row->entry.body = m->body;
	row->entry.index = m->index;
	return STATUS_OK;
}

void
cache_files_forget(struct cache *c)
{
	struct cache_map *m;

	while ((m = c->maps) != NULL) {
		c->maps = m->next;
		map_release(m);
	}
}

static bool
has_row(struct cache *c, sqlite3_stmt *s, const char *file)
{
	char name[CACHE_NAME_CHARS + 1];
	bool is_there;

	snprintf(name, sizeof(name), "%.*s", CACHE_NAME_CHARS, file);
	bind_text(s, 1, name);
	/* When in doubt it is somebody's. */
	is_there = sqlite3_step(s) != SQLITE_DONE;
	cache_done(s);
	return is_there;
}

static bool
is_older_than(int fd, const char *name, int64_t seconds)
{
	struct stat st;

	return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    time_from_unix(st.st_mtime) + seconds * TICKS_PER_SECOND <
	    clock_now();
}

/* Count the files without a row; those that are old are removed if wanted. */
static enum status
walk_files(struct cache *c, bool does_remove, uint64_t *ret_count)
{
	sqlite3_stmt *s = cache_prepare(c,
	    "SELECT 1 FROM entry WHERE file = ?1");
	uint64_t count = 0;
	struct dirent *d;
	DIR *dir = NULL;
	int fd;

	if (s == NULL)
		return cache_no_statement(c);
	fd = openat(c->folder_fd, BIG_FOLDER,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && (dir = fdopendir(fd)) == NULL)
		close(fd);
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.' ||
		    !is_older_than(fd, d->d_name, YOUNG_SECONDS) ||
		    has_row(c, s, d->d_name))
			continue;
		count++;
		if (does_remove && is_older_than(fd, d->d_name, ORPHAN_SECONDS))
			(void)unlinkat(fd, d->d_name, 0);
	}
	if (dir != NULL)
		closedir(dir);
	sqlite3_finalize(s);
	*ret_count = count;
	return STATUS_OK;
}

void
cache_files_sweep(struct cache *c)
{
	uint64_t ignored;

	if (walk_files(c, true, &ignored) != STATUS_OK)
		c->problem[0] = '\0'; /* the next one will */
}

enum status
cache_files_count(struct cache *c, uint64_t *ret_count)
{
	return walk_files(c, false, ret_count);
}
