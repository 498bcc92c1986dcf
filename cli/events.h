/* The actions of `avow events`: each gets its own name as argv[0]. */
#ifndef AVOW_CLI_EVENTS_H
#define AVOW_CLI_EVENTS_H

int events_list(int argc, char **argv);
int events_show(int argc, char **argv);
int events_follow(int argc, char **argv);
int events_export(int argc, char **argv);

#endif
