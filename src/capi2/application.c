/*
 * The Application channel's events hold positional Data, and an error is a
 * message in the system's language. A paste may hold the Data, the rendered
 * message, or a cut piece of either, so both are looked at and the fuller one
 * is taken.
 */
#include "capi2/application.h"

#include <string.h>

#include "base/text.h"
#include "capi2/decode.h"
#include "trace/messages.h"

#define PARAMETERS_MAX MESSAGE_MAX_PARAMETERS
#define BACKUP_PREFIX "unable to back up image of binary"

/* What the parameters of a message are. */
enum parameter {
	PARAMETER_NONE,
	PARAMETER_URL,
	PARAMETER_ERROR,
	PARAMETER_SUBJECT,
	PARAMETER_THUMBPRINT,
	PARAMETER_DETAIL,
};

static const struct {
	int id;
	enum parameter means[PARAMETERS_MAX];
} shapes[] = {
	{ 256, { PARAMETER_DETAIL, PARAMETER_ERROR } },
	{ 257, { PARAMETER_ERROR, PARAMETER_NONE } },
	{ 512, { PARAMETER_DETAIL, PARAMETER_NONE } },
	{ 513, { PARAMETER_DETAIL, PARAMETER_NONE } },
	{ 4097, { PARAMETER_SUBJECT, PARAMETER_THUMBPRINT } },
	{ 4098, { PARAMETER_URL, PARAMETER_NONE } },
	{ 4099, { PARAMETER_URL, PARAMETER_ERROR } },
	{ 4100, { PARAMETER_URL, PARAMETER_NONE } },
	{ 4101, { PARAMETER_URL, PARAMETER_ERROR } },
	{ 4102, { PARAMETER_DETAIL, PARAMETER_NONE } },
	{ 4103, { PARAMETER_URL, PARAMETER_NONE } },
	{ 4104, { PARAMETER_URL, PARAMETER_ERROR } },
	{ 4105, { PARAMETER_SUBJECT, PARAMETER_THUMBPRINT } },
	{ 4106, { PARAMETER_SUBJECT, PARAMETER_THUMBPRINT } },
	{ 4107, { PARAMETER_URL, PARAMETER_ERROR } },
	{ 4108, { PARAMETER_SUBJECT, PARAMETER_THUMBPRINT } },
	{ 4109, { PARAMETER_SUBJECT, PARAMETER_THUMBPRINT } },
	{ 4110, { PARAMETER_DETAIL, PARAMETER_ERROR } },
};

static bool
fill_from_text(int id, struct code *code, const char *text)
{
	uint32_t value;

	code->text = text;
	if (!decode_event_error(id, text, &value))
		return false;
	code->is_known = true;
	code->is_from_text = true;
	code->value = value;
	return true;
}

static void
set_parameter(struct arena *a, enum parameter what, const char *text,
    struct step *s)
{
	if (text_is_blank(text))
		return;
	switch (what) {
	case PARAMETER_NONE:
		break;
	case PARAMETER_URL:
		s->url = arena_copy(a, text);
		break;
	case PARAMETER_ERROR:
		(void)fill_from_text(s->message_id, &s->result,
		    arena_copy(a, text));
		break;
	case PARAMETER_SUBJECT:
		s->subject = arena_copy(a, text);
		break;
	case PARAMETER_THUMBPRINT:
		s->subject_ref = arena_copy(a, text);
		break;
	case PARAMETER_DETAIL:
		s->detail = arena_copy(a, text);
		break;
	}
}

static int
count_parameters(enum parameter const *means)
{
	int n = 0;

	while (n < PARAMETERS_MAX && means[n] != PARAMETER_NONE)
		n++;
	return n;
}

/*
 * Data of the event, or the parameters of its message when the Data are fewer
 * than the message has or when the event has none.
 */
static void
find_parameters(struct arena *a, const struct event *ev, int wanted,
    const char **ret_values)
{
	struct message_match match;
	int i, have = 0;

	for (i = 0; i < wanted; i++)
		if (!text_is_blank(ret_values[i] = event_datum(ev, i)))
			have++;
	if (have == wanted || text_is_blank(ev->message) ||
	    !messages_find(a, ev->message, &match))
		return;
	for (i = 0; i < wanted; i++)
		if (!text_is_blank(match.parameters[i]))
			ret_values[i] = match.parameters[i];
}

/* The step that failed and the system's message, out of a 513's detail. */
static void
read_detail(struct arena *a, struct step *s)
{
	const char *step = NULL, *error = NULL;

	if (!messages_split_details(a, s->detail, &step, &error))
		return;
	if (error != NULL)
		(void)fill_from_text(s->message_id, &s->result, error);
}

/* "... image of binary NAME." names the driver or service. */
static void
read_backup_subject(struct arena *a, struct step *s)
{
	const char *p = text_find_nocase(s->detail, BACKUP_PREFIX);
	size_t len = 0;

	if (p == NULL)
		return;
	p += strlen(BACKUP_PREFIX);
	p += strspn(p, " \t\r\n");
	while (p[len] != '\0' && strchr("\r\n", p[len]) == NULL &&
	    !(p[len] == '.' && strchr(" \t\r\n", p[len + 1]) != NULL))
		len++;
	if (len > 0)
		s->subject = arena_copy_n(a, p, len);
}

void
application_read(struct arena *a, const struct event *ev,
    const struct node *facts, struct step *s)
{
	const char *values[PARAMETERS_MAX] = { NULL };
	size_t i;
	int k, wanted;

	for (i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		if (shapes[i].id == s->message_id)
			break;
	if (i == sizeof(shapes) / sizeof(*shapes)) {
		s->detail = arena_copy(a, ev->message);
		return;
	}
	wanted = count_parameters(shapes[i].means);
	find_parameters(a, ev, wanted, values);
	for (k = 0; k < wanted; k++)
		set_parameter(a, shapes[i].means[k], values[k], s);
	if (s->kind != STEP_SYSTEM_WRITER)
		return;
	if (s->detail == NULL)
		s->detail = arena_copy(a, ev->message);
	if (s->detail != NULL) {
		read_detail(a, s);
		read_backup_subject(a, s);
	}
}
