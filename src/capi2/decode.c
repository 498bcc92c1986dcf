/*
 * Names for the numbers in CAPI2's events. All tables are sorted as their
 * .def file says and are looked up by halves; the unit test holds them to it.
 */
#include "capi2/decode.h"

#include <string.h>

#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* HRESULT_FROM_WIN32 */
#define HRESULT_WIN32 0x80070000u
#define HRESULT_WIN32_MASK 0xffff0000u

static const struct error_row error_rows[] = {
#define ERROR_ROW(value, symbol, message) { value, symbol, message },
#include "capi2/errors.def"
#undef ERROR_ROW
};

static const struct {
	enum flag_set set;
	uint32_t bit;
	const char *name;
} flag_rows[] = {
#define FLAG(set, bit, name) { set, bit, name },
#include "capi2/flags.def"
#undef FLAG
};

struct constant {
	uint32_t value;
	const char *name;
};

static const struct constant policy_rows[] = {
#define POLICY(value, name) { value, name },
#define REASON(value, name)
#include "capi2/policies.def"
#undef POLICY
#undef REASON
};

static const struct constant reason_rows[] = {
#define POLICY(value, name)
#define REASON(value, name) { value, name },
#include "capi2/policies.def"
#undef POLICY
#undef REASON
};

static const struct {
	const char *oid;
	const char *name;
} oid_rows[] = {
#define OID(oid, name) { oid, name },
#include "capi2/oids.def"
#undef OID
};

static const char *
constant_name(const struct constant *rows, size_t count, uint32_t value)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].value == value)
			return rows[i].name;
	return NULL;
}

const struct error_row *
decode_error_rows(size_t *ret_count)
{
	*ret_count = COUNT(error_rows);
	return error_rows;
}

const struct error_row *
decode_error(uint32_t value)
{
	size_t low = 0, high = COUNT(error_rows);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (error_rows[mid].value == value)
			return &error_rows[mid];
		if (error_rows[mid].value < value)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

void
decode_add_code(struct buf *b, uint32_t value)
{
	buf_printf(b, "%X", (unsigned int)value);
}

void
decode_add_code_name(struct buf *b, uint32_t value)
{
	const struct error_row *row = decode_error(value);

	decode_add_code(b, value);
	if (row != NULL) {
		buf_printf(b, " %s", row->symbol);
		return;
	}
	if ((value & HRESULT_WIN32_MASK) != HRESULT_WIN32)
		return;
	row = decode_error(value & ~HRESULT_WIN32_MASK);
	if (row != NULL)
		buf_printf(b, " HRESULT_FROM_WIN32(%s)", row->symbol);
}

const char *
decode_flag(enum flag_set set, uint32_t bit)
{
	for (size_t i = 0; i < COUNT(flag_rows); i++)
		if (flag_rows[i].set == set && flag_rows[i].bit == bit)
			return flag_rows[i].name;
	return NULL;
}

uint32_t
decode_flag_bit(enum flag_set set, const char *name)
{
	for (size_t i = 0; i < COUNT(flag_rows); i++)
		if (flag_rows[i].set == set &&
		    text_equal_nocase(flag_rows[i].name, name))
			return flag_rows[i].bit;
	return 0;
}

void
decode_add_flags(struct buf *b, enum flag_set set, uint32_t value,
    const char *between)
{
	bool is_first = true;

	for (int shift = 0; shift < 32; shift++) {
		uint32_t bit = UINT32_C(1) << shift;
		const char *name;

		if ((value & bit) == 0)
			continue;
		if (!is_first)
			buf_puts(b, between);
		is_first = false;
		name = decode_flag(set, bit);
		if (name != NULL)
			buf_puts(b, name);
		else
			buf_printf(b, "0x%X", (unsigned int)bit);
	}
}

const char *
decode_policy(uint32_t constant)
{
	return constant_name(policy_rows, COUNT(policy_rows), constant);
}

const char *
decode_crl_reason(uint32_t reason)
{
	return constant_name(reason_rows, COUNT(reason_rows), reason);
}

const char *
decode_oid(const char *oid)
{
	size_t low = 0, high = COUNT(oid_rows);

	if (oid == NULL)
		return NULL;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(oid_rows[mid].oid, oid);

		if (order == 0)
			return oid_rows[mid].name;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
