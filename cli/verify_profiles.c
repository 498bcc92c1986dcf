/* `avow verify --profile help`: what each profile holds a chain to. */
#include "verify_options.h"

#include "engine/cause.h"
#include "say/wrap.h"

#define OUTPUT_MAX_BYTES ((size_t)1 << 20)

static void
say_rule(struct buf *b, enum rule id, size_t width)
{
	const struct rule_row *rule = rule_get(id);
	const char *sentence = rule->text;
	size_t clause = rule_clause_length(rule->text);
	bool is_first = true;
	int p;

	if (clause != 0)
		sentence += clause + 2;
	buf_printf(b, "%s  ", rule->slug);
	for (p = 0; p < PROFILE_COUNT; p++) {
		if (!rule_counts(id, profile_get((enum profile_id)p)))
			continue;
		buf_printf(b, "%s%s", is_first ? "" : ", ",
		    profile_get((enum profile_id)p)->name);
		is_first = false;
	}
	if (clause != 0) {
		buf_puts(b, "  ");
		buf_add(b, rule->text, clause);
	}
	buf_puts(b, "\n    ");
	wrap_add(b, sentence, width, 4, 4);
}

int
verify_say_profiles(void)
{
	size_t width = (size_t)cli_width();
	struct buf b;
	int i;

	buf_init(&b, OUTPUT_MAX_BYTES);
	for (i = 0; i < PROFILE_COUNT; i++) {
		const struct profile *p = profile_get((enum profile_id)i);

		buf_printf(&b, "%-8s ", p->name);
		wrap_add(&b, p->text, width, 9, 9);
	}
	buf_puts(&b, "\nRules, the profiles that have them, and where they come "
	    "from:\n\n");
	for (i = 0; i < RULE_COUNT; i++)
		say_rule(&b, (enum rule)i, width);
	return cli_flush(&b);
}
