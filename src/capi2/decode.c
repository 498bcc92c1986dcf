#include "capi2/decode.h"

const struct error_row *decode_error(uint32_t value) { return 0; }
bool decode_error_text(const char *text, uint32_t *ret_value) { return false; }
void decode_add_code(struct buf *b, uint32_t value) { buf_printf(b, "%X", value); }
void decode_add_code_name(struct buf *b, uint32_t value) { buf_printf(b, "%X", value); }
const char *decode_flag(enum flag_set set, uint32_t bit) { return 0; }
uint32_t decode_flag_bit(enum flag_set set, const char *name) { return 0; }
void decode_add_flags(struct buf *b, enum flag_set set, uint32_t value, const char *between) {}
const char *decode_policy(uint32_t constant) { return 0; }
const char *decode_crl_reason(uint32_t reason) { return 0; }
const char *decode_oid(const char *oid) { return 0; }
