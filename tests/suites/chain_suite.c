#include "chain_suite.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/pem.h"

#define WHY_MAX 4096
#define SUFFIX_LINE_MAX 512

void
tally_add(struct tally *t, const char *section, bool has_passed, const char *id,
    const char *why)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (strcmp(t->sections[i].name, section) == 0)
			break;
	if (i == t->count) {
		if (i == SUITE_MAX_SECTIONS)
			i--;
		else
			t->count++;
		snprintf(t->sections[i].name, sizeof(t->sections[i].name), "%s",
		    section);
	}
	if (has_passed) {
		t->sections[i].passed++;
		return;
	}
	t->sections[i].failed++;
	printf("failed %s: %s\n", id, why);
}

int
tally_report(const struct tally *t, unsigned wanted)
{
	unsigned passed = 0, failed = 0;
	size_t i;

	for (i = 0; i < t->count; i++) {
		printf("%-28s %5u passed %5u failed\n", t->sections[i].name,
		    t->sections[i].passed, t->sections[i].failed);
		passed += t->sections[i].passed;
		failed += t->sections[i].failed;
	}
	printf("%-28s %5u passed %5u failed\n", "all", passed, failed);
	return passed >= wanted ? 0 : 1;
}

struct span
suite_octets(struct arena *a, const char *text)
{
	struct span all = span_of_text(text), der = { NULL, 0 };
	struct pem_block block;
	struct der_fault fault;
	size_t at = 0;

	if (!pem_is(all)) {
		block = (struct pem_block){ .kind = PEM_OTHER, .body = all };
		if (pem_decode(a, all, &block, &der, &fault) != STATUS_OK)
			return (struct span){ NULL, 0 };
		return der;
	}
	if (pem_next(all, &at, &block, &fault) != STATUS_OK ||
	    pem_decode(a, all, &block, &der, &fault) != STATUS_OK)
		return (struct span){ NULL, 0 };
	return der;
}

struct cert *
suite_cert(struct arena *a, const char *text)
{
	struct span der = suite_octets(a, text);
	struct der_fault fault;
	struct cert *cert;

	if (der.ptr == NULL || cert_parse(a, der, &cert, &fault) != STATUS_OK)
		return NULL;
	return cert;
}

struct crl *
suite_crl(struct arena *a, const char *text)
{
	struct span der = suite_octets(a, text);
	struct der_fault fault;
	struct crl *crl;

	if (der.ptr == NULL || crl_parse(a, der, &crl, &fault) != STATUS_OK)
		return NULL;
	return crl;
}

static void
add_base128(uint8_t *out, size_t *len, unsigned long value)
{
	int shift = 0;

	while (value >> shift >= 0x80)
		shift += 7;
	for (; shift > 0; shift -= 7)
		out[(*len)++] = (uint8_t)(0x80 | (value >> shift & 0x7F));
	out[(*len)++] = (uint8_t)(value & 0x7F);
}

struct span
suite_oid(struct arena *a, const char *dotted)
{
	uint8_t *octets = arena_alloc(a, strlen(dotted) + 8);
	unsigned long first, arc;
	size_t len = 0;
	char *end;

	first = strtoul(dotted, &end, 10);
	arc = strtoul(*end == '.' ? end + 1 : end, &end, 10);
	add_base128(octets, &len, first * 40 + arc);
	while (*end == '.') {
		arc = strtoul(end + 1, &end, 10);
		add_base128(octets, &len, arc);
	}
	return span_of(octets, len);
}

struct span
suite_address(struct arena *a, const char *text)
{
	uint8_t *octets = arena_alloc(a, 16);

	if (inet_pton(AF_INET, text, octets) == 1)
		return span_of(octets, 4);
	if (inet_pton(AF_INET6, text, octets) == 1)
		return span_of(octets, 16);
	return (struct span){ NULL, 0 };
}

const char *
suite_why(struct arena *a, const struct verdict *verdict)
{
	const struct path *best = verdict->paths[0];
	struct buf text;
	const char *copy;
	size_t i;

	buf_init(&text, WHY_MAX);
	buf_printf(&text, "%s, %zu paths, %zu elements",
	    verdict->answer == ANSWER_TRUSTED         ? "trusted"
		: verdict->answer == ANSWER_UNDECIDED ? "undecided"
						      : "not trusted",
	    verdict->path_count, best->count);
	for (i = 0; i < best->finding_count && i < 6; i++)
		buf_printf(&text, "; %d %s", best->findings[i].element,
		    rule_get(best->findings[i].rule)->slug);
	copy = arena_copy(a, buf_text(&text));
	buf_free(&text);
	return copy;
}

json_t *
suite_read(void)
{
	json_error_t error;
	json_t *root = json_loadf(stdin, 0, &error);

	if (root == NULL)
		fprintf(stderr, "input: %s\n", error.text);
	return root;
}

struct suffixes {
	char **rules;
	size_t count, room;
};

struct suffixes *
suffixes_load(const char *path)
{
	char line[SUFFIX_LINE_MAX];
	struct suffixes *list;
	FILE *f = path == NULL ? NULL : fopen(path, "r");

	if (f == NULL || (list = calloc(1, sizeof(*list))) == NULL) {
		if (f != NULL)
			fclose(f);
		return NULL;
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, " \t\r\n")] = '\0';
		if (line[0] == '\0' || strncmp(line, "//", 2) == 0)
			continue;
		if (list->count == list->room) {
			list->room = list->room == 0 ? 4096 : list->room * 2;
			list->rules = realloc(
			    list->rules, list->room * sizeof(*list->rules));
		}
		list->rules[list->count++] = strdup(line);
	}
	fclose(f);
	return list;
}

void
suffixes_free(struct suffixes *list)
{
	size_t i;

	if (list == NULL)
		return;
	for (i = 0; i < list->count; i++)
		free(list->rules[i]);
	free(list->rules);
	free(list);
}

static bool
rule_is(const char *rule, struct span name)
{
	return der_equal(span_of_text(rule), name);
}

bool
suffixes_has(void *self, struct span name)
{
	const struct suffixes *list = self;
	const uint8_t *dot = memchr(name.ptr, '.', name.len);
	struct span parent = { NULL, 0 };
	bool has = false;
	size_t i;

	if (dot != NULL)
		parent =
		    span_slice(name, (size_t)(dot - name.ptr) + 1, name.len);
	for (i = 0; i < list->count; i++) {
		const char *rule = list->rules[i];

		if (rule[0] == '!' && rule_is(rule + 1, name))
			return false;
		if (rule_is(rule, name) ||
		    (strncmp(rule, "*.", 2) == 0 && parent.len != 0 &&
			rule_is(rule + 2, parent)))
			has = true;
	}
	return has;
}
