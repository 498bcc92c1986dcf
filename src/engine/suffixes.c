/*
 * One rule a line: a name, "*." and a name, or "!" and a name that the wildcard
 * rule does not mean. Rules with other than ASCII letters are kept as A-labels,
 * which is what certificates hold. The rules are sorted; a name is looked up as
 * each of the three that could fit it.
 */
#include "engine/suffixes.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "engine/host.h"

#define RULE_MAX_BYTES 512
#define RULES_MAX 200000

struct suffixes {
	struct arena *arena;
	struct span *rules;
	size_t count;
};

static int
compare(struct span a, struct span b)
{
	size_t least = a.len < b.len ? a.len : b.len;
	int order = least == 0 ? 0 : memcmp(a.ptr, b.ptr, least);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int
compare_rules(const void *a, const void *b)
{
	return compare(*(const struct span *)a, *(const struct span *)b);
}

/* One rule, in ASCII; one that is no name at all is passed over. */
static enum status
keep_rule(struct suffixes *s, const char *line, size_t len)
{
	size_t mark = *line == '!'                          ? 1 :
	    len > 2 && memcmp(line, "*.", 2) == 0 ? 2 :
	                                            0;
	char *text = arena_copy_n(s->arena, line + mark, len - mark), *rule;
	struct host host;

	if (text == NULL)
		return STATUS_NO_MEMORY;
	if (host_parse(s->arena, HOST_DNS, text, &host) != NULL)
		return arena_has_failed(s->arena) ? STATUS_NO_MEMORY :
		                                    STATUS_OK;
	rule = arena_alloc(s->arena, mark + host.name.len);
	if (rule == NULL)
		return STATUS_NO_MEMORY;
	memcpy(rule, line, mark);
	memcpy(rule + mark, host.name.ptr, host.name.len);
	s->rules[s->count++] = span_of(rule, mark + host.name.len);
	return STATUS_OK;
}

/* A rule ends at the first white space; comments begin with two slashes. */
static enum status
read_rules(struct suffixes *s, struct span bytes)
{
	const char *at = (const char *)bytes.ptr, *end = at + bytes.len;
	enum status rc = STATUS_OK;

	while (at < end && rc == STATUS_OK && s->count < RULES_MAX) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *line = at, *stop = newline == NULL ? end : newline;
		size_t len = 0;

		at = stop + 1;
		while (line + len < stop && (unsigned char)line[len] > ' ')
			len++;
		if (len == 0 || len > RULE_MAX_BYTES ||
		    (len >= 2 && memcmp(line, "//", 2) == 0))
			continue;
		rc = keep_rule(s, line, len);
	}
	return rc;
}

static size_t
count_lines(struct span bytes)
{
	size_t count = 1, i;

	for (i = 0; i < bytes.len; i++)
		count += bytes.ptr[i] == '\n';
	return count < RULES_MAX ? count : RULES_MAX;
}

static enum status
read_list(struct suffixes *s, struct span bytes)
{
	enum status rc;

	s->rules = arena_array(s->arena, count_lines(bytes),
	    sizeof(*s->rules));
	if (s->rules == NULL)
		return STATUS_NO_MEMORY;
	if ((rc = read_rules(s, bytes)) != STATUS_OK)
		return rc;
	qsort(s->rules, s->count, sizeof(*s->rules), compare_rules);
	return STATUS_OK;
}

enum status
suffixes_load(const char *path, struct suffixes **ret_suffixes)
{
	struct suffixes *s;
	struct file file;
	enum status rc;

	if ((rc = file_open(path, SUFFIXES_MAX_BYTES, &file)) != STATUS_OK)
		return rc;
	s = calloc(1, sizeof(*s));
	if (s != NULL)
		s->arena = arena_create(SUFFIXES_MAX_BYTES);
	rc = s == NULL || s->arena == NULL ? STATUS_NO_MEMORY :
	                                     read_list(s, file.bytes);
	file_close(&file);
	if (rc != STATUS_OK) {
		suffixes_free(s);
		return rc;
	}
	*ret_suffixes = s;
	return STATUS_OK;
}

void
suffixes_free(struct suffixes *s)
{
	if (s != NULL)
		arena_free(s->arena);
	free(s);
}

/* Is `mark` followed by this name a rule? */
static bool
has_rule(const struct suffixes *s, const char *mark, struct span name)
{
	char text[RULE_MAX_BYTES];
	size_t len = strlen(mark) + name.len;
	struct span key = span_of(text, len);

	if (len > sizeof(text))
		return false;
	memcpy(text, mark, strlen(mark));
	memcpy(text + strlen(mark), name.ptr, name.len);
	return bsearch(&key, s->rules, s->count, sizeof(*s->rules),
	           compare_rules) != NULL;
}

bool
suffixes_has(void *suffixes, struct span name)
{
	const struct suffixes *s = suffixes;
	const uint8_t *dot = name.len == 0 ? NULL :
	                                     memchr(name.ptr, '.', name.len);

	/* Whatever the list says, a name of one label is nobody's. */
	if (dot == NULL)
		return true;
	if (has_rule(s, "!", name))
		return false;
	return has_rule(s, "", name) || has_rule(s, "*.",
	    span_slice(name, (size_t)(dot - name.ptr) + 1, name.len));
}
