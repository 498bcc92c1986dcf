/* What one of our own calls came to; facts about certificates are never here. */
#ifndef AVOW_BASE_STATUS_H
#define AVOW_BASE_STATUS_H

#define STATUS_LIST(X) \
	X(STATUS_OK, "done") \
	X(STATUS_END, "there is no more") \
	X(STATUS_NO_MEMORY, "out of memory") \
	X(STATUS_IO, "input or output failed") \
	X(STATUS_NOT_FOUND, "no such thing") \
	X(STATUS_MALFORMED, "malformed input") \
	X(STATUS_TOO_BIG, "a ceiling was reached") \
	X(STATUS_UNSUPPORTED, "a form that is not supported") \
	X(STATUS_STOPPED, "stopped by the caller") \
	X(STATUS_INVALID, "wrong argument")

#define STATUS_ENUM(name, text) name,
enum status {
	STATUS_LIST(STATUS_ENUM)
};
#undef STATUS_ENUM

/* Every function that returns a status wants it looked at. */
#define MUST_CHECK __attribute__((warn_unused_result))

const char *status_text(enum status status);

#endif
