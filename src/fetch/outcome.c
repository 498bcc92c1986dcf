#include "fetch/outcome.h"

#define HTTP_E_STATUS 0x80190000u

struct outcome_row {
	const char *slug;
	uint32_t code;
	const char *sentence;
};

#define OUTCOME(id, slug, code, sentence) [id] = { slug, code, sentence },
static const struct outcome_row rows[] = {
#include "fetch/outcome.def"
};
#undef OUTCOME

const char *
outcome_name(enum outcome outcome)
{
	return rows[outcome].slug;
}

const char *
outcome_sentence(enum outcome outcome)
{
	return rows[outcome].sentence;
}

uint32_t
outcome_code(enum outcome outcome, int http_status)
{
	if (outcome == OUTCOME_HTTP)
		return HTTP_E_STATUS | (uint32_t)http_status;
	return rows[outcome].code;
}
