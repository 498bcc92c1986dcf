/*
 * The smallest key and the weakest digest, as the question says or else as the
 * table has them for the profile and the validation time: what was the state
 * of the art when a signature was made and relied upon does not become wrong
 * later, and a chain judged at its own time is judged by the rules of then.
 *
 * An anchor's own signature proves nothing to anybody, so its digest is not
 * looked at; its key is, because it signs.
 */
#include "chain/weak.h"

#define ALWAYS INT64_MIN

struct floor {
	ticks from;
	uint32_t rsa_bits;
	enum digest digest; /* the weakest that will do */
};

#define YEAR_2010 0x01CA8A755C6E0000LL /* Windows' WeakRsaPubKeyTime */
#define YEAR_2014 130330080000000000LL /* BR 6.1.5: no RSA below 2048 */
#define YEAR_2017 131277024000000000LL /* BR 7.1.3.2.1: SHA-1 is over */

/* The last row whose time has come counts. */
static const struct floor windows_floors[] = {
	{ ALWAYS, 0, DIGEST_MD2 },
	{ YEAR_2010, 1024, DIGEST_MD2 },
};
static const struct floor rfc5280_floors[] = {
	{ ALWAYS, 1024, DIGEST_SHA1 },
	{ YEAR_2017, 1024, DIGEST_SHA224 },
};
static const struct floor webpki_floors[] = {
	{ ALWAYS, 1024, DIGEST_SHA1 },
	{ YEAR_2014, 2048, DIGEST_SHA1 },
	{ YEAR_2017, 2048, DIGEST_SHA224 },
};

#define ROWS(table)                                                            \
	{                                                                      \
		table, sizeof(table) / sizeof((table)[0])                      \
	}
static const struct {
	const struct floor *rows;
	size_t count;
} floors[PROFILE_COUNT] = {
	[PROFILE_WINDOWS] = ROWS(windows_floors),
	[PROFILE_RFC5280] = ROWS(rfc5280_floors),
	[PROFILE_WEBPKI] = ROWS(webpki_floors),
};

static struct floor
floor_of(const struct question *q)
{
	const struct floor *row = &floors[q->profile].rows[0];
	size_t i;

	for (i = 1; i < floors[q->profile].count; i++)
		if (q->at >= floors[q->profile].rows[i].from)
			row = &floors[q->profile].rows[i];
	return (struct floor){
		row->from,
		q->min_rsa_bits != 0 ? q->min_rsa_bits : row->rsa_bits,
		q->min_digest != DIGEST_UNKNOWN ? q->min_digest : row->digest,
	};
}

void
weak_window(const struct question *q, struct window *window)
{
	size_t i;

	for (i = 1; i < floors[q->profile].count; i++)
		window_split(window, q->at, floors[q->profile].rows[i].from);
}

bool
weak_digest(const struct question *q, enum digest digest)
{
	return digest >= DIGEST_MD2 && digest < floor_of(q).digest;
}

static bool
is_permitted_curve(enum curve curve)
{
	return curve == CURVE_P256 || curve == CURVE_P384 ||
	    curve == CURVE_P521;
}

static void
judge_key(struct judge *j, int element, uint32_t least_rsa)
{
	const struct spki *key = &judge_cert(j, element)->spki;

	switch (key->kind) {
	case KEY_RSA:
	case KEY_RSA_PSS:
		if (key->bits < least_rsa)
			judge_hold(j, RULE_WEAK_KEY, element);
		if (key->bits % 8 != 0)
			judge_hold(j, RULE_RSA_OCTETS, element);
		break;
	case KEY_EC:
		if (!is_permitted_curve(key->curve))
			judge_hold(j, RULE_KEY_TYPE, element);
		break;
	case KEY_DSA:
		if (key->bits != 0 && key->bits < least_rsa)
			judge_hold(j, RULE_WEAK_KEY, element);
		judge_hold(j, RULE_KEY_TYPE, element);
		break;
	case KEY_ED25519:
	case KEY_ED448:
	case KEY_UNKNOWN:
	case KEY_DH:
		judge_hold(j, RULE_KEY_TYPE, element);
		break;
	}
	if (deviation_in(judge_cert(j, element)->deviations, DEV_KEY_MALFORMED))
		judge_hold(j, RULE_KEY_MALFORMED, element);
}

void
judge_weakness(struct judge *j)
{
	struct floor least = floor_of(j->question);
	int i;

	for (i = 0; i <= j->last; i++) {
		enum digest digest = judge_cert(j, i)->sigalg.digest;

		if (judge_excuses(j, i))
			continue;
		judge_key(j, i, least.rsa_bits);
		if (i != j->last && digest >= DIGEST_MD2 &&
		    digest < least.digest)
			judge_hold(j, RULE_WEAK_DIGEST, i);
	}
}
