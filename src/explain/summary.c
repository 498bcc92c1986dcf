#include "explain/summary.h"

enum status summary_create(const struct summary_filter *filter, struct summary **ret_s) { return STATUS_UNSUPPORTED; }
void summary_free(struct summary *s) {}
enum status summary_add(struct summary *s, const struct trace_case *c, const struct finding *f, bool *p) { return STATUS_UNSUPPORTED; }
void summary_rank(struct summary *s) {}
enum harmless summary_harmless(const struct summary *s) { return HARMLESS_UNKNOWN; }
int summary_remedies(const struct summary *s, const char **slugs, int max) { return 0; }
