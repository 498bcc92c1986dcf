/*
 * Whatever is sent as a line becomes a question, is asked, and is answered by
 * one line of JSON.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "engine/batch.h"

#define MEMORY_MAX ((size_t)16 << 20)
#define NOW 134250000000000000 /* in 2026 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct verifier *verifier;
	struct engine engine = { NULL, NULL, NULL };
	struct arena *a = arena_create(MEMORY_MAX);
	struct batch_question q;
	struct reply reply;
	struct buf out;
	bool is_asked;

	if (verifier == NULL)
		verifier = verifier_create();
	buf_init(&out, MEMORY_MAX);
	if (batch_question_read(a, span_of(data, size), &engine, NOW, &q) ==
	    STATUS_OK) {
		is_asked = q.problem == NULL && q.refusal == NULL;
		if (!is_asked || engine_ask(a, &q.question, &q.policy,
		        verifier, &reply) == STATUS_OK) {
			(void)!batch_answer_add(&out, &q,
			    is_asked ? &reply : NULL, verifier, 1);
			assert(out.status != STATUS_OK ||
			    out.ptr[out.len - 1] == '\n');
		}
	}
	buf_free(&out);
	arena_free(a);
	return 0;
}
