/* Any bytes as event XML. */
#include "reader.h"
#include "wire/evxml.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	return read_any(evxml_read, bytes, len);
}
