/* Text of any kind: a message is found inside it, or none. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "capi2/decode.h"
#include "trace/messages.h"

#define ARENA_MAX_BYTES (16u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct arena *a = arena_create(ARENA_MAX_BYTES);
	char *text = malloc(size + 1);
	const char *step, *error;
	struct message_match m;
	uint32_t value;

	if (a == NULL || text == NULL)
		abort();
	memcpy(text, input, size);
	text[size] = '\0';
	size = strlen(text);
	if (messages_find(a, text, &m)) {
		if (m.start > m.end || m.end > size || m.id == 0 ||
		    m.language == NULL || messages_identify(text) != m.id)
			abort();
		if (m.error != NULL)
			(void)decode_event_error(m.id, m.error, &value);
	}
	(void)messages_split_details(a, text, &step, &error);
	(void)decode_error_text(text, &value);
	free(text);
	arena_free(a);
	return 0;
}
