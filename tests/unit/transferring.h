/*
 * The world of the tests of transfers: a server on loopback with a row for
 * each way to misbehave, and a resolver that asks nobody.
 */
#ifndef AVOW_TESTS_TRANSFERRING_H
#define AVOW_TESTS_TRANSFERRING_H

#include "fetch/transfer.h"
#include "served.h"

#define TRANSFERRING_BODY "\x30\x0a" "0123456789"
#define TRANSFERRING_PAGE \
	"<html><head><title>Sign in \x1b[1m</title></head></html>"

struct world {
	struct arena *arena;
	struct served *server;
	struct fetcher_options options;
	struct transfer_request request;
	struct retrieval r;
	uint64_t took_ms;
};

int transferring_setup(void **state);
int transferring_teardown(void **state);

/* Start the server once more, on another port. */
void transferring_serve(struct world *w);

const char *url_of(struct world *w, const char *path);

/* From making a fetcher to freeing it, as the asker sees it. */
enum outcome get_url(struct world *w, const char *url);
enum outcome get(struct world *w, const char *path);

void assert_has(const char *text, const char *part);

#endif
