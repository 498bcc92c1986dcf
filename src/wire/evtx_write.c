#include "wire/evtx_write.h"

enum status evtx_writer_create(const struct evtx_target *t, struct evtx_writer **w) { return STATUS_UNSUPPORTED; }
enum status evtx_writer_add(struct evtx_writer *w, const struct event *ev) { return STATUS_UNSUPPORTED; }
enum status evtx_writer_close(struct evtx_writer *w) { return STATUS_UNSUPPORTED; }
void evtx_writer_abort(struct evtx_writer *w) {}
