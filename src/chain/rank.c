/*
 * Paths: signatures that verify come before a complete chain, that before a
 * trusted root, then what is not revoked or distrusted, then validity, usage,
 * constraints, anything else, then the better match of identifiers, and at
 * last the shorter path. That is the order in which Windows prefers chains, as
 * far as it is known; a path with no finding beats all others in any profile.
 *
 * Candidates: the nearest anchor first, since the shortest path is what most
 * chains are; among equally near ones those that nothing visible speaks
 * against, then identifiers that fit, then the later notBefore.
 */
#include "chain/rank.h"

#include "chain/judge.h"

#define BITS_SIGNATURE 0x00100008u
#define BITS_TRUST 0x00000020u
#define BITS_REVOKED 0x04000004u
#define BITS_TIME 0x00000001u
#define BITS_USAGE 0x00000010u
#define BITS_CONSTRAINTS 0x0A00FF00u
#define BITS_REVOCATION_UNKNOWN 0x01000040u

static uint64_t
append(uint64_t rank, unsigned width, uint64_t value)
{
	uint64_t most = ((uint64_t)1 << width) - 1;

	return rank << width | (value > most ? most : value);
}

static uint64_t
match_of(const struct path *path)
{
	uint64_t worst = LINK_EXACT;
	size_t i;

	for (i = 0; i + 1 < path->count; i++) {
		uint64_t kind = link_kind(path->elements[i].cert);

		if (kind > worst)
			worst = kind;
	}
	return worst;
}

uint64_t
rank_of(const struct path *path)
{
	uint64_t rank = 0;
	bool is_incomplete =
	    path->end == PATH_PARTIAL || path->end == PATH_CYCLIC;

	rank = append(rank, 1, !path_is_clean(path));
	rank = append(rank, 1, (path->error & BITS_SIGNATURE) != 0);
	rank = append(rank, 1, is_incomplete);
	rank = append(rank, 1, (path->error & BITS_TRUST) != 0);
	rank = append(rank, 1, (path->error & BITS_REVOKED) != 0);
	rank = append(rank, 1, (path->error & BITS_TIME) != 0);
	rank = append(rank, 1, (path->error & BITS_USAGE) != 0);
	rank = append(rank, 1, (path->error & BITS_CONSTRAINTS) != 0);
	rank = append(rank, 1, (path->error & BITS_REVOCATION_UNKNOWN) != 0);
	rank = append(rank, 1, path->is_undecided);
	rank = append(rank, 10, path->finding_count);
	rank = append(rank, 2, match_of(path));
	return append(rank, 8, path->count);
}

uint64_t
rank_candidate(const struct cert *subject, const struct cert *issuer,
    bool is_anchor, uint32_t distance, ticks at)
{
	uint64_t rank = 0, age;

	/* In seconds: until the year 9999 that is below 2^38. */
	age = (uint64_t)(issuer->not_before / TICKS_PER_SECOND);
	rank = append(rank, 12, distance);
	rank = append(rank, 1, !is_anchor);
	rank = append(rank, 2, link_fit(subject, issuer));
	rank = append(rank, 1,
	    ext_has(&issuer->exts, EXT_BASIC_CONSTRAINTS) &&
		!issuer->basic.is_ca);
	rank =
	    append(rank, 1, at < issuer->not_before || at > issuer->not_after);
	rank = append(rank, 1, (issuer->key_usage & USAGE_CERT_SIGN) == 0);
	return append(rank, 38, ((uint64_t)1 << 38) - 1 - age);
}
