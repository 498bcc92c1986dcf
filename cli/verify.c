/* `avow verify`: certificates in, verdicts out. */
#include "verify.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "engine/bundle.h"
#include "engine/events.h"
#include "engine/evidence.h"
#include "engine/host.h"
#include "engine/online.h"
#include "engine/server.h"
#include "engine/suffixes.h"
#include "engine/verdict_json.h"
#include "engine/verdict_text.h"
#include "say/capi2.h"
#include "starved.h"
#include "verify_host.h"
#include "verify_log.h"
#include "wire/base64.h"

#define OUTPUT_MAX_BYTES ((size_t)1 << 30)
#define ARENA_MAX_BYTES ((size_t)512 << 20)
#define HOST_NAME_BYTES 256

/* One run over all files. */
struct verify {
	const struct verify_options *options;
	struct engine engine;
	struct evidence_set *evidence;
	struct verifier *verifier;
	struct online *online;
	struct arena *hosts_arena;
	struct host *hosts;
	struct verify_log log;
	struct buf out;
	bool has_said; /* an answer, as text */
	bool is_answered; /* the target at hand */
	ticks now; /* when the question at hand was asked */
	uint64_t record_id;
	char computer[HOST_NAME_BYTES];
};

/* Why a file of roots, certificates or evidence was not taken. */
static int
say_problem(const struct store_problem *p, const char *wanted)
{
	const char *name = cli_input_name(p->path);

	switch (p->status) {
	case STATUS_MALFORMED:
		cli_error("%s: at offset %zu: %s", name, p->fault.offset,
		    p->fault.rule);
		return EXIT_DATA;
	case STATUS_NOT_FOUND:
		if (p->system != 0) {
			cli_error("%s: %s", name, strerror(p->system));
			return EXIT_NO_INPUT;
		}
		cli_error("%s: holds no %s", name, wanted);
		return EXIT_DATA;
	case STATUS_IO:
		cli_error("%s: %s", name, strerror(p->system));
		return p->system == EISDIR ? EXIT_DATA : EXIT_IO;
	case STATUS_TOO_BIG:
	case STATUS_UNSUPPORTED:
		cli_error("%s: %s", name, status_text(p->status));
		return EXIT_DATA;
	default:
		return cli_fault(p->status);
	}
}

static int
load_roots(const struct verify_options *o, struct store *roots)
{
	struct store_problem problem;
	enum status rc = STATUS_OK;
	int i;

	if (o->roots.count == 0)
		rc = store_add_system(roots, &problem);
	for (i = 0; i < o->roots.count && rc == STATUS_OK; i++)
		rc = text_equal(o->roots.items[i], "system") ?
		    store_add_system(roots, &problem) :
		    store_add_path(roots, o->roots.items[i], &problem);
	if (rc != STATUS_OK)
		return say_problem(&problem, "certificate");
	if (store_skipped(roots) != 0)
		cli_error("%zu certificates among the roots cannot be read and "
		    "are left out", store_skipped(roots));
	return EXIT_OK;
}

static int
load_extra(const struct verify_options *o, struct store *extra)
{
	struct store_problem problem;
	int i;

	for (i = 0; i < o->extra.count; i++)
		if (store_add_path(extra, o->extra.items[i], &problem) !=
		    STATUS_OK)
			return say_problem(&problem, "certificate");
	return EXIT_OK;
}

static int
load_evidence(const struct verify_options *o, struct evidence_set *e)
{
	struct store_problem problem;
	int i;

	for (i = 0; i < o->crls.count; i++)
		if (evidence_add_crls(e, o->crls.items[i], &problem) !=
		    STATUS_OK)
			return say_problem(&problem, "CRL");
	for (i = 0; i < o->responses.count; i++)
		if (evidence_add_responses(e, o->responses.items[i],
		        &problem) != STATUS_OK)
			return say_problem(&problem, "OCSP response");
	return EXIT_OK;
}

static int
read_hosts(struct verify *v)
{
	const struct verify_list *list = &v->options->hosts;
	const char *wrong;
	int i;

	v->hosts = arena_array(v->hosts_arena, (size_t)list->count + 1,
	    sizeof(*v->hosts));
	if (v->hosts == NULL)
		return cli_fault(STATUS_NO_MEMORY);
	for (i = 0; i < list->count; i++) {
		wrong = host_guess(v->hosts_arena, list->items[i],
		    &v->hosts[i]);
		if (wrong != NULL)
			return cli_usage_error("verify", "--host \"%s\": %s",
			    list->items[i], wrong);
	}
	return EXIT_OK;
}

static const char *
roots_text(const struct verify_options *o)
{
	if (o->roots.count == 0)
		return "system store";
	if (o->roots.count > 1)
		return "as given";
	return text_equal(o->roots.items[0], "system") ? "system store" :
	                                                 o->roots.items[0];
}

static void
add_pem(struct buf *b, struct span der)
{
	size_t i;

	buf_puts(b, "-----BEGIN CERTIFICATE-----\n");
	/* 48 octets are 64 characters, a line of RFC 7468. */
	for (i = 0; i < der.len; i += 48) {
		base64_add(b, span_slice(der, i, 48));
		buf_putc(b, '\n');
	}
	buf_puts(b, "-----END CERTIFICATE-----\n");
}

static enum status
put_event(void *arg, const struct event *ev)
{
	struct verify *v = arg;

	v->record_id++;
	capi2_add_event(&v->out, ev);
	return v->out.status;
}

static struct events_origin
origin_of(const struct verify *v)
{
	return (struct events_origin){
		.computer = v->computer,
		.process = "avow",
		.pid = getpid(),
		.time = v->now,
		.record_id = v->record_id,
	};
}

static enum status
say_events(struct verify *v, struct arena *a, const struct reply *reply)
{
	struct event_sink sink = { put_event, v };
	struct events_origin origin = origin_of(v);

	return events_give(a, reply, v->verifier, &origin, &sink);
}

/* What it is asked for: said, or what such a target is for. */
static const struct purpose *
purpose_of(const struct verify *v, const struct target *target)
{
	if (v->options->purpose != NULL)
		return v->options->purpose;
	return purpose_find(target->server != NULL ? "tls-server" : "any");
}

static void
say_text(struct verify *v, const struct reply *reply,
    const struct target *target)
{
	const struct verify_options *o = v->options;
	struct verdict_look look = {
		.page = {
			.width = cli_width(),
			.has_color = cli_wants_color(o->color),
		},
		.has_why = o->has_why,
		.name = target->name,
		.purpose = purpose_of(v, target)->name,
		.roots = roots_text(o),
		/* What a server sent is told with the server. */
		.beside = target->server == NULL ? target->others : NULL,
	};

	if (v->has_said)
		buf_putc(&v->out, '\n');
	v->has_said = true;
	verdict_text_add(&v->out, reply, &look);
}

static enum status
say_reply(struct verify *v, struct arena *a, const struct reply *reply,
    const struct target *target)
{
	size_t i;

	v->is_answered = true;
	if (v->options->is_quiet)
		return STATUS_OK;
	switch (v->options->form) {
	case VERIFY_JSON:
		return verdict_json_add(&v->out, reply, v->verifier,
		    target->name, purpose_of(v, target)->name);
	case VERIFY_XML:
		return say_events(v, a, reply);
	case VERIFY_PEM:
		for (i = 0; i < reply->path->count; i++)
			add_pem(&v->out, reply->path->elements[i].cert->der);
		break;
	case VERIFY_TEXT:
		say_text(v, reply, target);
		break;
	}
	return v->out.status;
}

/* First the answer, then what is remembered of it. */
static enum status
finish_reply(struct verify *v, struct arena *a, const struct reply *reply,
    const char *name)
{
	struct events_origin origin = origin_of(v);
	enum status rc = v->out.status;

	if (rc == STATUS_OK)
		rc = file_write(STDOUT_FILENO, buf_text(&v->out), v->out.len);
	buf_clear(&v->out);
	if (rc == STATUS_OK)
		verify_log_reply(&v->log, a, reply, v->verifier, &origin,
		    name);
	return rc;
}

static int
answer_code(enum verdict_answer answer)
{
	switch (answer) {
	case ANSWER_TRUSTED:
		return EXIT_OK;
	case ANSWER_NOT_TRUSTED:
		return EXIT_BAD;
	case ANSWER_UNDECIDED:
		break;
	}
	return EXIT_UNDECIDED;
}

/* The names it must have: as said, else that of the server. */
static void
set_hosts(const struct verify *v, const struct target *target,
    struct question *q)
{
	q->hosts = v->hosts;
	q->host_count = (size_t)v->options->hosts.count;
	if (q->host_count == 0 && target->server != NULL) {
		q->hosts = &target->server->place.host;
		q->host_count = 1;
	}
}

static enum status
set_question(const struct verify *v, struct arena *a,
    const struct target *target, struct question *q)
{
	const struct verify_options *o = v->options;

	question_begin(q, &v->engine, o->profile, v->now);
	if (o->at != TIME_NONE)
		q->at = o->at;
	/* Windows judges evidence by the clock, RFC 5280 by one time. */
	if (o->profile != PROFILE_WINDOWS)
		q->now = q->at;
	question_set_purpose(q, purpose_of(v, target));
	set_hosts(v, target, q);
	q->revocation = o->revocation;
	evidence_give(v->evidence, q);
	return target_ask_about(a, target, q);
}

/* Ask about one target; *ret_code says how it went. */
static enum status
ask(struct verify *v, struct arena *a, const struct target *target,
    int *ret_code)
{
	struct ruling_inputs policy = {
		.policy = purpose_of(v, target)->policy,
	};
	struct question *q = arena_new(a, struct question);
	struct server_report report;
	struct reply reply;
	enum status rc;

	if (q == NULL)
		return STATUS_NO_MEMORY;
	/* A long run meets evidence that is newer than its beginning. */
	v->now = clock_now();
	if ((rc = set_question(v, a, target, q)) != STATUS_OK)
		return rc;
	if (q->host_count != 0)
		policy.server = q->hosts;
	if (q->revocation.mode == REVOCATION_CHECK)
		policy.flags |= POLICY_IGNORE_UNKNOWN_REVOCATION;
	/* Visit and answer share one budget of time. */
	if (target->server != NULL)
		asker_spend(v->online->asker,
		    target->server->peer->elapsed_ms);
	online_begin_waiting(target->name,
	    v->online->config.limits.budget_ms, v->options->is_quiet);
	rc = engine_ask_online(a, q, &policy, v->verifier,
	    v->online->asker, &reply);
	online_end_waiting();
	rc = starved_status(rc);
	if (rc == STATUS_OK && target->server != NULL) {
		rc = server_examine(a, target->server, &reply, v->verifier,
		    &report);
		reply.server = &report;
	}
	if (rc != STATUS_OK)
		return rc;
	*ret_code = answer_code(reply.verdict->answer);
	rc = say_reply(v, a, &reply, target);
	return rc == STATUS_OK ? finish_reply(v, a, &reply, target->name) : rc;
}

static int
say_unreadable(const char *name, enum status rc,
    const struct bundle_problem *problem)
{
	if (rc == STATUS_MALFORMED && problem->fault.rule != NULL)
		cli_error("%s: not a certificate that can be read: at offset "
		    "%zu: %s", name, problem->fault.offset,
		    problem->fault.rule);
	else if (rc == STATUS_MALFORMED || rc == STATUS_NOT_FOUND ||
	    rc == STATUS_UNSUPPORTED)
		cli_error("%s: holds no certificate; looks like %s", name,
		    problem->looks_like != NULL ? problem->looks_like :
		                                  "nothing that is known here");
	else if (rc == STATUS_TOO_BIG)
		cli_error("%s: %s", name, status_text(rc));
	else
		return cli_fault(rc);
	return EXIT_DATA;
}

static int
ask_about(struct verify *v, struct arena *a, const struct target *target)
{
	int code;
	enum status rc = ask(v, a, target, &code);

	return rc == STATUS_OK ? code : cli_fault(rc);
}

static int
verify_file(struct verify *v, struct arena *a, const char *path)
{
	const char *name = cli_input_name(path);
	struct bundle_problem problem = { 0 };
	struct bundle bundle;
	struct target target;
	struct file file;
	enum status rc;
	int code;

	if ((code = cli_open(path, &file)) != EXIT_OK)
		return code;
	rc = bundle_read(a, file.bytes, &bundle, &problem);
	if (rc != STATUS_OK) {
		code = say_unreadable(name, rc, &problem);
	} else {
		if (bundle.unreadable != 0)
			cli_error("%s: %zu objects in it cannot be read and are "
			    "left out", name, bundle.unreadable);
		target_of_bundle(&bundle, name, &target);
		code = ask_about(v, a, &target);
	}
	file_close(&file);
	return code;
}

static int
verify_host(struct verify *v, struct arena *a, const char *typed,
    struct verdict_problem *problem)
{
	struct target target;
	int code = verify_visit(v->options, v->online, a, typed, &target,
	    problem);

	return code != EXIT_OK ? code : ask_about(v, a, &target);
}

/* Programs that read JSON learn of every target, also why there is no answer. */
static int
say_no_answer(struct verify *v, struct verdict_problem *problem, int code)
{
	enum status rc;

	problem->exit_status = code;
	problem->detail = cli_last_error();
	rc = verdict_json_add_problem(&v->out, problem);
	if (rc == STATUS_OK)
		rc = file_write(STDOUT_FILENO, buf_text(&v->out), v->out.len);
	buf_clear(&v->out);
	/* That memory is short has been said. */
	return rc == STATUS_IO ? cli_fault(rc) : code;
}

static int
verify_target(struct verify *v, const char *typed)
{
	struct verdict_problem problem = { .input = cli_input_name(typed) };
	struct arena *a = arena_create(ARENA_MAX_BYTES);
	int code;

	if (a == NULL)
		return cli_fault(STATUS_NO_MEMORY);
	v->is_answered = false;
	code = verify_is_file(typed) ? verify_file(v, a, typed) :
	                               verify_host(v, a, typed, &problem);
	if (code >= EXIT_USAGE_ERROR && !v->is_answered &&
	    v->options->form == VERIFY_JSON && !v->options->is_quiet)
		code = say_no_answer(v, &problem, code);
	arena_free(a);
	return code;
}

/* What is wrong with an input outweighs a verdict; "no" outweighs "unknown". */
static int
graver(int a, int b)
{
	if (a >= EXIT_USAGE_ERROR || b >= EXIT_USAGE_ERROR)
		return a >= EXIT_USAGE_ERROR ? a : b;
	if (a == EXIT_BAD || b == EXIT_BAD)
		return EXIT_BAD;
	return a != EXIT_OK ? a : b;
}

static int
verify_targets(struct verify *v)
{
	const struct verify_options *o = v->options;
	bool is_xml = o->form == VERIFY_XML && !o->is_quiet;
	int code = EXIT_OK, i;

	if (is_xml)
		buf_puts(&v->out, "<?xml version=\"1.0\" "
		    "encoding=\"UTF-8\"?>\n<Events>\n");
	for (i = 0; i < o->input_count && online_stopped() == 0; i++)
		code = graver(code, verify_target(v, o->inputs[i]));
	if (is_xml)
		buf_puts(&v->out, "</Events>\n");
	i = cli_flush(&v->out);
	return i != EXIT_OK ? i : code;
}

static int
go_online(struct verify *v)
{
	const struct online_options *o = &v->options->online;
	int code;

	if ((code = online_open_cache(v->online)) != EXIT_OK)
		return code;
	return online_make_asker(o, v->online);
}

static int
verify_with(struct verify *v)
{
	int code;

	v->evidence = evidence_create();
	v->verifier = verifier_create();
	v->hosts_arena = arena_create(ARENA_MAX_BYTES);
	if (v->evidence == NULL || v->verifier == NULL ||
	    v->hosts_arena == NULL)
		return cli_fault(STATUS_NO_MEMORY);
	if ((code = load_evidence(v->options, v->evidence)) != EXIT_OK ||
	    (code = read_hosts(v)) != EXIT_OK ||
	    (code = go_online(v)) != EXIT_OK)
		return code;
	evidence_keep(v->evidence, v->verifier);
	v->record_id = 1;
	if (gethostname(v->computer, sizeof(v->computer) - 1) != 0)
		v->computer[0] = '\0';
	buf_init(&v->out, OUTPUT_MAX_BYTES);
	online_catch_signals();
	code = verify_targets(v);
	online_release_signals();
	return code;
}

/* Whoever brings evidence wants it used, whatever the configuration says. */
static void
choose_revocation(struct verify_options *o, const struct config *config)
{
	bool has_evidence = o->crls.count != 0 || o->responses.count != 0;

	if (o->has_revocation)
		return;
	o->revocation.mode = config->revocation;
	if (has_evidence && o->revocation.mode == REVOCATION_NONE)
		o->revocation.mode = REVOCATION_CHECK;
}

static int
verify_run(struct verify_options *o, struct store *roots,
    struct store *extra, const struct source *world)
{
	struct verify v = { .options = o, .engine = { roots, extra, world } };
	struct online online;
	int code;

	if (roots == NULL || extra == NULL)
		return cli_fault(STATUS_NO_MEMORY);
	if ((code = load_roots(o, roots)) != EXIT_OK ||
	    (code = load_extra(o, extra)) != EXIT_OK)
		return code;
	if (o->is_batch)
		return verify_batch(o, &v.engine);
	v.online = &online;
	if ((code = online_open(&o->online, &online)) == EXIT_OK) {
		choose_revocation(o, &online.config);
		v.log.is_off = !online.has_event_log;
		v.log.has_journal = o->has_journal ||
		    online.config.has_journald;
		code = verify_with(&v);
		verify_log_close(&v.log);
	}
	online_close(&online);
	arena_free(v.hosts_arena);
	verifier_free(v.verifier);
	evidence_free(v.evidence);
	return code;
}

int
verb_verify(int argc, char **argv)
{
	struct verify_options o;
	struct suffixes *suffixes = NULL;
	struct source world = { 0 };
	struct store *roots, *extra;
	int code;

	if (!verify_read_options(argc, argv, &o, &code)) {
		verify_free_options(&o);
		return code;
	}
	if (o.is_quiet)
		cli_silence();
	if (starved_begin() != STATUS_OK) {
		verify_free_options(&o);
		return cli_fault(STATUS_NO_MEMORY);
	}
	roots = store_create();
	extra = store_create();
	/* Without the list only names of one label are public suffixes. */
	if ((o.is_batch || o.profile == PROFILE_WEBPKI) &&
	    suffixes_load(SUFFIXES_PATH, &suffixes) == STATUS_OK) {
		world.self = suffixes;
		world.is_public_suffix = suffixes_has;
	}
	code = verify_run(&o, roots, extra, &world);
	suffixes_free(suffixes);
	store_free(roots);
	store_free(extra);
	verify_free_options(&o);
	return code;
}
