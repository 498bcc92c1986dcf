#include "capi2/relate.h"

enum status relate_create(const struct case_sink *sink, struct relate **ret_r) { return STATUS_UNSUPPORTED; }
enum status relate_input(struct relate *r, const char *name) { return STATUS_UNSUPPORTED; }
enum status relate_event(struct relate *r, const struct event *ev, bool *ret_is_ours) { return STATUS_UNSUPPORTED; }
enum status relate_finish(struct relate *r) { return STATUS_UNSUPPORTED; }
void relate_free(struct relate *r) {}
