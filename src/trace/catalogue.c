/*
 * The catalogue of events, and the decision which of them a record is.
 *
 * The number does not decide. Vista and 2008 logged the events of the root
 * update in the Application log as 1 to 12, XP and 2003 did so with source
 * crypt32; since Windows 7 they are 4097 to 4108, and 10 to 24 of the
 * Operational log mean something else. So every sign that a record carries is
 * weighed: element below UserData, keywords, task, channel, message. Signs of
 * the Application log count up, those of the Operational log down, and what
 * is stronger in practice (people retype channel names, nobody retypes a body)
 * weighs more. Only where nothing speaks does the number.
 *
 * Nothing here may guess that a record is CAPI2's: it must name the provider,
 * its GUID, its channel, or carry an element or a message nobody else writes.
 */
#include "trace/catalogue.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "trace/messages.h"

#define PROVIDER_GUID "5bbca4a8-b209-48dc-a8c7-b23d3e5216fb"
#define PROVIDER_MAX_BYTES 64

/* The root update's numbers before Windows 7, and what was added since. */
#define OLD_ID_MAX 12
#define OLD_ID_SHIFT 4096
#define APPLICATION_ID_MIN 256

#define KEYWORD_CLASSIC 0x0080000000000000u
#define KEYWORD_OPERATIONAL 0x4000000000000000u

static const struct catalogue_entry catalogue[] = {
#define EVENT(id, channel, step, level, task, opcode, keywords, name, root, \
    message, says) \
	{ id, channel, step, level, task, opcode, keywords, name, root, \
		message, says },
#include "trace/catalogue.def"
#undef EVENT
};
#define CATALOGUE_COUNT (sizeof(catalogue) / sizeof(catalogue[0]))

/* What the providers are called in logs, exports and by people. */
static const char *const provider_names[] = {
	"Microsoft-Windows-CAPI2",
	"Windows-CAPI2",
	"CAPI2",
	"crypt32",
	"Microsoft-Windows-Crypt32",
	"crypt32.dll",
};

/* The Application log as Event Viewer names it, where it is not English. */
static const char *const application_names[] = {
	"Application", "Anwendung", "Programa", "Program", "Applicazione",
	"Aplicaci\xc3\xb3n", "Aplikacja", "Aplikace", "Alkalmaz\xc3\xa1s",
	"Sovellus", "Toepassing", "Applikation", "Aplica\xc3\xa7\xc3\xa3o",
	"Aplicativo", "Uygulama", "Aplikacija",
	"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xbb\xd0\xbe\xd0\xb6\xd0\xb5\xd0\xbd\xd0"
	"\xb8\xd0\xb5",
	"\xce\x95\xcf\x86\xce\xb1\xcf\x81\xce\xbc\xce\xbf\xce\xb3\xce\xae",
	"\xe3\x82\xa2\xe3\x83\x97\xe3\x83\xaa\xe3\x82\xb1\xe3\x83\xbc\xe3\x82"
	"\xb7\xe3\x83\xa7\xe3\x83\xb3",
	"\xe5\xba\x94\xe7\x94\xa8\xe7\xa8\x8b\xe5\xba\x8f",
	"\xe6\x87\x89\xe7\x94\xa8\xe7\xa8\x8b\xe5\xbc\x8f",
	"\xec\x9d\x91\xec\x9a\xa9 \xed\x94\x84\xeb\xa1\x9c\xea\xb7\xb8\xeb\x9e"
	"\xa8",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Names as posted carry asterisks, quotation marks and brackets of whatever
 * showed them; the name itself starts and ends with a letter or a digit.
 */
static bool
copy_bare(const char *text, char bare[PROVIDER_MAX_BYTES])
{
	static const char skip[] = " \t\r\n\v\f*\"'`()[]<>{}_,;:";
	size_t len;

	if (text == NULL)
		return false;
	text += strspn(text, skip);
	len = strlen(text);
	while (len > 0 && strchr(skip, text[len - 1]) != NULL)
		len--;
	if (len == 0 || len >= PROVIDER_MAX_BYTES)
		return false;
	for (size_t i = 0; i < len; i++)
		bare[i] = text[i] == ' ' || text[i] == '_' ? '-' : text[i];
	bare[len] = '\0';
	return true;
}

static bool
is_crypt32(const char *name)
{
	char bare[PROVIDER_MAX_BYTES];

	return copy_bare(name, bare) &&
	    text_find_nocase(bare, "crypt32") != NULL &&
	    catalogue_is_provider(bare);
}

static bool
is_ours_by_guid(const struct event *ev)
{
	return ev->guid != NULL &&
	    text_find_nocase(ev->guid, PROVIDER_GUID) != NULL;
}

static bool
is_operational_channel(const char *channel)
{
	return channel != NULL &&
	    text_find_nocase(channel, "CAPI2") != NULL &&
	    (strchr(channel, '/') != NULL ||
	    text_find_nocase(channel, "operational") != NULL);
}

/* "m:CertGetCertificateChain" of an export with prefixes, without "m:". */
static const char *
local_name(const char *name)
{
	const char *colon = name == NULL ? NULL : strrchr(name, ':');

	return colon == NULL ? name : colon + 1;
}

/*
 * The row of the first known element at the top of the body or one level
 * below: bodies are posted without UserData, and some exporters put all
 * bodies into EventData.
 */
static const struct catalogue_entry *
find_in_body(const struct node *body)
{
	const struct catalogue_entry *e;

	for (const struct node *n = body; n != NULL; n = n->next) {
		if ((e = catalogue_find_root(local_name(n->name))) != NULL)
			return e;
		for (const struct node *c = n->children; c; c = c->next)
			if ((e = catalogue_find_root(local_name(c->name))) !=
			    NULL)
				return e;
	}
	return NULL;
}

static const struct node *
top_node(const struct event *ev, const char *name)
{
	for (const struct node *n = ev->body; n != NULL; n = n->next)
		if (text_equal_nocase(local_name(n->name), name))
			return n;
	return NULL;
}

static int
weigh_channel(const char *channel)
{
	if (text_is_blank(channel))
		return 0;
	if (is_operational_channel(channel))
		return -4;
	for (size_t i = 0; i < COUNT(application_names); i++)
		if (text_find_nocase(channel, application_names[i]) != NULL)
			return 4;
	/* Collected elsewhere: says nothing about where it was written. */
	if (text_starts_nocase(channel, "forwarded"))
		return 0;
	if (text_find_nocase(channel, "operational") != NULL)
		return -2;
	return strchr(channel, '/') == NULL ? 2 : 0;
}

/*
 * Above zero for the Application log, below for the Operational one. `message`
 * is the number of the message the record carries, or 0.
 */
static int
weigh(const struct event *ev, int message)
{
	int sum = weigh_channel(ev->channel);

	if (is_crypt32(ev->provider) || is_crypt32(ev->source_name))
		sum += 16;
	if (ev->has_keywords && (ev->keywords & KEYWORD_CLASSIC) != 0)
		sum += 4;
	if (ev->has_keywords && (ev->keywords & KEYWORD_OPERATIONAL) != 0)
		sum -= 4;
	if (ev->task > 0)
		sum -= 3;
	else if (ev->task == 0)
		sum += 2;
	if (ev->opcode == 1 || ev->opcode == 2)
		sum -= 2;
	if (!text_is_blank(ev->source_name))
		sum += 1;
	if (top_node(ev, "UserData") != NULL)
		sum -= 3;
	else if (event_datum(ev, 0) != NULL)
		sum += 3;
	if (message != 0)
		sum += 6;
	else if (ev->message != NULL &&
	    text_find_nocase(ev->message, "for more details for this event"))
		sum -= 5;
	return sum;
}

/* The row of a record's number, once its log is known as far as it can be. */
static const struct catalogue_entry *
find_number(int id, int weight)
{
	const struct catalogue_entry *e;

	if (id >= APPLICATION_ID_MIN) {
		e = catalogue_find(CHANNEL_APPLICATION, id);
		return e != NULL ? e : catalogue_find(CHANNEL_CATALOG_DEBUG, id);
	}
	e = catalogue_find(CHANNEL_OPERATIONAL, id);
	if (id >= 1 && id <= OLD_ID_MAX && (weight > 0 || e == NULL))
		return catalogue_find(CHANNEL_APPLICATION, OLD_ID_SHIFT + id);
	/* 13 and up were never written to the Application log. */
	return weight <= 4 ? e : NULL;
}

/* A record without provider whose data only the root update writes. */
static bool
has_root_update_data(const struct event *ev)
{
	const char *url = event_datum(ev, 0);

	return ev->id > OLD_ID_SHIFT && url != NULL &&
	    (text_find_nocase(url, "stl.cab") != NULL ||
	    text_find_nocase(url, "authrootseq.txt") != NULL ||
	    text_find_nocase(url, "/trustedr/") != NULL);
}

const struct catalogue_entry *
catalogue_find(enum catalogue_channel channel, int id)
{
	size_t low = 0, high = CATALOGUE_COUNT;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (catalogue[mid].id == id)
			return catalogue[mid].channel == channel ?
			    &catalogue[mid] : NULL;
		if (catalogue[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

const struct catalogue_entry *
catalogue_find_root(const char *root)
{
	if (root == NULL)
		return NULL;
	for (size_t i = 0; i < CATALOGUE_COUNT; i++)
		if (catalogue[i].root != NULL &&
		    strcmp(catalogue[i].root, root) == 0)
			return &catalogue[i];
	return NULL;
}

/* `message` is the number that the event's message has, or 0. */
static const struct catalogue_entry *
identify(const struct event *ev, bool is_ours, int message)
{
	const struct catalogue_entry *row;

	if (!is_ours && message == 0 && !is_operational_channel(ev->channel) &&
	    !has_root_update_data(ev))
		return NULL;

	row = ev->id == EVENT_UNKNOWN ? NULL :
	    find_number(ev->id, weigh(ev, message));
	/* The message is the record itself; a number may be misread from it. */
	if (message != 0 &&
	    (row == NULL || row->channel != CHANNEL_OPERATIONAL))
		return catalogue_find(CHANNEL_APPLICATION, message);
	return row;
}

enum status
catalogue_identify(const struct event *ev,
    const struct catalogue_entry **ret_entry)
{
	const struct catalogue_entry *entry = NULL;
	bool is_named, is_ours;
	int message;

	is_ours = catalogue_is_provider(ev->provider) ||
	    catalogue_is_provider(ev->source_name) || is_ours_by_guid(ev);
	is_named = !text_is_blank(ev->provider) || !text_is_blank(ev->guid);
	if (is_ours || !is_named)
		entry = find_in_body(ev->body);
	if (entry == NULL && (is_ours || !is_named)) {
		message = ev->message == NULL ? 0 :
		    messages_identify(ev->message);
		if (message == MESSAGES_NO_MEMORY)
			return STATUS_NO_MEMORY;
		entry = identify(ev, is_ours, message);
	}
	*ret_entry = entry;
	return STATUS_OK;
}

bool
catalogue_is_provider(const char *name)
{
	char bare[PROVIDER_MAX_BYTES];

	if (!copy_bare(name, bare))
		return false;
	for (size_t i = 0; i < COUNT(provider_names); i++)
		if (text_equal_nocase(bare, provider_names[i]))
			return true;
	return false;
}
