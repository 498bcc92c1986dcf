/* journal_send of an avow that was built without libsystemd. */
#include "say/journal.h"

enum status
journal_send(const struct journal_fields *fields)
{
	(void)fields;
	return STATUS_UNSUPPORTED;
}
