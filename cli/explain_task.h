/* --task: finds the one case that was asked for and draws it. */
#ifndef AVOW_CLI_EXPLAIN_TASK_H
#define AVOW_CLI_EXPLAIN_TASK_H

#include "explain_read.h"
#include "say/json.h"

#define TASK_IDS_LISTED 20
#define TASK_ID_MAX 64

struct task_search {
	const char *prefix;
	struct page page;
	char ids[TASK_IDS_LISTED][TASK_ID_MAX]; /* distinct ones that fit */
	int id_count;
	bool has_more; /* than can be listed */
	struct buf trees;
	struct json_trees *json; /* NULL: text is wanted */
};

/* False when out of memory. */
bool task_open(struct task_search *t, const struct explain_options *options,
    const struct page *page);
void task_close(struct task_search *t);

void task_watch(struct task_search *t, struct reading_watch *watch);

/* EXIT_OK when exactly one TaskId fits; otherwise says so. */
int task_check(const struct task_search *t);

#endif
