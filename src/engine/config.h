/* The configuration file: lines of `key = value`, # begins a comment. */
#ifndef AVOW_ENGINE_CONFIG_H
#define AVOW_ENGINE_CONFIG_H

#include "chain/question.h"
#include "fetch/ask.h"

#define CONFIG_MAX_BYTES ((size_t)1 << 20)

struct config {
	struct fetch_limits limits; /* each by its name in fetch/limits.h */
	struct url_policy policy; /* allow-address, may be repeated */
	const char *proxy; /* "none": not the environment's either; or NULL */
	const char *ldap_server; /* or NULL */
	const char *cache; /* a folder; "none": no cache; NULL: as usual */
	bool has_event_log; /* event-log = on, off */
	bool has_journald; /* journald = on, off */
	bool has_ocsp_get; /* ocsp-get = on, off: GET where it is short */
	enum ask_prefer prefer; /* ocsp, crl, ocsp-only, crl-only */
	enum revocation_mode revocation; /* none, check, require */
};

void config_begin(struct config *ret_config);

/* Why a file is refused: the first line that is wrong. */
struct config_problem {
	size_t line; /* from 1 on */
	const char *why; /* in the arena */
};

/*
 * Read a whole file over what is there. STATUS_MALFORMED fills *ret_problem;
 * the configuration is then not to be used.
 */
enum status config_read(struct arena *a, struct span text,
    struct config *config, struct config_problem *ret_problem) MUST_CHECK;

/* The words of options that mean the same; false for another word. */
bool config_prefer(const char *word, enum ask_prefer *ret_prefer);
bool config_revocation(const char *word, enum revocation_mode *ret_mode);

/* NULL, or what was expected in its place: of options and of the file. */
const char *config_check_proxy(const char *value);
const char *config_check_ldap_server(const char *value);

#endif
