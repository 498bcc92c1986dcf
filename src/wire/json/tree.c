/*
 * XML has attributes, elements and text; JSON has members. Each tool maps one
 * to the other in its own way:
 *
 *	{"#attributes": {"value": "0"}, "#text": "..."}    evtx_dump
 *	"Result_attributes": {"value": "0"}, "Result": ""  evtx_dump, chainsaw
 *	{"@value": "0", "#text": "..."}                    xmltodict and kin
 *	{"$": {"value": "0"}, "_": "..."}                  xml2js
 *	{"value": "0", "#text": "..."}                     all others
 *
 * In the last form nothing tells attributes from child elements but the names:
 * those of CAPI2's attributes begin with a small letter, or are the names of
 * flags, or one of three; those of its elements never do (events.md, 4).
 *
 * Repeated elements are arrays, or for evtx_dump members with a number: when a
 * name comes again, it renames the old one, so that X_1, X_2, X is the order.
 * Where the content shows that X was first, that is believed.
 */
#include "wire/json/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MAX_DEPTH 64
#define MAX_NAME 128
#define MAX_REPEATS 4096

/* Elements whose name is not the lowered one with its first letter raised. */
static const char *const odd_names[] = {
	"ActionID", "CATQueryInfo", "CN", "CRLNumber", "DC",
	"HTTPRequestHeadersInfo", "HTTPResponseHeadersInfo",
	"KeyID", "OCSPResponse", "OU", "SERIALNUMBER",
	"SSLAdditionalPolicyInfo", "SubjectKeyID", "UIChoice", "URL",
	"URLCacheFlushInfo", "URLCachePrefetchInfo", "URLCacheResponseInfo",
	"URLRetrievalTimeout", "X509Objects",
};

/* Attributes that begin with a capital letter. */
static const char *const capital_attrs[] = {
	"ProcessName", "SeqNumber", "TaskId",
};

/* A node that grows at both ends of its lists. */
struct growing {
	struct node *node;
	struct node **child;
	struct attr **attr;
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *
find_name(const char *const *names, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (text_casecmp(names[i], name) == 0)
			return names[i];
	return NULL;
}

/* CERT_TRUST_IS_REVOKED, _SENSAPI_NETWORK_ALIVE_LAN and the like. */
static bool
is_flag_name(const char *name)
{
	return strchr(name, '_') != NULL &&
	    name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

static bool
is_attr_name(const struct jtree *t, const char *name)
{
	if (is_flag_name(name) ||
	    find_name(capital_attrs, COUNT(capital_attrs), name) != NULL)
		return true;
	if (t->is_lowered &&
	    find_name(odd_names, COUNT(odd_names), name) != NULL &&
	    strcmp(name, "url") != 0)
		return false;
	return name[0] >= 'a' && name[0] <= 'z';
}

/*
 * Lowered names lose which of the two they were; these are the elements of
 * CAPI2 that hold text alone.
 */
static bool
is_text_element(const char *name)
{
	static const char *const names[] = {
		"AuthoritySerialNumber", "C", "Catalog", "FriendlyName",
		"Header", "L", "NextPublishTime", "NextUpdate", "NotAfter",
		"NotBefore", "O", "ProducedAt", "Result", "RevocationResult",
		"S", "SerialNumber", "SignTime", "StateAction", "ThisUpdate",
		"Timeout", "ValidationTime", "DNSName",
	};

	return find_name(names, COUNT(names), name) != NULL;
}

const char *
jtree_element_name(struct jtree *t, const char *name)
{
	const char *odd;
	char *raised;

	if (!t->is_lowered)
		return arena_copy(t->arena, name);
	if ((odd = find_name(odd_names, COUNT(odd_names), name)) != NULL)
		return odd;
	if ((raised = arena_copy(t->arena, name)) != NULL && raised[0] >= 'a' &&
	    raised[0] <= 'z')
		raised[0] = (char)(raised[0] - 'a' + 'A');
	return raised;
}

const char *
jtree_text(struct arena *arena, json_t *value)
{
	double real;

	switch (json_typeof(value)) {
	case JSON_STRING:
		return arena_copy(arena, json_string_value(value));
	case JSON_INTEGER:
		return arena_printf(arena, "%lld",
		    (long long)json_integer_value(value));
	case JSON_REAL:
		real = json_real_value(value);
		if (real > -1e15 && real < 1e15 && real == (double)(long)real)
			return arena_printf(arena, "%.0f", real);
		return arena_printf(arena, "%.17g", real);
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_NULL:
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	return NULL;
}

static bool
is_scalar(json_t *value)
{
	return !json_is_object(value) && !json_is_array(value);
}

static bool
is_text_key(const char *key)
{
	static const char *const keys[] = { "#text", "#content", "_", "$t",
		"#cdata-section" };
	size_t i;

	for (i = 0; i < COUNT(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

static bool
is_bag_key(const char *key)
{
	return strcmp(key, "#attributes") == 0 ||
	    strcmp(key, "@attributes") == 0 || strcmp(key, "$") == 0;
}

/* The name behind the mark of an attribute, or NULL. */
static const char *
marked_attr(const char *key)
{
	return (key[0] == '@' || key[0] == '-') && key[1] != '\0' ? key + 1 :
	                                                            NULL;
}

static bool
is_namespace(const char *name)
{
	return strcmp(name, "xmlns") == 0 || strncmp(name, "xmlns:", 6) == 0;
}

/* Length of X in "X_attributes", or 0. */
static size_t
owner_length(const char *key)
{
	static const char suffix[] = "_attributes";
	size_t len = strlen(key), n = sizeof(suffix) - 1;

	if (len <= n || len - n >= MAX_NAME || strcmp(key + len - n, suffix) != 0)
		return 0;
	return len - n;
}

json_t *
jtree_scalar(json_t *value)
{
	static const char *const keys[] = { "#text", "Value", "value",
		"#content", "_", "$t" };
	json_t *inner;
	size_t i;

	if (value == NULL || is_scalar(value))
		return value;
	for (i = 0; i < COUNT(keys); i++) {
		inner = json_object_get(value, keys[i]);
		if (inner != NULL && is_scalar(inner))
			return inner;
	}
	return NULL;
}

static json_t *
member(json_t *object, const char *name, size_t len)
{
	static const char *const bags[] = { "#attributes", "$",
		"@attributes" };
	char key[MAX_NAME + 2];
	json_t *value;
	size_t i;

	if (len > MAX_NAME || !json_is_object(object))
		return NULL;
	memcpy(key + 1, name, len);
	key[len + 1] = '\0';
	if ((value = json_object_get(object, key + 1)) != NULL)
		return value;
	for (i = 0; i < COUNT(bags); i++) {
		value = json_object_get(json_object_get(object, bags[i]),
		    key + 1);
		if (value != NULL)
			return value;
	}
	key[0] = '@';
	if ((value = json_object_get(object, key)) != NULL)
		return value;
	key[0] = '-';
	return json_object_get(object, key);
}

json_t *
jtree_find(json_t *value, const char *path)
{
	char owner[MAX_NAME + 16];
	const char *dot;
	json_t *found;

	while (json_is_object(value)) {
		dot = strchr(path, '.');
		found = member(value, path, strlen(path));
		if (found != NULL || dot == NULL)
			return found;
		if (dot - path < MAX_NAME) {
			snprintf(owner, sizeof(owner), "%.*s_attributes",
			    (int)(dot - path), path);
			found = json_object_get(json_object_get(value, owner),
			    dot + 1);
			if (found != NULL)
				return found;
		}
		value = member(value, path, (size_t)(dot - path));
		path = dot + 1;
	}
	return NULL;
}

/*
 * The object at `key` below `parent`, made when it is not there; STATUS_END
 * when the key is too long to be one.
 */
static enum status
nested(json_t *parent, const char *key, size_t len, json_t **ret_child)
{
	char name[MAX_NAME];
	json_t *child, *made;

	if (len >= sizeof(name))
		return STATUS_END;
	memcpy(name, key, len);
	name[len] = '\0';
	child = json_object_get(parent, name);
	if (json_is_object(child)) {
		*ret_child = child;
		return STATUS_OK;
	}
	if ((made = json_object()) == NULL)
		return STATUS_NO_MEMORY;
	if (child != NULL && is_scalar(child) &&
	    json_object_set(made, "#text", child) != 0) {
		json_decref(made);
		return STATUS_NO_MEMORY;
	}
	if (json_object_set_new(parent, name, made) != 0)
		return STATUS_NO_MEMORY;
	*ret_child = made;
	return STATUS_OK;
}

static enum status
put_nested(json_t *to, const char *path, json_t *value)
{
	const char *dot;
	enum status rc;
	json_t *old;
	int depth;

	for (depth = 0; (dot = strchr(path, '.')) != NULL && depth < MAX_DEPTH;
	    depth++, path = dot + 1) {
		rc = nested(to, path, (size_t)(dot - path), &to);
		if (rc != STATUS_OK)
			return rc;
	}
	old = json_object_get(to, path);
	if (json_is_object(old) && is_scalar(value)) {
		to = old;
		path = "#text";
	}
	return json_object_set(to, path, value) == 0 ? STATUS_OK :
	                                               STATUS_NO_MEMORY;
}

json_t *
jtree_gather(struct arena *arena, json_t *object, const char *prefix)
{
	size_t len = strlen(prefix);
	json_t *found = NULL, *value;
	const char *key;

	json_object_foreach(object, key, value) {
		if (strncmp(key, prefix, len) != 0 || key[len] != '.')
			continue;
		if (found == NULL && (found = json_object()) == NULL) {
			arena_note(arena, STATUS_NO_MEMORY);
			return NULL;
		}
		arena_note(arena, put_nested(found, key + len + 1, value));
	}
	return found;
}

static void
add_attr(struct jtree *t, struct growing *g, const char *name, json_t *value)
{
	const char *capital;
	struct attr *attr;

	if (is_namespace(name) || !is_scalar(value) || json_is_null(value))
		return;
	if ((attr = arena_new(t->arena, struct attr)) == NULL)
		return;
	capital = find_name(capital_attrs, COUNT(capital_attrs), name);
	attr->name = capital != NULL && t->is_lowered ?
	    capital : arena_copy(t->arena, name);
	attr->value = jtree_text(t->arena, value);
	*g->attr = attr;
	g->attr = &attr->next;
}

static void
add_bag(struct jtree *t, struct growing *g, json_t *bag)
{
	const char *key;
	json_t *value;

	json_object_foreach(bag, key, value)
		add_attr(t, g, key, value);
}

static void fill(struct jtree *t, struct growing *g, json_t *object,
    int depth);

static void
add_element(struct jtree *t, struct growing *parent, const char *name,
    json_t *value, json_t *bag, int depth)
{
	struct node *n = node_new(t->arena, jtree_element_name(t, name));
	struct growing g;

	if (n == NULL)
		return;
	g = (struct growing){ n, &n->children, &n->attrs };
	*parent->child = n;
	parent->child = &n->next;
	add_bag(t, &g, bag);
	if (json_is_object(value))
		fill(t, &g, value, depth + 1);
	else if (value != NULL)
		n->text = jtree_text(t->arena, value);
	if (n->text != NULL && n->text[0] == '\0')
		n->text = NULL;
}

/* One element, or as many as the value is an array of. */
static void
add_elements(struct jtree *t, struct growing *parent, const char *name,
    json_t *value, json_t *bag, int depth)
{
	json_t *texts = json_object_get(value, "#text");
	json_t *list = json_is_array(value) ? value : texts;
	size_t i;

	if (!json_is_array(list)) {
		add_element(t, parent, name, value, bag, depth);
		return;
	}
	for (i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);
		json_t *own = json_is_array(bag) ? json_array_get(bag, i) :
		                                   bag;

		if (!json_is_array(item))
			add_element(t, parent, name, item, own, depth);
	}
}

static json_t *
repeat_at(json_t *object, const char *name, int number, json_t **ret_bag)
{
	char key[MAX_NAME + 32];

	snprintf(key, sizeof(key), "%.*s_%d_attributes", MAX_NAME, name,
	    number);
	*ret_bag = json_object_get(object, key);
	key[strlen(key) - strlen("_attributes")] = '\0';
	return json_object_get(object, key);
}

static json_t *
bag_of(json_t *object, const char *name)
{
	char key[MAX_NAME + 16];

	snprintf(key, sizeof(key), "%.*s_attributes", MAX_NAME, name);
	return json_object_get(object, key);
}

/* True for X_2 beside X: it is read together with X. */
static bool
is_repeat(json_t *object, const char *name, size_t len)
{
	char base[MAX_NAME];
	size_t end = len;

	while (end > 0 && name[end - 1] >= '0' && name[end - 1] <= '9')
		end--;
	if (end == len || end < 2 || name[end - 1] != '_' || end > MAX_NAME)
		return false;
	memcpy(base, name, end - 1);
	base[end - 1] = '\0';
	return json_object_get(object, base) != NULL ||
	    bag_of(object, base) != NULL;
}

static const char *
leaf_ref_of(json_t *object)
{
	return json_string_value(jtree_find(object, "Certificate.fileRef"));
}

/*
 * Content that shows X to be the first of X, X_1, X_2: the start line of an
 * HTTP head, or the chain element of the certificate the chain was built for.
 */
static bool
is_first(const struct jtree *t, json_t *value)
{
	const char *text = json_string_value(jtree_scalar(value));
	const char *ref = leaf_ref_of(value);

	if (text != NULL && (text_starts(text, "HTTP/") ||
	    text_find_nocase(text, " HTTP/1") != NULL))
		return true;
	return ref != NULL && t->leaf_ref != NULL &&
	    text_equal_nocase(ref, t->leaf_ref);
}

static void
add_member(struct jtree *t, struct growing *g, json_t *object,
    const char *name, json_t *value, int depth)
{
	json_t *bag = t->has_owners ? bag_of(object, name) : NULL;
	json_t *other, *other_bag;
	bool was_added = false;
	int i;

	if (!t->has_repeats) {
		add_elements(t, g, name, value, bag, depth);
		return;
	}
	if (is_first(t, value)) {
		add_elements(t, g, name, value, bag, depth);
		was_added = true;
	}
	for (i = 1; i <= MAX_REPEATS; i++) {
		other = repeat_at(object, name, i, &other_bag);
		if (other == NULL && other_bag == NULL)
			break;
		add_elements(t, g, name, other, other_bag, depth);
	}
	if (!was_added)
		add_elements(t, g, name, value, bag, depth);
}

/* X of "X_attributes" when no X carries it along. */
static void
add_owner(struct jtree *t, struct growing *g, json_t *object, const char *key,
    size_t len, int depth)
{
	char name[MAX_NAME];

	memcpy(name, key, len);
	name[len] = '\0';
	if (json_object_get(object, name) == NULL &&
	    !is_repeat(object, name, len))
		add_member(t, g, object, name, NULL, depth);
}

static void
fill(struct jtree *t, struct growing *g, json_t *object, int depth)
{
	const char *key, *mark;
	json_t *value;
	size_t len;

	if (depth >= MAX_DEPTH)
		return;
	json_object_foreach(object, key, value) {
		if (key[0] == '\0' || is_namespace(key) ||
		    strcmp(key, "xml_name") == 0)
			continue;
		if (is_text_key(key))
			g->node->text = jtree_text(t->arena, value);
		else if (is_bag_key(key))
			add_bag(t, g, value);
		else if ((mark = marked_attr(key)) != NULL)
			add_attr(t, g, mark, value);
		else if ((len = owner_length(key)) > 0 && !is_scalar(value))
			add_owner(t, g, object, key, len, depth);
		else if (t->has_repeats && is_repeat(object, key, strlen(key)))
			continue;
		else if (!t->is_explicit && is_scalar(value) &&
		    is_attr_name(t, key) &&
		    !(t->is_lowered && is_text_element(key)))
			add_attr(t, g, key, value);
		else
			add_member(t, g, object, key, value, depth);
	}
}

/* X_1, or X_1_attributes: what evtx_dump makes of repeated names. */
static bool
is_numbered(const char *key)
{
	const char *p;

	for (p = strchr(key, '_'); p != NULL; p = strchr(p + 1, '_'))
		if (p[1] >= '0' && p[1] <= '9')
			return true;
	return false;
}

/* See how the tool writes attributes and repeated elements. */
static void
survey(struct jtree *t, json_t *value, int depth)
{
	const char *key;
	json_t *inner;
	size_t i;

	if (depth >= MAX_DEPTH)
		return;
	json_array_foreach(value, i, inner)
		survey(t, inner, depth + 1);
	json_object_foreach(value, key, inner) {
		t->has_owners = t->has_owners || owner_length(key) > 0;
		t->has_repeats = t->has_repeats || is_numbered(key);
		t->is_explicit = t->is_explicit || is_bag_key(key) ||
		    marked_attr(key) != NULL;
		survey(t, inner, depth + 1);
	}
}

void
jtree_open(struct jtree *t, struct arena *arena, json_t *event,
    bool is_lowered)
{
	*t = (struct jtree){ .arena = arena, .is_lowered = is_lowered };
	survey(t, event, 0);
	t->is_explicit = !is_lowered && (t->is_explicit || t->has_owners);
}

struct node *
jtree_user_data(struct jtree *t, json_t *value)
{
	const char *name = json_string_value(json_object_get(value, "xml_name"));
	struct node *n = node_new(t->arena, "UserData");
	struct growing g;
	const char *key;
	json_t *root;

	if (n == NULL)
		return NULL;
	g = (struct growing){ n, &n->children, &n->attrs };
	if (name != NULL) {
		t->leaf_ref = leaf_ref_of(value);
		add_element(t, &g, name, value, NULL, 0);
	} else {
		json_object_foreach(value, key, root)
			if (t->leaf_ref == NULL)
				t->leaf_ref = leaf_ref_of(root);
		fill(t, &g, value, 0);
	}
	return n->children == NULL ? NULL : n;
}

/* One value of EventData; a name makes it <Data Name="...">. */
static void
add_datum(struct jtree *t, struct growing *g, const char *name, json_t *value)
{
	struct node *n = node_new(t->arena, "Data");
	json_t *own_name = jtree_find(value, "Name");
	json_t *text = jtree_scalar(value);

	if (n == NULL)
		return;
	*g->child = n;
	g->child = &n->next;
	if (name == NULL)
		name = json_string_value(own_name);
	if (name != NULL)
		node_add_attr(t->arena, n, "Name",
		    arena_copy(t->arena, name));
	if (text != NULL)
		n->text = jtree_text(t->arena, text);
	if (n->text != NULL && n->text[0] == '\0')
		n->text = NULL;
}

static void
add_data(struct jtree *t, struct growing *g, json_t *value)
{
	json_t *texts = json_object_get(value, "#text");
	json_t *list = json_is_array(value) ? value : texts;
	size_t i;

	if (!json_is_array(list)) {
		if (!json_is_null(value))
			add_datum(t, g, NULL, value);
		return;
	}
	for (i = 0; i < json_array_size(list); i++)
		add_datum(t, g, NULL, json_array_get(list, i));
}

/* param1, param2 ...: names that a shipper gave to positional values. */
static bool
add_params(struct jtree *t, struct growing *g, json_t *object)
{
	char key[32];
	json_t *value;
	int i;

	for (i = 1; i <= MAX_REPEATS; i++) {
		snprintf(key, sizeof(key), "param%d", i);
		if ((value = json_object_get(object, key)) == NULL)
			break;
		add_datum(t, g, NULL, value);
	}
	return i > 1;
}

static void
fill_event_data(struct jtree *t, struct growing *g, json_t *object)
{
	bool has_params = add_params(t, g, object);
	const char *key, *mark;
	json_t *value;

	json_object_foreach(object, key, value) {
		if (is_namespace(key) || strcmp(key, "xml_name") == 0 ||
		    owner_length(key) > 0 ||
		    (has_params && text_starts(key, "param")))
			continue;
		if (is_bag_key(key))
			add_bag(t, g, value);
		else if ((mark = marked_attr(key)) != NULL)
			add_attr(t, g, mark, value);
		else if (text_equal_nocase(key, "Data") || is_text_key(key))
			add_data(t, g, value);
		else if (text_equal_nocase(key, "Binary"))
			add_element(t, g, "Binary", value, NULL, 0);
		else
			add_datum(t, g, key, value);
	}
}

struct node *
jtree_event_data(struct jtree *t, json_t *value)
{
	struct node *n = node_new(t->arena, "EventData");
	struct growing g;

	if (n == NULL)
		return NULL;
	g = (struct growing){ n, &n->children, &n->attrs };
	if (json_is_object(value))
		fill_event_data(t, &g, value);
	else
		add_data(t, &g, value);
	return n;
}
