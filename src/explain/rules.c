/*
 * The rules are rows in tables, one table or two for each kind of step. The
 * steps of a case are looked at from the innermost outwards, because an outer
 * call repeats the code of what failed inside it: a row without a cause says
 * that an inner finding explains the step already.
 *
 * A chain's status bits are looked at one cause after the other: each row
 * takes its bits away, and graver bits imply lesser ones.
 *
 * At the end the findings are ordered, what matters first, and weighed against
 * the outcome: an inner error of a call that succeeded is harmless.
 */
#include "explain/rules.h"

#include <string.h>

#include "base/text.h"
#include "explain/fill.h"
#include "explain/rule.h"
#include "explain/status_bits.h"
#include "explain/telling.h"

/* Side notes of a long task must not take the room of what matters. */
#define FINDINGS_MAX 1024
#define NOTICES_MAX (FINDINGS_MAX / 2)
#define GRAVITY_NOTICE 8 /* side notes come after all else */
#define WIN32_FACILITY 0x80070000u

static const struct rule_table *const all_tables[] = {
	rules_of_updates,
	rules_of_retrieval,
	rules_of_revocation,
	rules_of_signatures, /* before the codes that chains share with them */
	rules_of_chains,
};

/* A graver status explains the lesser ones that Windows sets beside it. */
static const struct {
	uint32_t grave;
	uint32_t implied;
} implications[] = {
	{ ERROR_EXPLICIT_DISTRUST, ERROR_REVOKED | ERROR_UNTRUSTED_ROOT },
	{ ERROR_REVOKED, ERROR_REVOCATION },
	{ ERROR_PARTIAL_CHAIN, ERROR_REVOCATION | ERROR_CYCLIC },
	{ ERROR_UNTRUSTED_ROOT, ERROR_REVOCATION },
};

struct collector {
	struct arena *arena;
	const struct trace_case *c;
	struct finding *findings[FINDINGS_MAX];
	bool is_notice[FINDINGS_MAX];
	int count;
	bool has_failed; /* out of memory */
};

static uint32_t
bare_code(uint32_t value)
{
	return (value & 0xFFFF0000u) == WIN32_FACILITY ? value & 0xFFFFu : value;
}

static bool
is_failing_code(const struct code *code)
{
	return code->is_known && code->value != 0;
}

static struct code
first_action_error(const struct step *s)
{
	const struct action *a;

	for (a = s->actions; a != NULL; a = a->next)
		if (is_failing_code(&a->error))
			return a->error;
	return (struct code){ 0 };
}

/* The kinds whose every event says something, failing or not. */
static bool
always_speaks(enum step_kind kind)
{
	return kind == STEP_REJECT || kind == STEP_KEY ||
	    kind == STEP_ROOT_UPDATE || kind == STEP_SYSTEM_WRITER ||
	    kind == STEP_CATALOG_DB;
}

static uint32_t
chain_bits(const struct step *s)
{
	return s->kind == STEP_BUILD_CHAIN && s->chains != NULL ?
	    s->chains->error :
	    0;
}

/*
 * Failing, or posted without both outcome and level: the rules then say that
 * the input cannot tell, or what the rest of it tells.
 */
static bool
is_failing(const struct step *s)
{
	if (always_speaks(s->kind) || is_failing_code(&s->result) ||
	    chain_bits(s) != 0)
		return true;
	if (s->result.is_known)
		return first_action_error(s).is_known && s->kind == STEP_WIRE;
	if (first_action_error(s).is_known)
		return true;
	return s->has_stop && s->kind != STEP_OBJECTS && s->level <= 3 &&
	    s->level != 0;
}

static bool
is_within(const struct step *inner, const struct step *outer)
{
	for (; inner != NULL; inner = inner->parent)
		if (inner == outer)
			return true;
	return false;
}

static void
look_around(const struct collector *k, struct look *l)
{
	int i;

	l->has_inner = l->has_chain_cause = false;
	for (i = 0; i < k->count; i++) {
		if (k->is_notice[i])
			continue;
		if (k->findings[i]->step != l->s &&
		    is_within(k->findings[i]->step, l->s))
			l->has_inner = true;
		l->has_chain_cause = true;
	}
}

static bool
row_fits(const struct rule *rule, const struct look *l)
{
	return (rule->codes == NULL || look_has_code(l, rule->codes)) &&
	    (rule->bits == 0 || (rule->bits & l->bits) != 0) &&
	    (rule->when == NULL || rule->when(l));
}

static void
add_remedies(struct finding *f, const struct rule *rule, bool is_ours)
{
	int count = 0, i, k;

	for (i = 0; i < FINDING_MAX_REMEDIES && rule->remedies[i] != NULL;
	     i++) {
		const char *slug = is_ours ? remedy_here(rule->remedies[i]) :
					     rule->remedies[i];

		for (k = 0; k < count; k++)
			if (strcmp(f->remedies[k], slug) == 0)
				break;
		if (k == count)
			f->remedies[count++] = slug;
	}
}

static bool
add_finding(struct collector *k, const struct look *l, const struct rule *rule)
{
	struct arena *a = k->arena;
	struct finding *f;

	if (rule->cause == NULL || k->count == FINDINGS_MAX ||
	    (rule->is_notice && k->count >= NOTICES_MAX))
		return true;
	if ((f = arena_new(a, struct finding)) == NULL)
		return false;
	f->cause = rule->cause;
	f->harmless = rule->harmless;
	f->title = rule->title;
	f->happened = fill_sentence(a, l, rule->happened);
	f->matters = fill_sentence(a, l, rule->matters);
	f->unsure = fill_sentence(a, l, rule->unsure);
	add_remedies(f, rule, case_is_own(k->c));
	f->code = l->code;
	f->step = l->s;
	f->subject = l->e != NULL && l->e->subject != NULL ? l->e->subject :
	    l->s->subject != NULL                          ? l->s->subject :
	                                                     k->c->subject;
	f->issuer = l->s->issuer;
	f->url = fill_url(l->s);
	f->proxy = fill_proxy(l->s);
	k->is_notice[k->count] = rule->is_notice;
	k->findings[k->count++] = f;
	return !arena_has_failed(a);
}

static const struct rule *
find_row(const struct rule_table *table, const struct look *l)
{
	int i;

	for (i = 0; i < table->count; i++)
		if (row_fits(&table->rules[i], l))
			return &table->rules[i];
	return NULL;
}

/* The element nearest the leaf that shows one of the bits, or NULL. */
static const struct element *
element_with(const struct step *s, uint32_t bits)
{
	const struct element *e = s->chains == NULL ? NULL :
	                                              s->chains->elements;

	while (e != NULL && (e->error & bits) == 0)
		e = e->next;
	return e;
}

/* Where revocation is unknown, the element's own code says more. */
static void
look_at_element(struct look *l, uint32_t bits)
{
	l->e = element_with(l->s, bits);
	l->code = l->s->result;
	if (!is_failing_code(&l->code))
		l->code = (struct code){ 0 };
	if (l->e != NULL && (bits & ERROR_REVOCATION) != 0 &&
	    is_failing_code(&l->e->revocation))
		l->code = l->e->revocation;
	l->bare = bare_code(l->code.value);
}

static void
look_at_chain(struct collector *k, const struct rule_table *table,
    struct look *l)
{
	uint32_t bits = chain_bits(l->s);
	size_t i;
	int row;

	for (i = 0; i < sizeof(implications) / sizeof(*implications); i++)
		if ((bits & implications[i].grave) != 0)
			bits &= ~implications[i].implied;
	for (row = 0; row < table->count && bits != 0; row++) {
		const struct rule *rule = &table->rules[row];

		if ((rule->bits & bits) == 0)
			continue;
		l->bits = bits;
		look_at_element(l, rule->bits & bits);
		if (!row_fits(rule, l))
			continue;
		l->bits = rule->bits & bits; /* what its sentence names */
		bits &= ~rule->bits;
		if (!add_finding(k, l, rule))
			k->has_failed = true;
	}
	l->bits = 0;
	l->e = NULL;
}

static void
look_at_code(struct look *l)
{
	l->code = l->s->result;
	if (!is_failing_code(&l->code)) {
		struct code inner = first_action_error(l->s);

		if (inner.is_known || l->code.is_known)
			l->code = inner;
	}
	l->bare = bare_code(l->code.value);
}

static void
look_at(struct collector *k, const struct step *s)
{
	struct look l = { .c = k->c, .s = s };
	const struct rule *rule;
	size_t i;

	if (!is_failing(s))
		return;
	look_around(k, &l);
	for (i = 0; i < sizeof(all_tables) / sizeof(*all_tables); i++) {
		const struct rule_table *table;

		for (table = all_tables[i]; table->rules != NULL; table++) {
			if (table->kind != s->kind)
				continue;
			if (table->rules->bits != 0) {
				if (chain_bits(s) == 0)
					continue;
				look_at_chain(k, table, &l);
				return;
			}
			look_at_code(&l);
			if ((rule = find_row(table, &l)) == NULL)
				continue;
			if (!add_finding(k, &l, rule))
				k->has_failed = true;
			return;
		}
	}
}

static void
look_inside_out(struct collector *k, const struct step *s)
{
	for (; s != NULL; s = s->next) {
		look_inside_out(k, s->children);
		look_at(k, s);
	}
}

static void
put_remedy_first(struct finding *f, const char *slug)
{
	if (f->remedies[0] != NULL && strcmp(f->remedies[0], slug) == 0)
		return;
	memmove(f->remedies + 1, f->remedies,
	    (FINDING_MAX_REMEDIES - 2) * sizeof(*f->remedies));
	f->remedies[0] = slug;
	f->remedies[FINDING_MAX_REMEDIES - 1] = NULL;
}

/* A verdict over the chain or the file that refuses. */
static bool
is_refused(const struct trace_case *c)
{
	const struct step *s;

	for (s = c->steps; s != NULL; s = step_following(s))
		if ((s->kind == STEP_CHAIN_POLICY || s->kind == STEP_TRUST) &&
		    is_failing_code(&s->result))
			return true;
	return false;
}

/*
 * Who allows only the cache expects not to know; who then refuses for not
 * knowing may have wanted more.
 */
static void
weigh_refusal(struct collector *k)
{
	int i;

	if (!is_refused(k->c))
		return;
	for (i = 0; i < k->count; i++) {
		struct finding *f = k->findings[i];

		if (strcmp(f->cause, "revocation-offline-cache-only") != 0)
			continue;
		f->harmless = HARMLESS_UNKNOWN;
		f->matters = "The caller refused for it, although it had "
			     "forbidden asking the network.";
		f->unsure = "The log cannot tell whether the caller meant to be that "
		            "strict.";
	}
}

static const struct step *
enclosing(const struct step *s, enum step_kind kind)
{
	while (s != NULL && s->kind != kind)
		s = s->parent;
	return s;
}

/* A revocation check that came to an answer, whatever failed on its way. */
static bool
was_answered(const struct step *check)
{
	static const uint32_t codes_answer[] = { 0, 0x80092010 };

	return check->result.is_known &&
	    (check->result.value == codes_answer[0] ||
		check->result.value == codes_answer[1]);
}

/* The chain that was chosen has this certificate, or that is not known. */
static bool
is_in_chain(const struct step *build, const char *file_ref)
{
	const struct element *e;

	if (build == NULL || build->chains == NULL || file_ref == NULL ||
	    build->chains->is_partial_view)
		return true;
	for (e = build->chains->elements; e != NULL; e = e->next)
		if (e->file_ref == NULL ||
		    text_equal_nocase(e->file_ref, file_ref))
			return true;
	return false;
}

/* Why a failed retrieval or check did no harm, or NULL. */
static const char *
made_up_for(const struct step *s)
{
	const struct step *check = enclosing(s, STEP_REVOCATION);
	const struct step *build = enclosing(s, STEP_BUILD_CHAIN);

	if (check != NULL && s != check && was_answered(check))
		return "The check that wanted it got its answer elsewhere.";
	if (check != NULL && !is_in_chain(build, check->subject_ref))
		return "It belongs to a chain that was tried and not chosen.";
	if (check == NULL && s->kind == STEP_WIRE && build != NULL &&
	    build->chains != NULL &&
	    (build->chains->error & ERROR_PARTIAL_CHAIN) == 0)
		return "The chain was completed without it.";
	return NULL;
}

static void
weigh_detours(struct collector *k)
{
	const char *why;
	int i;

	for (i = 0; i < k->count; i++) {
		struct finding *f = k->findings[i];

		if (f->harmless == HARMLESS_YES ||
		    (f->step->kind != STEP_WIRE &&
			f->step->kind != STEP_CACHE &&
			f->step->kind != STEP_REJECT &&
			f->step->kind != STEP_REVOCATION) ||
		    (why = made_up_for(f->step)) == NULL)
			continue;
		f->harmless = HARMLESS_YES;
		f->matters = why;
		put_remedy_first(f, "none-needed");
	}
}

/* The outermost call succeeded: what failed inside it had no effect. */
static void
weigh_outcome(struct collector *k)
{
	int i;

	if (!k->c->result.is_known || k->c->result.value != 0)
		return;
	for (i = 0; i < k->count; i++) {
		struct finding *f = k->findings[i];

		if (f->harmless == HARMLESS_YES || f->step->kind == STEP_KEY)
			continue;
		f->harmless = HARMLESS_YES;
		f->matters = "The call it happened in succeeded all the same, "
			     "so nobody acted on it.";
		put_remedy_first(f, "none-needed");
	}
}

/*
 * Unknown revocation is the least of what Windows reports for a chain: of
 * several errors its policies return the others first.
 */
static bool
is_about_unknown_revocation(const struct finding *f)
{
	enum step_kind kind = f->step->kind;

	if (kind == STEP_REVOCATION || kind == STEP_REJECT ||
	    kind == STEP_WIRE || kind == STEP_CACHE)
		return strcmp(f->cause, "revoked") != 0;
	return text_starts(f->cause, "revocation-");
}

static int
gravity(const struct collector *k, int i)
{
	static const int by_harm[] = {
		[HARMLESS_NO] = 0,
		[HARMLESS_UNKNOWN] = 2,
		[HARMLESS_YES] = 4,
	};

	return by_harm[k->findings[i]->harmless] +
	    is_about_unknown_revocation(k->findings[i]) +
	    (k->is_notice[i] ? GRAVITY_NOTICE : 0);
}

/* Of those about unknown revocation what tells more comes first. */
static int
weight_of(const struct collector *k, int i)
{
	const struct finding *f = k->findings[i];
	int weight = gravity(k, i) * (TELLING_LEAST + 1), rank;

	if (!is_about_unknown_revocation(f) || k->is_notice[i])
		return weight;
	rank = telling_rank(f->cause);
	/* A check or a chain that names no failed try. */
	if (f->step->kind != STEP_WIRE && f->step->kind != STEP_CACHE &&
	    strcmp(f->cause, "revocation-offline-network") == 0)
		rank = TELLING_NOTHING_TRIED;
	return weight + rank;
}

/* A list in order of gravity; equal ones stay in order of discovery. */
static struct finding *
list_findings(const struct collector *k)
{
	const int heaviest = 2 * GRAVITY_NOTICE * (TELLING_LEAST + 1);
	struct finding *first = NULL, **last = &first;
	int weights[FINDINGS_MAX], weight = -1, next, i;

	for (i = 0; i < k->count; i++)
		weights[i] = weight_of(k, i);
	do {
		next = heaviest;
		for (i = 0; i < k->count; i++) {
			if (weights[i] == weight) {
				*last = k->findings[i];
				last = &(*last)->next;
			} else if (weights[i] > weight && weights[i] < next) {
				next = weights[i];
			}
		}
		weight = next;
	} while (weight < heaviest);
	*last = NULL;
	return first;
}

static const struct rule nothing_wrong = { NULL, 0, NULL, "no-error",
	HARMLESS_YES, true, "Nothing went wrong", "No step of it failed.",
	"Information only.", NULL, { "none-needed" } };

static const struct rule nothing_known = { NULL, 0, NULL, "insufficient-data",
	HARMLESS_UNKNOWN, false, "The input is too incomplete to tell",
	"{process|A program} had to do with {subject|a certificate that is not "
	"named}, and neither a result nor a level is given.",
	"It cannot be judged from this.", "The whole event as XML would tell.",
	{ "ask-for-full-event", "open-the-details" } };

/* Some step says that it went well, or is of a kind that has no outcome. */
static bool
says_it_went_well(const struct step *s)
{
	for (; s != NULL; s = step_following(s)) {
		if (s->result.is_known || s->level >= 4 || s->level == 0)
			return true;
		if (!s->has_stop || s->kind == STEP_OBJECTS)
			return true;
	}
	return false;
}

struct finding *
rules_apply(struct arena *a, const struct trace_case *c)
{
	struct collector k = { .arena = a, .c = c };
	struct look l = { .c = c, .s = c->steps };

	look_inside_out(&k, c->steps);
	if (k.count == 0 && c->steps != NULL &&
	    !add_finding(&k, &l, says_it_went_well(c->steps) ? &nothing_wrong :
	                                                       &nothing_known))
		k.has_failed = true;
	weigh_refusal(&k);
	weigh_detours(&k);
	weigh_outcome(&k);
	return k.has_failed ? NULL : list_findings(&k);
}
