/*
 * A rule of the profile becomes a cause by its own row where it has one, else
 * by the status bits that it sets, else it is a rule about how certificates
 * are made. The rows stand in order of gravity, which is also the order in
 * which causes are told.
 */
#include "engine/cause.h"

#include "capi2/decode.h"
#include "engine/cause_tell.h"
#include "engine/host.h"
#include "explain/rules.h"
#include "explain/telling.h"
#include "wire/general_name.h"
#include "wire/name.h"

#define DETAIL_MAX_BYTES 8192
#define DETAIL_MAX_NAMES 8 /* of a certificate, when a host is not in it */
#define OCTETS_MAX 64 /* shown of something that is no text */

struct row {
	const char *cause;
	uint32_t bits; /* any of these, when no rule is given */
	enum rule rules[4]; /* RULE_COUNT ends */
	const char *remedies[CAUSE_MAX_REMEDIES];
};

#define NO_RULE { RULE_COUNT }

static const struct row rows[] = {
	{ "explicit-distrust", 0, { RULE_DISALLOWED, RULE_COUNT },
	    { "replace-certificate" } },
	{ "revoked", 0, { RULE_REVOKED, RULE_COUNT },
	    { "replace-certificate" } },
	{ "weak-key", 0,
	    { RULE_WEAK_KEY, RULE_KEY_TYPE, RULE_RSA_OCTETS, RULE_COUNT },
	    { "replace-certificate" } },
	{ "weak-signature", 0, { RULE_WEAK_DIGEST, RULE_COUNT },
	    { "replace-certificate" } },
	{ "bad-signature", 0x8, NO_RULE, { "replace-certificate" } },
	{ "partial-chain", 0x00010080, NO_RULE,
	    { "install-intermediate", "install-intermediate-on-sender",
		"install-root" } },
	{ "untrusted-root", 0x20, NO_RULE, { "install-root" } },
	{ "not-yet-valid", 0, { RULE_NOT_YET_VALID, RULE_COUNT },
	    { "check-clock", "replace-certificate" } },
	{ "expired", 0x1, NO_RULE, { "replace-certificate", "check-clock" } },
	{ "name-mismatch", 0, { RULE_HOST, RULE_COUNT },
	    { "replace-certificate" } },
	{ "wrong-usage", 0x10, NO_RULE, { "replace-certificate" } },
	{ "name-constraint", 0xF800, NO_RULE, { "replace-certificate" } },
	{ "basic-constraints", 0x400, NO_RULE, { "replace-certificate" } },
	{ "unknown-critical-extension", 0x08000000, NO_RULE,
	    { "replace-certificate" } },
	{ "malformed", 0,
	    { RULE_EXTENSION, RULE_KEY_MALFORMED, RULE_DUPLICATE, RULE_COUNT },
	    { "replace-certificate" } },
	{ "invalid-policy", 0x02000300, NO_RULE, { "replace-certificate" } },
	/* These have many causes: engine/cause_revocation.c knows them. */
	{ NULL, 0,
	    { RULE_REVOCATION_UNKNOWN, RULE_REVOCATION_OFFLINE, RULE_COUNT },
	    { NULL } },
	{ "ceiling-reached", 0, { RULE_CEILING, RULE_COUNT },
	    { "replace-certificate" } },
	/* Every rule is one of these, so this one ends the search. */
	{ "certificate-form", 0, NO_RULE, { "replace-certificate" } },
};

#define ROW_COUNT (sizeof(rows) / sizeof(*rows))

/* What is put together for one cause. */
struct teller {
	const struct cause_scene *scene;
	const struct question *question;
	const struct path *path;
	const struct path_finding *finding;
	struct buf text;
};

static bool
row_is_for(const struct row *row, enum rule rule)
{
	size_t i;

	for (i = 0; row->rules[i] != RULE_COUNT; i++)
		if (row->rules[i] == rule)
			return true;
	return false;
}

static size_t
row_index(const struct path_finding *f)
{
	uint32_t bits = rule_get(f->rule)->bits;
	size_t i;

	for (i = 0; i < ROW_COUNT; i++)
		if (row_is_for(&rows[i], f->rule))
			return i;
	for (i = 0; i < ROW_COUNT - 1; i++)
		if ((rows[i].bits & bits) != 0)
			return i;
	return ROW_COUNT - 1;
}

/* The place among all causes: by row, of one row by what tells more. */
static size_t
gravity(const struct cause_scene *scene, const struct path_finding *f)
{
	size_t row = row_index(f), within = 0;

	if (rows[row].cause == NULL) {
		struct revocation_cause why =
		    revocation_cause_of(scene, f->element);

		within = (size_t)revocation_cause_rank(&why);
	}
	return row * (TELLING_LEAST + 1) + within;
}

size_t
rule_clause_length(const char *text)
{
	const char *colon = strstr(text, ": ");

	if (colon == NULL || (strncmp(text, "RFC ", 4) != 0 &&
	        strncmp(text, "BR ", 3) != 0 && strncmp(text, "X.", 2) != 0))
		return 0;
	return (size_t)(colon - text);
}

static const struct cert *
cert_at(const struct teller *t, int element)
{
	return t->path->elements[element].cert;
}

static void
add_moment(struct buf *b, ticks t)
{
	time_add_plain(b, t);
	buf_puts(b, " UTC");
}

/* What the target has in place of the wanted name. */
static void
add_names(struct teller *t, const struct host *host)
{
	const struct cert *cert = cert_at(t, 0);
	const struct ext *ext = cert_ext(cert, EXT_SAN);
	struct der_source source = cert_source(cert);
	struct general_name name;
	struct der in;
	int shown = 0, more = 0;

	if (ext == NULL || !ext_open_list(&source, ext, "RFC 5280 4.2.1.6", &in)) {
		buf_puts(&t->text, "it has no subject alternative names");
		return;
	}
	while (!der_is_empty(&in) && general_name_next(&in, &name)) {
		if (name.kind != (host->kind == HOST_DNS ? GENERAL_DNS :
		        host->kind == HOST_IP            ? GENERAL_IP :
		                                           GENERAL_EMAIL))
			continue;
		if (shown == DETAIL_MAX_NAMES) {
			more++;
			continue;
		}
		buf_puts(&t->text, shown++ == 0 ? "it names " : ", ");
		general_name_add(&t->text, &name);
	}
	if (more != 0)
		buf_printf(&t->text, " and %d more", more);
	if (shown == 0)
		buf_puts(&t->text, "it has no name of that kind");
}

static void
tell_host(struct teller *t)
{
	const struct question *q = t->question;
	size_t i;

	name_add_quoted(&t->text, cert_at(t, 0)->subject);
	buf_puts(&t->text, " is not for ");
	for (i = 0; i < q->host_count; i++) {
		if (q->hosts[i].name.ptr != t->finding->detail.ptr)
			continue;
		host_add(&t->text, &q->hosts[i]);
		buf_puts(&t->text, ": ");
		add_names(t, &q->hosts[i]);
		return;
	}
}

static void
tell_time(struct teller *t, const char *verb, ticks limit)
{
	name_add_quoted(&t->text, cert_at(t, t->finding->element)->subject);
	buf_printf(&t->text, " %s ", verb);
	add_moment(&t->text, limit);
	buf_puts(&t->text, "; asked about ");
	add_moment(&t->text, t->question->at);
}

static void
tell_partial(struct teller *t)
{
	const struct cert *last = cert_at(t, (int)t->path->count - 1);

	buf_puts(&t->text, "the certificate of ");
	name_add_quoted(&t->text, last->issuer);
	buf_puts(&t->text, ", which issued ");
	name_add_quoted(&t->text, last->subject);
	buf_puts(&t->text, ", is not at hand");
	issuer_tries_add(&t->text, t->scene);
}

static void
tell_untrusted(struct teller *t)
{
	buf_puts(&t->text, "the chain ends in ");
	name_add_quoted(&t->text, cert_at(t, t->finding->element)->subject);
	buf_puts(&t->text, ", which is self-signed and not among the ");
	buf_printf(&t->text, "%zu trusted roots",
	    t->question->roots == NULL ? 0 : pool_count(t->question->roots));
}

/* Which evidence said so, or came nearest to an answer. */
static void
add_evidence(struct buf *b, const struct revocation_result *r)
{
	if (r->source == EVIDENCE_NONE)
		return;
	buf_printf(b, "; the %s is of ",
	    r->source == EVIDENCE_CRL ? "CRL" : "OCSP response");
	add_moment(b, r->this_update);
}

static void
tell_revoked(struct teller *t)
{
	const struct path_element *e = &t->path->elements[t->finding->element];

	name_add_quoted(&t->text, e->cert->subject);
	buf_puts(&t->text, " was revoked ");
	add_moment(&t->text, e->revocation.revoked_at);
	if (e->revocation.reason > REASON_UNSPECIFIED)
		buf_printf(&t->text, " (%s)",
		    decode_crl_reason((uint32_t)e->revocation.reason));
	add_evidence(&t->text, &e->revocation);
}

static bool
is_text(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.ptr[i] < 0x20 || s.ptr[i] > 0x7E)
			return false;
	return true;
}

/* A name, an address or whatever else the rule speaks of. */
static void
add_octets(struct buf *b, struct span s)
{
	if (s.len > 2 && s.ptr[0] == DER_SEQUENCE && !is_text(s))
		name_add(b, s);
	else if (is_text(s))
		buf_add(b, s.ptr, s.len < 512 ? s.len : 512);
	else
		der_add_hex(b, span_slice(s, 0, OCTETS_MAX));
}

/* The sentence of the rule, with whatever the finding adds. */
static void
tell_rule(struct teller *t)
{
	const struct path_finding *f = t->finding;
	const char *text = rule_get(f->rule)->text;
	size_t clause = rule_clause_length(text);

	name_add_quoted(&t->text, cert_at(t, f->element)->subject);
	buf_printf(&t->text, ": %s", clause == 0 ? text : text + clause + 2);
	if (f->about != f->element && f->about >= 0) {
		buf_puts(&t->text, ", met in ");
		name_add_quoted(&t->text, cert_at(t, f->about)->subject);
	}
	if (f->detail.len != 0) {
		buf_puts(&t->text, ": ");
		add_octets(&t->text, f->detail);
	}
	if (f->fault.rule != NULL)
		buf_printf(&t->text, "; at offset %zu: %s", f->fault.offset,
		    f->fault.rule);
}

static void
tell(struct teller *t)
{
	const struct cert *cert = cert_at(t, t->finding->element);

	if (t->finding->rule == RULE_EXPIRED)
		tell_time(t, "expired", cert->not_after);
	else if (t->finding->rule == RULE_NOT_YET_VALID)
		tell_time(t, "is not valid before", cert->not_before);
	else if (t->finding->rule == RULE_PARTIAL)
		tell_partial(t);
	else if (t->finding->rule == RULE_UNTRUSTED_ROOT)
		tell_untrusted(t);
	else if (t->finding->rule == RULE_HOST)
		tell_host(t);
	else if (t->finding->rule == RULE_REVOKED)
		tell_revoked(t);
	else
		tell_rule(t);
}

/* Those for Windows machines become those for this one, each once. */
static void
add_remedies(struct cause *cause, const char *const *remedies)
{
	size_t count = 0, i, k;

	while (count < CAUSE_MAX_REMEDIES && cause->remedies[count] != NULL)
		count++;
	for (i = 0; i < CAUSE_MAX_REMEDIES && remedies[i] != NULL; i++) {
		const char *slug = remedy_here(remedies[i]);

		for (k = 0; k < count && strcmp(cause->remedies[k], slug) != 0;)
			k++;
		if (k == count && count < CAUSE_MAX_REMEDIES)
			cause->remedies[count++] = slug;
	}
}

/* What has been told becomes a cause's sentence. */
static enum status
take_detail(struct arena *a, struct teller *t, struct cause *cause)
{
	cause->detail = arena_copy(a, buf_text(&t->text));
	return arena_has_failed(a) || t->text.status == STATUS_NO_MEMORY ?
	    STATUS_NO_MEMORY :
	    STATUS_OK;
}

static enum status
fill_revocation(struct arena *a, struct teller *t, int element,
    const struct revocation_cause *why, struct cause *cause)
{
	buf_clear(&t->text);
	revocation_cause_add(&t->text, t->scene, element, why);
	cause->cause = why->cause;
	cause->element = element;
	add_remedies(cause, why->remedies);
	return take_detail(a, t, cause);
}

static enum status
fill(struct arena *a, struct teller *t, struct cause *cause)
{
	static const char *const may_allow[CAUSE_MAX_REMEDIES] = {
		"allow-address"
	};
	const struct path_finding *f = t->finding;
	const struct rule_row *rule = rule_get(f->rule);
	const struct row *row = &rows[row_index(f)];
	size_t clause = rule_clause_length(rule->text);

	cause->rule = rule->slug;
	if (clause != 0)
		cause->clause = arena_copy_n(a, rule->text, clause);
	if (row->cause == NULL) {
		struct revocation_cause why =
		    revocation_cause_of(t->scene, f->element);

		return fill_revocation(a, t, f->element, &why, cause);
	}
	buf_clear(&t->text);
	tell(t);
	cause->cause = row->cause;
	cause->element = f->element;
	if (f->rule == RULE_PARTIAL && issuer_was_blocked(t->scene))
		add_remedies(cause, may_allow);
	add_remedies(cause, row->remedies);
	return take_detail(a, t, cause);
}

/* Gravity first, then the order of discovery. */
static void
sort_findings(const struct cause_scene *scene, size_t *order)
{
	const struct path *path = scene->path;
	size_t weights[PATH_MAX_FINDINGS], i, k;

	for (i = 0; i < path->finding_count; i++) {
		weights[i] = gravity(scene, &path->findings[i]);
		for (k = i; k > 0 && weights[order[k - 1]] > weights[i]; k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
}

enum status
causes_find(struct arena *a, const struct cause_scene *scene,
    const struct cause **ret_causes, size_t *ret_count)
{
	const struct path *path = scene->path;
	struct teller t = { .scene = scene, .question = scene->question,
		.path = path };
	size_t order[PATH_MAX_FINDINGS], i;
	enum status rc = STATUS_OK;
	struct cause *causes;

	causes = arena_array(a, path->finding_count + 1, sizeof(*causes));
	if (causes == NULL)
		return STATUS_NO_MEMORY;
	sort_findings(scene, order);
	buf_init(&t.text, DETAIL_MAX_BYTES);
	for (i = 0; i < path->finding_count && rc == STATUS_OK; i++) {
		t.finding = &path->findings[order[i]];
		rc = fill(a, &t, &causes[i]);
	}
	buf_free(&t.text);
	if (rc != STATUS_OK)
		return rc;
	*ret_causes = causes;
	*ret_count = path->finding_count;
	return STATUS_OK;
}

/* What is forgiven about one element; cause NULL: nothing. */
static struct revocation_cause
forgiven_of(const struct cause_scene *scene, int element)
{
	const struct revocation_result *r =
	    &scene->path->elements[element].revocation;

	if (r->status == REVOCATION_GOOD || r->status == REVOCATION_REVOKED)
		return revocation_detour_of(scene, element);
	if (r->status == REVOCATION_UNKNOWN &&
	    scene->question->revocation.mode == REVOCATION_CHECK)
		return revocation_cause_of(scene, element);
	return (struct revocation_cause){ 0 };
}

#define NOTES_PER_ELEMENT 2 /* its status and its issuer */

/* What is forgiven of a path, sorted as it grows. */
struct notes {
	struct cause *items;
	int ranks[NOTES_PER_ELEMENT * PATH_MAX_ELEMENTS];
	size_t count;
};

/* The unknown before the known, then what tells more. */
static int
note_rank(const struct path *path, int element,
    const struct revocation_cause *why)
{
	bool is_unknown = path->elements[element].revocation.status ==
		REVOCATION_UNKNOWN &&
	    (why->decided == NULL || why->decided->kind != RETRIEVAL_ISSUER);

	return revocation_cause_rank(why) + (is_unknown ? 0 : TELLING_LEAST + 1);
}

static void
insert_note(struct notes *n, const struct cause *note, int rank)
{
	size_t at = n->count++;

	for (; at > 0 && n->ranks[at - 1] > rank; at--) {
		n->items[at] = n->items[at - 1];
		n->ranks[at] = n->ranks[at - 1];
	}
	n->items[at] = *note;
	n->ranks[at] = rank;
}

static enum status
add_note(struct arena *a, struct teller *t, struct notes *n, int element,
    const struct revocation_cause *why)
{
	struct cause note = { 0 };
	enum status rc;

	if (why->cause == NULL)
		return STATUS_OK;
	if (n->items == NULL)
		n->items = arena_array(a,
		    NOTES_PER_ELEMENT * t->path->count, sizeof(*n->items));
	if (n->items == NULL)
		return STATUS_NO_MEMORY;
	if ((rc = fill_revocation(a, t, element, why, &note)) == STATUS_OK)
		insert_note(n, &note, note_rank(t->path, element, why));
	return rc;
}

enum status
notes_find(struct arena *a, const struct cause_scene *scene,
    const struct cause **ret_notes, size_t *ret_count)
{
	struct teller t = { .scene = scene, .path = scene->path };
	struct notes notes = { .count = 0 };
	enum status rc = STATUS_OK;
	int i;

	buf_init(&t.text, DETAIL_MAX_BYTES);
	for (i = (int)t.path->count - 1; i >= 0 && rc == STATUS_OK; i--) {
		struct revocation_cause why = forgiven_of(scene, i);
		struct revocation_cause issuer = issuer_detour_of(scene, i);

		rc = add_note(a, &t, &notes, i, &issuer);
		if (rc == STATUS_OK)
			rc = add_note(a, &t, &notes, i, &why);
	}
	buf_free(&t.text);
	if (rc != STATUS_OK)
		return rc;
	*ret_notes = notes.items;
	*ret_count = notes.count;
	return STATUS_OK;
}

const char *
cause_of_path(const struct path *path)
{
	const struct cause_scene scene = { .path = path, .is_offline = true };
	const struct path_finding *best = NULL;
	size_t least = 0, i, weight;

	for (i = 0; i < path->finding_count; i++) {
		weight = gravity(&scene, &path->findings[i]);
		if (best != NULL && weight >= least)
			continue;
		best = &path->findings[i];
		least = weight;
	}
	if (best == NULL)
		return "no-error";
	i = row_index(best);
	return rows[i].cause != NULL ?
	    rows[i].cause :
	    revocation_cause_of(&scene, best->element).cause;
}

enum status
cause_of_fault(struct arena *a, const char *what, enum status status,
    const struct der_fault *fault, struct cause *ret_cause)
{
	struct cause cause = {
		.cause = "malformed",
		.element = CAUSE_NO_ELEMENT,
		.remedies = { "replace-certificate" },
	};
	size_t clause;

	if (fault->rule == NULL) {
		cause.detail = arena_printf(a, "%s: %s", what,
		    status == STATUS_NOT_FOUND   ? "neither PEM nor DER" :
		    status == STATUS_INVALID     ? "more than one object" :
		    status == STATUS_UNSUPPORTED ? "not what belongs here" :
		                                   status_text(status));
	} else {
		clause = rule_clause_length(fault->rule);
		if (clause != 0)
			cause.clause = arena_copy_n(a, fault->rule, clause);
		cause.detail = arena_printf(a, "%s: at offset %zu: %s", what,
		    fault->offset, fault->rule);
	}
	if (arena_has_failed(a))
		return STATUS_NO_MEMORY;
	*ret_cause = cause;
	return STATUS_OK;
}
