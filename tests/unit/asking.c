#define _GNU_SOURCE
#include "asking.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static const struct span text_none = { NULL, 0 };

int
asking_open(void **state)
{
	struct asking *k = calloc(1, sizeof(*k));
	size_t i;

	mint_open(&k->mint);
	k->verifier = verifier_create();
	for (i = 0; i < ASKING_ROWS; i++)
		k->rows[i].target = "";
	k->server = served_start(k->rows, ASKING_ROWS);
	assert_non_null(k->server);
	k->options = (struct ask_options){
		.fetch = { .limits = FETCH_LIMITS_DEFAULT,
		    .policy = URL_POLICY_DEFAULT },
		.has_aia = true,
		.oldest = TIME_NONE,
	};
	assert_true(url_policy_allow(&k->options.fetch.policy, "loopback"));
	k->options.fetch.limits.budget_ms = 4000;
	snprintf(k->folder, sizeof(k->folder), "/tmp/avow-ask-XXXXXX");
	assert_non_null(mkdtemp(k->folder));
	*state = k;
	return 0;
}

static void
remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			assert_int_equal(
			    unlinkat(dirfd(dir), entry->d_name, 0), 0);
	closedir(dir);
	assert_int_equal(rmdir(folder), 0);
}

int
asking_close(void **state)
{
	struct asking *k = *state;

	asker_free(k->asker);
	cache_close(k->options.cache);
	arena_free(k->arena);
	served_stop(k->server);
	verifier_free(k->verifier);
	mint_close(&k->mint);
	remove_folder(k->folder);
	free(k);
	return 0;
}

const char *
asking_uri(struct asking *k, const char *before, const char *path)
{
	char *uri = k->urls[k->url_count++];

	assert_true(k->url_count < ASKING_ROWS);
	snprintf(uri, sizeof(k->urls[0]), "%sURI:http://127.0.0.1:%d%s",
	    before, served_port(k->server), path);
	return uri;
}

void
serve(struct asking *k, const char *path, enum then then, const char *head,
    struct span body)
{
	size_t len = strlen(head), i;
	struct served_row row;
	char *text = arena_alloc(k->mint.arena, len + body.len + 1);

	memcpy(text, head, len);
	if (body.len != 0)
		memcpy(text + len, body.ptr, body.len);
	for (i = 0; i < ASKING_ROWS; i++)
		if (k->rows[i].target[0] == '\0' ||
		    strcmp(k->rows[i].target, path) == 0)
			break;
	assert_true(i < ASKING_ROWS);
	row = (struct served_row){ path, then, text, len + body.len };
	served_change(k->server, &k->rows[i], &row);
}

void
serve_object(struct asking *k, const char *path, struct span der)
{
	char head[256];

	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nConnection: close\r\n"
	    "ETag: \"one\"\r\nContent-Length: %zu\r\n\r\n", der.len);
	serve(k, path, THEN_CLOSE, head, der);
}

void
serve_status(struct asking *k, const char *path, const char *line)
{
	char head[256];

	snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nConnection: close\r\n"
	    "Content-Length: 0\r\n\r\n", line);
	serve(k, path, THEN_CLOSE, head, text_none);
}

void
make_chain(struct asking *k, const char *ca_cdp, const char *leaf_cdp,
    const char *leaf_aia)
{
	k->root = mint_cert(&k->mint, &(struct order){ .subject = "root",
	    .issuer = "root", .is_ca = true, .not_after = FAR_AWAY });
	k->ca = mint_cert(&k->mint, &(struct order){ .subject = "ca",
	    .issuer = "root", .key = KEY_CA, .is_ca = true, .cdp = ca_cdp,
	    .not_after = FAR_AWAY });
	k->leaf = mint_cert(&k->mint, &(struct order){ .subject = "leaf",
	    .issuer = "ca", .key = KEY_LEAF, .signer = KEY_CA,
	    .cdp = leaf_cdp, .aia = leaf_aia, .not_after = FAR_AWAY });
	k->question = (struct question){
		.target = k->leaf,
		.roots = mint_pool(&k->mint, k->root, NULL),
		.extra = { mint_pool(&k->mint, k->ca, NULL) },
		.source = &k->source,
		.profile = PROFILE_WINDOWS,
		.revocation = { .mode = REVOCATION_REQUIRE },
	};
}

const struct crl *
good_list(struct asking *k, int key)
{
	return mint_list(&k->mint, &(struct crl_order){
	    .issuer = key == KEY_ROOT ? "root" : "ca", .signer = key,
	    .next_update = FAR_AWAY });
}

void
renew(struct asking *k)
{
	asker_free(k->asker);
	assert_int_equal(asker_create(&k->options, &k->asker), STATUS_OK);
}

void
ask_leaf(struct asking *k)
{
	struct verdict *verdict;
	uint64_t started;
	enum status rc;

	if (k->asker == NULL)
		renew(k);
	arena_free(k->arena);
	k->arena = arena_create((size_t)256 << 20);
	k->question.at = k->question.now = clock_now();
	started = clock_monotonic_ms();
	asker_begin(k->asker, k->arena, k->verifier, &k->source);
	rc = solve(k->arena, &k->question, k->verifier, &verdict);
	asker_end(k->asker);
	k->took_ms = clock_monotonic_ms() - started;
	assert_int_equal(rc, STATUS_OK);
	k->verdict = verdict;
}

const struct revocation_result *
result_of(const struct asking *k, int element)
{
	return &k->verdict->paths[0]->elements[element].revocation;
}

const char *
tries_of(struct asking *k)
{
	const struct retrieval *r = asker_retrievals(k->asker);
	struct buf b;
	const char *text;

	buf_init(&b, 65536);
	for (; r != NULL; r = r->next)
		buf_printf(&b, "%s:%s ", retrieval_kind_name(r->kind),
		    outcome_name(r->outcome));
	text = arena_copy(k->arena, buf_text(&b));
	buf_free(&b);
	return text;
}

const struct retrieval *
try_at(const struct asking *k, size_t n)
{
	const struct retrieval *r = asker_retrievals(k->asker);

	for (; n > 0 && r != NULL; n--)
		r = r->next;
	assert_non_null(r);
	return r;
}
