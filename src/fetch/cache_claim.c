/*
 * Single flight. A claim is a lock of one octet in a file that all processes
 * share; which octet, a digest of the key says. The kernel lets go of it when
 * the process dies, however it dies, and nothing is left to be cleared away.
 *
 * Locks of open file descriptions (Linux 3.15) bind threads as well as
 * processes, because each claim opens the file for itself.
 */
#define _GNU_SOURCE
#include "fetch/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "fetch/cache_parts.h"

#define CLAIMS "claims"
#define OFFSET_MASK INT64_C(0x3FFFFFFFFFFFFFFF)

struct cache_claim {
	int fd; /* -1: there is nobody to agree with */
};

/* The octet of a key. A collision makes somebody wait, no more. */
static bool
find_offset(const struct cache_key *key, off_t *ret_offset)
{
	uint8_t digest[CACHE_DIGEST], both[2 * CACHE_DIGEST + 1];

	both[2 * CACHE_DIGEST] = (uint8_t)key->kind;
	if (!cache_digest(span_of_text(key->url), both) ||
	    !cache_digest(key->subject, both + CACHE_DIGEST) ||
	    !cache_digest(span_of(both, sizeof(both)), digest))
		return false;
	*ret_offset = (off_t)(le64(digest) & (uint64_t)OFFSET_MASK);
	return true;
}

/* 0, or why it is not ours. */
static int
take(int fd, off_t offset)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = offset,
		.l_len = 1,
	};
	int rc;

	do
		rc = fcntl(fd, F_OFD_SETLK, &lock);
	while (rc != 0 && errno == EINTR);
	return rc == 0 ? 0 : errno;
}

enum status
cache_claim(struct cache *c, const struct cache_key *key,
    struct cache_claim **ret_claim)
{
	struct cache_claim *claim = calloc(1, sizeof(*claim));
	int why = 0;
	off_t offset;

	cache_begin(c);
	if (claim == NULL || !find_offset(key, &offset)) {
		free(claim);
		return STATUS_NO_MEMORY;
	}
	claim->fd = c->folder_fd < 0 ? -1 :
	    openat(c->folder_fd, CLAIMS, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (claim->fd >= 0 && (why = take(claim->fd, offset)) != 0) {
		close(claim->fd);
		claim->fd = -1;
	}
	if (why == EAGAIN || why == EACCES) {
		free(claim);
		return STATUS_STOPPED;
	}
	*ret_claim = claim;
	return STATUS_OK;
}

void
cache_release(struct cache *c, struct cache_claim *claim)
{
	if (claim == NULL)
		return;
	if (claim->fd >= 0)
		close(claim->fd);
	free(claim);
}
