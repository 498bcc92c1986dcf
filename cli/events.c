#include "cli.h"

int
verb_events(int argc, char **argv)
{
	return cli_usage_error("events", "not in this build");
}
