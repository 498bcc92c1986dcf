/* journal_send where libsystemd is there; journal_absent.c is the other one. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <errno.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

#include "say/journal.h"

enum status
journal_send(const struct journal_fields *fields)
{
	struct iovec parts[JOURNAL_MAX_FIELDS];
	size_t i;
	int rc;

	for (i = 0; i < fields->count; i++)
		parts[i] = (struct iovec){
			.iov_base = (void *)(uintptr_t)fields->items[i].ptr,
			.iov_len = fields->items[i].len,
		};
	rc = sd_journal_sendv(parts, (int)fields->count);
	if (rc == 0)
		return STATUS_OK;
	errno = -rc;
	return rc == -ENOMEM ? STATUS_NO_MEMORY : STATUS_IO;
}
