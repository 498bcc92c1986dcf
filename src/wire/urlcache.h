/*
 * The MetaData files of Windows' CryptnetUrlCache, as far as their form is
 * known from outside: the URL, when it was fetched, and the validators.
 */
#ifndef AVOW_WIRE_URLCACHE_H
#define AVOW_WIRE_URLCACHE_H

#include "base/arena.h"
#include "base/span.h"
#include "base/time.h"

#define URLCACHE_MAX_URL ((size_t)64 << 10) /* octets of UTF-16 */
#define URLCACHE_MAX_ETAG ((size_t)4 << 10)
#define URLCACHE_MAX_META ((size_t)1 << 20) /* of a file */
#define URLCACHE_DIGEST 16 /* MD5 */

struct urlcache_meta {
	struct span url_octets; /* UTF-16LE, no NUL: what the name is made of */
	const char *url;
	const char *etag; /* with its quotes; NULL when there is none */
	ticks last_download; /* TIME_NONE when it is not told */
	ticks last_modified; /* the same, also for dates before 1970, which
	                        are something else */
	uint32_t content_size;
};

/*
 * Every length in the file is checked against the file. STATUS_MALFORMED and
 * a static sentence when it cannot be read; STATUS_UNSUPPORTED when its fixed
 * part has another size than all that are known.
 */
enum status urlcache_parse(struct arena *a, struct span bytes,
    struct urlcache_meta *ret_meta, const char **ret_why) MUST_CHECK;

/*
 * Whether a file's name is one of the cache's: 32 hexadecimal digits, or twice
 * that with a _ between (OCSP by GET).
 */
bool urlcache_is_name(const char *name);

/*
 * Whether it is the name of a URL, given the MD5 of its octets. Of a double
 * name the second half counts; what the first one is, nobody knows.
 */
bool urlcache_is_name_of(const char *name,
    const uint8_t digest[URLCACHE_DIGEST]);

#endif
