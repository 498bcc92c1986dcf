/* Any bytes as event JSON. */
#include "reader.h"
#include "wire/evjson.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	return read_any(evjson_read, bytes, len);
}
