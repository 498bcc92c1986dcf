/*
 * Who logged an event, from as little of it as possible.
 *
 * The provider's name is nearly always a literal of the template, so one look
 * at the definition answers for all its instances in the chunk. Where the name
 * is a substitution, the first few tokens are walked with the values at hand.
 */
#include "wire/evtx/binxml_inner.h"

#include "base/text.h"

/* The Provider element is the second or third of a record. */
#define SCAN_MAX_TOKENS 64

static bool
is_capi2_name(const char *name)
{
	return text_equal_nocase(name, "Microsoft-Windows-CAPI2") ||
	    text_equal_nocase(name, "crypt32");
}

struct scan {
	const struct instance *instance; /* NULL: the values are not known */
	bool is_in_provider;
	bool is_in_name; /* the value of Name or EventSourceName is gathered */
	bool is_by_value;
	bool is_capi2;
};

/* One token inside the tag; an attribute's end is the next one's begin. */
static enum status
scan_piece(struct binxml *x, struct scan *s, const struct token *t)
{
	switch (t->kind) {
	case TOKEN_ATTRIBUTE:
	case TOKEN_TAG_END:
	case TOKEN_TAG_EMPTY:
		if (s->is_in_name && is_capi2_name(buf_text(&x->scratch)))
			s->is_capi2 = true;
		s->is_in_name = t->kind == TOKEN_ATTRIBUTE &&
		    (strcmp(t->name.text, "Name") == 0 ||
		        strcmp(t->name.text, "EventSourceName") == 0);
		buf_clear(&x->scratch);
		return STATUS_OK;
	case TOKEN_SUB:
	case TOKEN_OPTIONAL_SUB:
		if (!s->is_in_name)
			return STATUS_OK;
		if (s->instance == NULL) {
			s->is_by_value = true;
			return STATUS_OK;
		}
		if (t->number >= s->instance->count)
			return STATUS_OK;
		return value_add(x, s->instance->values + t->number,
		    ESCAPE_NONE, &x->scratch);
	case TOKEN_VALUE:
	case TOKEN_CDATA:
	case TOKEN_CHAR_REF:
	case TOKEN_ENTITY_REF:
		if (!s->is_in_name)
			return STATUS_OK;
		return token_add_text(x, t, ESCAPE_NONE, &x->scratch);
	default:
		return STATUS_MALFORMED;
	}
}

static enum provider
scan_fragment(struct binxml *x, struct cursor c, bool is_template,
    const struct instance *instance)
{
	struct scan s = { .instance = instance };
	struct token t;
	int i;

	if (token_begin(x, &c, is_template) != STATUS_OK)
		return PROVIDER_UNKNOWN;
	for (i = 0; i < SCAN_MAX_TOKENS; i++) {
		if (token_next(x, &c, &t) != STATUS_OK || t.kind == TOKEN_EOF)
			break;
		if (!s.is_in_provider) {
			s.is_in_provider = t.kind == TOKEN_OPEN &&
			    strcmp(t.name.text, "Provider") == 0;
			continue;
		}
		if (scan_piece(x, &s, &t) != STATUS_OK)
			break;
		if (t.kind != TOKEN_TAG_END && t.kind != TOKEN_TAG_EMPTY)
			continue;
		if (s.is_capi2)
			return PROVIDER_CAPI2;
		return s.is_by_value ? PROVIDER_BY_VALUE : PROVIDER_OTHER;
	}
	return PROVIDER_UNKNOWN;
}

static enum provider
scan_instance(struct binxml *x, struct cursor *c, const struct token *t)
{
	struct template *template;
	struct cursor body = { 0 };
	struct instance i;
	enum provider found;

	if (template_find(x, t->template, 0, &template) != STATUS_OK)
		return PROVIDER_UNKNOWN;
	body.at = template->body;
	body.end = template->body_end;
	if (template->provider == PROVIDER_UNKNOWN)
		template->provider = scan_fragment(x, body, true, NULL);
	if (template->provider != PROVIDER_BY_VALUE)
		return template->provider;
	if (instance_begin(x, c, t, 0, &i) != STATUS_OK)
		return PROVIDER_UNKNOWN;
	found = scan_fragment(x, body, true, &i);
	instance_end(x, &i);
	return found;
}

bool
binxml_is_capi2(struct binxml *x, uint32_t at, uint32_t end)
{
	struct cursor c = { .at = at, .end = end }, begin;
	struct token t;
	enum provider found;

	binxml_begin_record(x);
	if (token_begin(x, &c, false) != STATUS_OK)
		return true;
	begin = c;
	if (token_next(x, &c, &t) != STATUS_OK)
		return true;
	if (t.kind == TOKEN_TEMPLATE)
		found = scan_instance(x, &c, &t);
	else
		found = scan_fragment(x, begin, false, NULL);
	return found != PROVIDER_OTHER;
}
