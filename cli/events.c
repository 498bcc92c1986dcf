/* `avow events`: finds the action and hands over. */
#include "events.h"

#include "base/text.h"
#include "cli.h"

struct action {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments;
	const char *says;
};

static const struct action actions[] = {
	{ "list", events_list, "",
	    "the questions in avow's own event log, a line each" },
	{ "show", events_show, "RECORD|TASK",
	    "its events in full, and the objects they name" },
	{ "follow", events_follow, "",
	    "new questions as they come, until interrupted" },
	{ "export", events_export, "[LOG...]",
	    "events of any log as XML, JSON lines or .evtx" },
};

#define ACTION_COUNT ((int)(sizeof(actions) / sizeof(actions[0])))

static int
say_help(void)
{
	struct buf b;
	int i;

	buf_init(&b, 1 << 16);
	buf_puts(&b, "usage: avow events ACTION [OPTION...] [ARGUMENT...]\n\n"
	    "Every question to \"avow verify\" leaves its CAPI2 events in a log "
	    "of avow's own,\n$XDG_STATE_HOME/avow/events.db or "
	    "~/.local/state/avow/events.db.\n\n");
	for (i = 0; i < ACTION_COUNT; i++)
		buf_printf(&b, "  %-7s %-12s %s\n", actions[i].name,
		    actions[i].arguments, actions[i].says);
	buf_puts(&b, "\n\"avow events ACTION --help\" lists the options of "
	    "one. \"avow explain last\" explains\nthe newest question.\n");
	return cli_flush(&b);
}

static int
refuse(const char *name)
{
	const char *names[ACTION_COUNT], *near;
	int i;

	for (i = 0; i < ACTION_COUNT; i++)
		names[i] = actions[i].name;
	if ((near = cli_nearest(name, names, ACTION_COUNT)) != NULL)
		return cli_usage_error("events",
		    "events cannot \"%s\"; did you mean \"%s\"?", name, near);
	return cli_usage_error("events", "events cannot \"%s\"", name);
}

int
verb_events(int argc, char **argv)
{
	int i;

	if (argc < 2)
		return cli_usage_error("events", "say what to do with events: "
		    "list, show, follow or export");
	if (text_equal(argv[1], "--help") || text_equal(argv[1], "-h"))
		return say_help();
	for (i = 0; i < ACTION_COUNT; i++)
		if (text_equal(argv[1], actions[i].name))
			return actions[i].run(argc - 1, argv + 1);
	return refuse(argv[1]);
}
