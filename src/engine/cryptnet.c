/*
 * Windows keeps two files of one name for each URL: the body as it came, and
 * what is known about it. Their folders are copied here from another machine,
 * so anything may be missing, cut or made up, and nothing in a file is
 * believed about another file.
 */
#include "engine/cryptnet.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "fetch/body.h"
#include "wire/magic.h"
#include "wire/name.h"
#include "wire/objects.h"
#include "wire/urlcache.h"

#define DECODE_MAX_BYTES ((size_t)32 << 20)
#define DAY (86400 * TICKS_PER_SECOND)

const char *
cryptnet_kind_name(enum cryptnet_kind kind)
{
	static const char *const names[] = {
		[CRYPTNET_NOTHING] = "nothing",
		[CRYPTNET_CERTS] = "certificate",
		[CRYPTNET_CRL] = "crl",
		[CRYPTNET_OCSP] = "ocsp",
		[CRYPTNET_CAB] = "cabinet",
		[CRYPTNET_OTHER] = "other",
	};

	return names[kind];
}

static const struct {
	const char *name;
	const char *sentence;
} findings[CRYPTNET_FINDINGS] = {
	[CRYPTNET_EXPIRED] = { "expired",
	    "it has expired; Windows tries it before it fetches a new one" },
	[CRYPTNET_OLD_LIST] = { "old-list",
	    "Windows looks for a new list every week, and this copy was not "
	    "replaced for a month; the certificate that signed it may have "
	    "expired since, which is logged as event 4107 or 11 time and again "
	    "until the copy is gone" },
	[CRYPTNET_WRONG_CONTENT] = { "wrong-content",
	    "it is not what a URL like this gives: the answer of a proxy or a "
	    "log-in page was kept in its place" },
	[CRYPTNET_WRONG_SIZE] = { "wrong-size",
	    "its content is not as long as it was when it was fetched" },
	[CRYPTNET_WRONG_NAME] = { "wrong-name",
	    "its name is not that of its URL: Windows will not find it, or "
	    "somebody has put it there" },
	[CRYPTNET_NO_META] = { "no-metadata",
	    "nothing tells where it came from: its MetaData is missing" },
	[CRYPTNET_BAD_META] = { "bad-metadata",
	    "its MetaData cannot be read" },
	[CRYPTNET_UNREADABLE] = { "unreadable",
	    "one of its files may not be read here" },
};

const char *
cryptnet_finding_name(enum cryptnet_finding finding)
{
	return findings[finding].name;
}

const char *
cryptnet_finding_sentence(enum cryptnet_finding finding)
{
	return findings[finding].sentence;
}

/* The lists that every Windows fetches, by the end of their URL. */
static const struct {
	const char *file;
	const char *what;
} lists[] = {
	{ "/authrootstl.cab", "Microsoft's list of trusted roots" },
	{ "/authroot.stl", "Microsoft's list of trusted roots" },
	{ "/disallowedcertstl.cab",
	    "Microsoft's list of certificates not to be trusted" },
	{ "/disallowedcert.stl",
	    "Microsoft's list of certificates not to be trusted" },
	{ "/pinrulesstl.cab", "Microsoft's list of pinned names" },
	{ "/pinrules.stl", "Microsoft's list of pinned names" },
};

/* What the reading of a folder goes through. */
struct reading {
	struct arena *arena;
	ticks now;
	int content_fd, meta_fd; /* -1: there is none */
	struct cryptnet_entry *entries;
	size_t count, room;
};

static void
find_fault(struct cryptnet_entry *e, enum cryptnet_finding finding)
{
	e->findings |= 1u << finding;
}

/* A folder by its name in any case; -1 when it is not there. */
static int
open_folder(int fd, const char *wanted)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0), found = -1;
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *d;

	if (dir == NULL) {
		if (copy >= 0)
			close(copy);
		return -1;
	}
	rewinddir(dir);
	while (found < 0 && (d = readdir(dir)) != NULL)
		if (text_equal_nocase(d->d_name, wanted))
			found = openat(fd, d->d_name,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	closedir(dir);
	return found;
}

/* An ordinary file, whole; STATUS_NOT_FOUND for what is none. */
static enum status
read_file(int folder, const char *name, struct file *ret_file)
{
	char path[64];
	enum status rc;
	struct stat st;
	int fd;

	if (folder < 0)
		return STATUS_NOT_FOUND;
	fd = openat(folder, name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? STATUS_NOT_FOUND :
		                                           STATUS_IO;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return STATUS_NOT_FOUND;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = file_open(path, 1, ret_file);
	close(fd);
	return rc;
}

struct decoding {
	struct reading *reading;
	struct cryptnet_entry *entry;
};

static void
take_ocsp(struct decoding *d, const struct ocsp *ocsp)
{
	struct cryptnet_entry *e = d->entry;
	struct der_source source = der_source_of(ocsp->der);
	struct ocsp_single single;
	struct der list;

	e->kind = CRYPTNET_OCSP;
	if (!ocsp->is_basic)
		return;
	if (ocsp->responder_name.ptr != NULL)
		e->issuer = name_text(d->reading->arena, ocsp->responder_name);
	list = ocsp_open(ocsp, &source);
	while (!der_is_empty(&list) && ocsp_single_next(&list, &single)) {
		e->this_update = single.this_update;
		if (single.next_update != TIME_NONE &&
		    (e->end == TIME_NONE || single.next_update < e->end))
			e->end = single.next_update;
	}
}

static enum status
take(void *arg, const struct object *object)
{
	struct decoding *d = arg;
	struct cryptnet_entry *e = d->entry;
	struct arena *a = d->reading->arena;

	if (object->status != STATUS_OK)
		return STATUS_OK;
	if (object->crl != NULL) {
		e->kind = CRYPTNET_CRL;
		e->issuer = name_text(a, object->crl->issuer);
		e->this_update = object->crl->this_update;
		e->end = object->crl->next_update;
	} else if (object->ocsp != NULL) {
		take_ocsp(d, object->ocsp);
	} else if (object->cert != NULL) {
		/* Of several the one that lives longest: the others are old. */
		if (e->kind == CRYPTNET_CERTS && e->end >= object->cert->not_after)
			return STATUS_OK;
		e->kind = CRYPTNET_CERTS;
		e->issuer = name_text(a, object->cert->subject);
		e->this_update = object->cert->not_before;
		e->end = object->cert->not_after;
	}
	return STATUS_OK;
}

static bool
is_cabinet(struct span bytes)
{
	return bytes.len >= 4 && memcmp(bytes.ptr, "MSCF", 4) == 0;
}

static enum status
decode(struct reading *r, struct cryptnet_entry *e, struct span bytes)
{
	struct decoding d = { r, e };
	const struct object_sink sink = { take, &d };
	struct arena *scratch;
	enum status rc;

	if (is_cabinet(bytes)) {
		e->kind = CRYPTNET_CAB;
		return STATUS_OK;
	}
	if ((scratch = arena_create(DECODE_MAX_BYTES)) == NULL)
		return STATUS_NO_MEMORY;
	e->kind = CRYPTNET_OTHER;
	rc = objects_read(scratch, bytes, &sink);
	arena_free(scratch);
	if (e->kind == CRYPTNET_OTHER)
		e->looks_like = body_looks_like(r->arena, bytes,
		    body_form_of(bytes, NULL));
	return rc == STATUS_NO_MEMORY ? rc : STATUS_OK;
}

static enum status
read_content(struct reading *r, struct cryptnet_entry *e)
{
	struct file file;
	enum status rc = read_file(r->content_fd, e->name, &file);

	if (rc == STATUS_NOT_FOUND)
		return STATUS_OK; /* nothing there */
	if (rc == STATUS_IO) {
		find_fault(e, CRYPTNET_UNREADABLE);
		return STATUS_OK;
	}
	if (rc != STATUS_OK)
		return rc;
	e->bytes = file.bytes.len;
	if (file.bytes.len > 0)
		rc = decode(r, e, file.bytes);
	file_close(&file);
	return rc;
}

static bool
has_name_of(const struct cryptnet_entry *e, const struct urlcache_meta *meta)
{
	uint8_t digest[URLCACHE_DIGEST];
	size_t len = sizeof(digest);

	/* Without MD5 (by policy) nothing can be said against the name. */
	return EVP_Q_digest(NULL, "MD5", NULL, meta->url_octets.ptr,
	    meta->url_octets.len, digest, &len) != 1 ||
	    urlcache_is_name_of(e->name, digest);
}

static enum status
read_meta(struct reading *r, struct cryptnet_entry *e)
{
	struct urlcache_meta meta;
	struct file file;
	enum status rc = read_file(r->meta_fd, e->name, &file);

	if (rc == STATUS_NOT_FOUND) {
		find_fault(e, CRYPTNET_NO_META);
		return STATUS_OK;
	}
	if (rc == STATUS_IO) {
		find_fault(e, CRYPTNET_UNREADABLE);
		return STATUS_OK;
	}
	if (rc != STATUS_OK)
		return rc;
	if (file.bytes.len > URLCACHE_MAX_META) {
		e->why = "the file is longer than any of its kind";
		rc = STATUS_MALFORMED;
	} else {
		rc = urlcache_parse(r->arena, file.bytes, &meta, &e->why);
	}
	if (rc == STATUS_OK) {
		e->why = NULL;
		e->url = meta.url;
		e->etag = meta.etag;
		e->last_download = meta.last_download;
		e->last_modified = meta.last_modified;
		if (e->bytes != meta.content_size && e->bytes > 0)
			find_fault(e, CRYPTNET_WRONG_SIZE);
		if (!has_name_of(e, &meta))
			find_fault(e, CRYPTNET_WRONG_NAME);
	} else if (rc == STATUS_MALFORMED || rc == STATUS_UNSUPPORTED) {
		find_fault(e, CRYPTNET_BAD_META);
		rc = STATUS_OK;
	}
	file_close(&file);
	return rc;
}

/* The path of the URL without its query. */
static bool
url_ends(const char *url, const char *ending)
{
	size_t len = strcspn(url, "?#"), want = strlen(ending);
	size_t i;

	if (len < want)
		return false;
	for (i = 0; i < want; i++) {
		char c = url[len - want + i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != ending[i])
			return false;
	}
	return true;
}

static void
judge(const struct reading *r, struct cryptnet_entry *e)
{
	static const char *const endings[] = { ".cab", ".crl", ".crt", ".cer",
		".p7c", ".p7b", ".stl" };
	ticks oldest = r->now - CRYPTNET_LIST_DAYS * DAY;
	size_t i;

	if (e->end != TIME_NONE && e->end < r->now)
		find_fault(e, CRYPTNET_EXPIRED);
	if (e->url == NULL || e->kind == CRYPTNET_NOTHING)
		return;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (url_ends(e->url, lists[i].file))
			e->what = lists[i].what;
	if (e->what != NULL && e->last_download < oldest)
		find_fault(e, CRYPTNET_OLD_LIST);
	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (e->kind == CRYPTNET_OTHER && url_ends(e->url, endings[i]) &&
		    e->looks_like != NULL)
			find_fault(e, CRYPTNET_WRONG_CONTENT);
}

static enum status
note_name(struct reading *r, const char *name)
{
	struct cryptnet_entry *more;

	if (r->count == CRYPTNET_MAX_ENTRIES)
		return STATUS_TOO_BIG;
	if (r->count == r->room) {
		size_t room = r->room == 0 ? 64 : 2 * r->room;

		more = arena_array(r->arena, room, sizeof(*more));
		if (more == NULL)
			return arena_status(r->arena);
		if (r->count > 0)
			memcpy(more, r->entries, r->count * sizeof(*more));
		r->entries = more;
		r->room = room;
	}
	r->entries[r->count] = (struct cryptnet_entry){
		.name = arena_copy(r->arena, name),
		.last_download = TIME_NONE,
		.last_modified = TIME_NONE,
		.this_update = TIME_NONE,
		.end = TIME_NONE,
	};
	return r->entries[r->count++].name == NULL ? arena_status(r->arena) :
	                                             STATUS_OK;
}

static enum status
note_names(struct reading *r, int folder)
{
	int copy = folder < 0 ? -1 : fcntl(folder, F_DUPFD_CLOEXEC, 0);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	enum status rc = STATUS_OK;
	struct dirent *d;

	if (dir == NULL) {
		if (copy >= 0)
			close(copy);
		return folder < 0 ? STATUS_OK : STATUS_IO;
	}
	rewinddir(dir);
	while (rc == STATUS_OK && (d = readdir(dir)) != NULL)
		if (urlcache_is_name(d->d_name))
			rc = note_name(r, d->d_name);
	closedir(dir);
	return rc;
}

static int
by_name(const void *a, const void *b)
{
	const struct cryptnet_entry *left = a, *right = b;

	return strcmp(left->name, right->name);
}

/* Those without a URL last. */
static int
by_url(const void *a, const void *b)
{
	const struct cryptnet_entry *left = a, *right = b;
	int order;

	if (left->url == NULL || right->url == NULL)
		order = (left->url == NULL) - (right->url == NULL);
	else
		order = strcmp(left->url, right->url);
	return order != 0 ? order : strcmp(left->name, right->name);
}

/* A name that stands in both folders was noted twice. */
static void
drop_twins(struct reading *r)
{
	size_t i, kept = 0;

	qsort(r->entries, r->count, sizeof(*r->entries), by_name);
	for (i = 0; i < r->count; i++)
		if (kept == 0 || strcmp(r->entries[kept - 1].name,
		    r->entries[i].name) != 0)
			r->entries[kept++] = r->entries[i];
	r->count = kept;
}

static enum status
read_all(struct reading *r, struct cryptnet *cache)
{
	enum status rc;
	size_t i;

	if ((rc = note_names(r, r->meta_fd)) != STATUS_OK ||
	    (rc = note_names(r, r->content_fd)) != STATUS_OK)
		return rc;
	if (r->count > 0)
		drop_twins(r);
	for (i = 0; i < r->count; i++) {
		struct cryptnet_entry *e = &r->entries[i];

		if ((rc = read_content(r, e)) != STATUS_OK ||
		    (rc = read_meta(r, e)) != STATUS_OK)
			return rc;
		judge(r, e);
		cache->stale += e->findings != 0;
	}
	if (r->count > 0)
		qsort(r->entries, r->count, sizeof(*r->entries), by_url);
	cache->entries = r->entries;
	cache->count = r->count;
	return arena_status(r->arena);
}

enum status
cryptnet_read(struct arena *a, const char *folder, ticks now,
    struct cryptnet *ret_cache)
{
	struct reading r = { .arena = a, .now = now, .content_fd = -1,
		.meta_fd = -1 };
	struct cryptnet cache = { .count = 0 };
	enum status rc = STATUS_NOT_FOUND;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return STATUS_IO;
	r.content_fd = open_folder(fd, "content");
	r.meta_fd = open_folder(fd, "metadata");
	close(fd);
	if (r.content_fd >= 0 || r.meta_fd >= 0)
		rc = read_all(&r, &cache);
	if (r.content_fd >= 0)
		close(r.content_fd);
	if (r.meta_fd >= 0)
		close(r.meta_fd);
	if (rc == STATUS_OK)
		*ret_cache = cache;
	return rc;
}
