/* What one asker keeps in memory: copies, counted, the oldest going first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetch/memory.h"
#include "fixture.h"

#define NOW ((ticks)134000000000000000)
#define MINUTE (60 * TICKS_PER_SECOND)

struct world {
	struct arena *arena; /* of the fixture */
	struct memory *memory;
	struct cache_entry list;
};

static int
open_world(void **state)
{
	static struct world w;

	w.arena = arena_create((size_t)16 << 20);
	w.memory = memory_create();
	assert_non_null(w.memory);
	w.list = (struct cache_entry){
		.kind = RETRIEVAL_CRL,
		.url = "http://a.example/a.crl",
		.body = fixture_pem(w.arena, "pki/base-crl.pem"),
		.issuer = "a",
		.etag = "\"x\"",
		.dates = { NOW, NOW, NOW + MINUTE, TIME_NONE, NOW + MINUTE },
		.failure_until = TIME_NONE,
	};
	*state = &w;
	return 0;
}

static int
close_world(void **state)
{
	struct world *w = *state;

	memory_free(w->memory);
	arena_free(w->arena);
	return 0;
}

static enum status
find(struct world *w, struct arena *a, const char *url,
    const struct memory_object **ret_object)
{
	struct cache_key key = { RETRIEVAL_CRL, url, { NULL, 0 } };

	return memory_find(w->memory, a, &key, NOW, ret_object);
}

static void
what_is_found_outlives_memory(void **state)
{
	struct world *w = *state;
	struct arena *a = arena_create(1 << 20);
	const struct memory_object *o;

	assert_int_equal(find(w, a, w->list.url, &o), STATUS_NOT_FOUND);
	assert_int_equal(memory_store(w->memory, &w->list), STATUS_OK);
	assert_int_equal(find(w, a, w->list.url, &o), STATUS_OK);
	assert_non_null(o->crl);
	assert_ptr_not_equal(o->entry.body.ptr, w->list.body.ptr);
	assert_string_equal(o->entry.etag, "\"x\"");
	/* Replaced, and then all of it gone: the reader keeps what it has. */
	assert_int_equal(memory_store(w->memory, &w->list), STATUS_OK);
	memory_free(w->memory);
	w->memory = NULL;
	assert_memory_equal(o->crl->der.ptr, w->list.body.ptr,
	    o->crl->der.len);
	arena_free(a);
}

static void
failures_stand_beside_objects_for_a_while(void **state)
{
	struct world *w = *state;
	struct arena *a = arena_create(1 << 20);
	struct cache_key key = { RETRIEVAL_CRL, w->list.url, { NULL, 0 } };
	const struct memory_object *o;

	assert_int_equal(memory_remember_failure(w->memory, &key, OUTCOME_HTTP,
	    503, "busy", NOW + MINUTE), STATUS_OK);
	assert_int_equal(find(w, a, key.url, &o), STATUS_OK);
	assert_true(o->entry.is_negative);
	assert_int_equal(o->entry.failure, OUTCOME_HTTP);
	assert_int_equal(o->entry.failure_http_status, 503);
	assert_int_equal(memory_find(w->memory, a, &key, NOW + MINUTE, &o),
	    STATUS_NOT_FOUND);

	assert_int_equal(memory_store(w->memory, &w->list), STATUS_OK);
	assert_int_equal(memory_remember_failure(w->memory, &key, OUTCOME_DNS,
	    0, NULL, NOW + MINUTE), STATUS_OK);
	assert_int_equal(find(w, a, key.url, &o), STATUS_OK);
	assert_false(o->entry.is_negative);
	assert_int_equal(o->entry.failure, OUTCOME_DNS);
	assert_non_null(o->crl);
	arena_free(a);
}

static void
the_oldest_go_when_there_are_too_many(void **state)
{
	struct world *w = *state;
	struct arena *a = arena_create((size_t)16 << 20);
	const struct memory_object *o;
	char url[64];
	int i;

	for (i = 0; i <= MEMORY_MAX_OBJECTS; i++) {
		snprintf(url, sizeof(url), "http://a.example/%d", i);
		w->list.url = url;
		assert_int_equal(memory_store(w->memory, &w->list), STATUS_OK);
		/* The first is used all the time and stays. */
		assert_int_equal(find(w, a, "http://a.example/0", &o),
		    STATUS_OK);
	}
	assert_int_equal(find(w, a, "http://a.example/1", &o),
	    STATUS_NOT_FOUND);
	assert_int_equal(find(w, a, "http://a.example/2", &o), STATUS_OK);
	arena_free(a);
}

static void
what_is_too_large_or_damaged_is_not_kept(void **state)
{
	struct world *w = *state;
	struct arena *a = arena_create(1 << 20);
	const struct memory_object *o;

	w->list.body.len -= 1;
	assert_int_equal(memory_store(w->memory, &w->list), STATUS_MALFORMED);
	assert_int_equal(find(w, a, w->list.url, &o), STATUS_NOT_FOUND);
	w->list.body.len = MEMORY_MAX_OBJECT_BYTES + 1;
	assert_int_equal(memory_store(w->memory, &w->list), STATUS_END);
	arena_free(a);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, open_world, close_world)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_found_outlives_memory),
		TEST(failures_stand_beside_objects_for_a_while),
		TEST(the_oldest_go_when_there_are_too_many),
		TEST(what_is_too_large_or_damaged_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
