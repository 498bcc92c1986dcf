/* `avow events list`: what is in avow's own event log. */
#include "cli.h"
#include "events.h"
#include "log_lines.h"
#include "own_log.h"

int
events_list(int argc, char **argv)
{
	struct log_options options;
	struct eventlog *log;
	struct log_lines lines;
	int code;

	if (!log_read_options(LOG_LIST, argc, argv, &options, &code) ||
	    (code = own_log_open(&log)) != EXIT_OK)
		return code;
	log_lines_open(&lines, &options);
	if (log != NULL)
		code = log_lines_print(&lines, log, &options.choice, true);
	if (code == EXIT_OK && lines.count == 0)
		cli_error(log == NULL ? "the event log holds no question yet" :
		                        "no question in the event log fits");
	log_lines_close(&lines);
	eventlog_close(log);
	return code;
}
