#include "verify_host.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/text.h"
#include "engine/host.h"

#define REASON_MAX_BYTES 4096

bool
verify_is_file(const char *typed)
{
	/* None of them is a top-level domain. */
	static const char *const endings[] = { ".pem", ".crt", ".cer", ".der",
		".p7b", ".p7c", ".p7s", ".p12", ".pfx", ".csr", ".crl",
		".key" };
	struct stat found;
	size_t i;

	if (text_equal(typed, "-") || lstat(typed, &found) == 0 ||
	    (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG))
		return true;
	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (text_ends_nocase(typed, endings[i]) &&
		    !text_starts_nocase(typed, "https://"))
			return true;
	return false;
}

/*
 * The name for the server to choose its certificate by (SNI): that of --host
 * where one is given, for it is what the certificate is compared with.
 */
static const char *
choose_sni(
    const struct verify_options *o, struct arena *a, const struct place *place)
{
	struct host host;
	int i;

	for (i = 0; i < o->hosts.count; i++)
		if (host_guess(a, o->hosts.items[i], &host) == NULL &&
		    host.kind == HOST_DNS)
			return arena_copy_n(
			    a, (const char *)host.name.ptr, host.name.len);
	return place->host.kind == HOST_DNS ? place->name : NULL;
}

static const char *
stage_text(enum peer_stage stage)
{
	switch (stage) {
	case PEER_CONNECT:
		return "";
	case PEER_PROXY:
		return " from the proxy";
	case PEER_STARTTLS:
		return " while STARTTLS was asked for";
	case PEER_TLS:
		break;
	}
	return " in the TLS handshake";
}

/* Each address with what came of it, when there were several. */
static void
add_tries(struct buf *b, const struct connect_report *r)
{
	size_t i;

	if (r->try_count == 1)
		buf_printf(b, " (%s)", r->tries[0].address);
	if (r->try_count < 2)
		return;
	for (i = 0; i < r->try_count; i++)
		buf_printf(b, "%s%s: %s", i == 0 ? " (" : "; ",
		    r->tries[i].address, outcome_name(r->tries[i].outcome));
	if (r->left_out != 0)
		buf_printf(b, "; %zu more", r->left_out);
	buf_putc(b, ')');
}

/* A proxy that is in the way, or was on it. */
static void
add_proxy(struct buf *b, const struct peer *p)
{
	if (p->proxy == NULL)
		return;
	buf_printf(b, "the proxy %s", p->proxy);
	if (p->proxy_named_by != NULL)
		buf_printf(b, " (%s)", p->proxy_named_by);
	buf_puts(b,
	    p->stage == PEER_CONNECT ? " cannot be reached: " : " was used: ");
}

static void
say_failure(const char *typed, const struct place *place, const struct peer *p)
{
	bool is_dns = p->outcome == OUTCOME_DNS && p->proxy == NULL;
	struct buf b;

	buf_init(&b, REASON_MAX_BYTES);
	add_proxy(&b, p);
	buf_puts(&b, outcome_sentence(p->outcome));
	if (p->outcome == OUTCOME_TIMEOUT)
		buf_puts(&b, stage_text(p->stage));
	if (p->why != NULL)
		buf_printf(&b, ": %s", p->why);
	if (p->stage == PEER_CONNECT)
		add_tries(&b, &p->report);
	/* It may have been meant as a file. */
	if (is_dns && !place->has_port)
		cli_error(
		    "%s: no such file; as a host: %s", typed, buf_text(&b));
	else
		cli_error("%s: %s", place->shown, buf_text(&b));
	buf_free(&b);
}

/* Nobody there is no input; what broke midway is input and output. */
static int
code_of(const struct peer *p)
{
	if (p->outcome == OUTCOME_FAULT)
		return EXIT_FAULT;
	if (p->stage == PEER_CONNECT && p->outcome != OUTCOME_CANCELLED)
		return EXIT_NO_INPUT;
	return EXIT_IO;
}

static int
take_peer(struct arena *a, const struct place *place, const struct peer *peer,
    struct target *ret_target)
{
	struct der_fault fault;
	enum status rc;

	rc = target_of_peer(a, place, peer, ret_target, &fault);
	if (rc == STATUS_OK)
		return EXIT_OK;
	if (rc != STATUS_MALFORMED)
		return cli_fault(rc);
	cli_error("%s: the server's certificate cannot be read: at offset "
		  "%zu: %s",
	    place->shown, fault.offset, fault.rule);
	return EXIT_DATA;
}

int
verify_visit(const struct verify_options *o, const struct online *online,
    struct arena *a, const char *typed, struct target *ret_target,
    struct verdict_problem *ret_problem)
{
	struct peer_wish wish = { 0 };
	struct place place;
	const char *wrong = place_read(a, typed, &place);
	struct peer *peer;

	if (wrong != NULL) {
		cli_error(
		    "%s: no such file, and not a host name: %s", typed, wrong);
		return EXIT_NO_INPUT;
	}
	ret_problem->input = place.shown;
	ret_problem->has_outcome = true;
	if (o->online.is_offline) {
		ret_problem->outcome = OUTCOME_CACHE_ONLY;
		cli_error("%s: no such file, and --offline forbids to connect "
			  "to a host",
		    typed);
		return EXIT_NO_INPUT;
	}
	wish.host = place.name;
	wish.port = place.port;
	wish.sni = choose_sni(o, a, &place);
	wish.starttls =
	    o->has_starttls ? o->starttls : starttls_of_port(place.port);
	wish.is_https = place.is_https && wish.starttls == STARTTLS_NONE;
	online_choose_way(&o->online, online, &wish);
	online_begin_waiting(place.shown, online->config.limits.budget_ms,
	    o->is_quiet);
	peer = peer_visit(a, &wish);
	online_end_waiting();
	if (peer == NULL)
		return cli_fault(STATUS_NO_MEMORY);
	ret_problem->outcome = peer->outcome;
	if (peer->outcome == OUTCOME_OK) {
		ret_problem->outcome = OUTCOME_MALFORMED;
		return take_peer(a, &place, peer, ret_target);
	}
	say_failure(typed, &place, peer);
	return code_of(peer);
}
