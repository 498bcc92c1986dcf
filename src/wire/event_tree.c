#include "wire/event_tree.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "trace/catalogue.h"

/* Printers that break lines inside <Channel> must not change its name. */
static void
trim_texts(struct node *n)
{
	for (; n != NULL; n = n->next) {
		char *text = (char *)n->text;
		size_t len;

		if (text == NULL)
			continue;
		text += strspn(text, " \t\r\n");
		len = strlen(text);
		while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
			len--;
		text[len] = '\0';
		n->text = len == 0 ? NULL : text;
	}
}

static bool
is_data(const struct node *n)
{
	return strcmp(n->name, "UserData") == 0 ||
	    strcmp(n->name, "EventData") == 0;
}

bool
event_tree_read(struct node *root, struct event *ev)
{
	struct node **link = &root->children;
	bool has_facts = false;

	while (*link != NULL) {
		struct node *n = *link;

		if (strcmp(n->name, "System") == 0) {
			*link = n->next;
			trim_texts(n->children);
			event_read_system(n, ev);
			has_facts = true;
			continue;
		}
		if (strcmp(n->name, "RenderingInfo") == 0)
			ev->message = node_text(node_child(n, "Message"));
		has_facts = has_facts || is_data(n);
		link = &n->next;
	}
	ev->body = root->children;
	return has_facts;
}

bool
event_tree_read_bare(struct arena *a, struct node *root, struct event *ev)
{
	struct node *data = node_new(a, "UserData");

	if (data == NULL)
		return false;
	data->children = root;
	ev->body = data;
	return true;
}

bool
event_tree_is_unwanted(const struct event *ev,
    const struct event_options *options)
{
	return options->only_capi2 && ev->provider != NULL &&
	    !catalogue_is_provider(ev->provider) &&
	    !(ev->source_name != NULL &&
	        catalogue_is_provider(ev->source_name));
}
