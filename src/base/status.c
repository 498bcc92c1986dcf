#include "base/status.h"

const char *
status_text(enum status status)
{
#define STATUS_CASE(name, text) \
	case name: \
		return text;
	switch (status) {
		STATUS_LIST(STATUS_CASE)
	}
#undef STATUS_CASE
	return "unknown status";
}
