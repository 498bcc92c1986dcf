#define _GNU_SOURCE
#include "wire/magic.h"

#include "base/buf.h"
#include "base/text.h"
#include "wire/encoding.h"

#define HEAD_BYTES 4096
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct magic {
	size_t at;
	const char *bytes;
	size_t len;
	const char *phrase;
};

#define M(at, bytes, phrase) { at, bytes, sizeof(bytes) - 1, phrase }

static const struct magic magics[] = {
	M(0, "PK\x03\x04", "a ZIP archive"),
	M(0, "PK\x05\x06", "an empty ZIP archive"),
	M(0, "%PDF-", "a PDF document"),
	M(0, "\x89PNG\r\n\x1A\n", "a PNG picture"),
	M(0, "\xFF\xD8\xFF", "a JPEG picture"),
	M(0, "GIF8", "a GIF picture"),
	M(8, "WEBPVP8", "a WebP picture"),
	M(0, "\x1F\x8B", "a gzip file"),
	M(0, "\xFD" "7zXZ", "an xz file"),
	M(0, "\x28\xB5\x2F\xFD", "a Zstandard file"),
	M(0, "BZh", "a bzip2 file"),
	M(0, "7z\xBC\xAF\x27\x1C", "a 7-Zip archive"),
	M(0, "Rar!\x1A\x07", "a RAR archive"),
	M(257, "ustar", "a tar archive"),
	M(0, "\x7F" "ELF", "a Linux program or library"),
	M(4, "LfLe", "an event log of Windows XP or 2003 (.evt); Windows can "
	    "save it as .evtx"),
	M(0, "regf", "a Windows registry hive"),
	M(0, "SQLite format 3", "an SQLite database"),
	M(0, "MSCF", "a cabinet file"),
	M(0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
	    "an old Office document or a Windows installer package"),
	M(0, "MDMP", "a Windows memory dump"),
	M(0, "PAGEDU", "a Windows memory dump"),
	M(0, "\xD4\xC3\xB2\xA1", "a network capture"),
	M(0, "\xA1\xB2\xC3\xD4", "a network capture"),
	M(0, "\x0A\x0D\x0D\x0A", "a network capture"),
	M(0, "L\0\0\0\x01\x14\x02\0", "a Windows shortcut"),
	M(4, "\xEF\xCD\xAB\x89", "an ESE database"),
};

static const struct {
	const char *needle;
	const char *phrase;
} text_signs[] = {
	{ "-----BEGIN CERTIFICATE", "a PEM certificate" },
	{ "-----BEGIN X509 CRL", "a PEM revocation list" },
	{ "-----BEGIN PKCS7", "a PEM PKCS #7 file" },
	{ "-----BEGIN ", "a PEM file" },
	{ "{\\rtf", "a Rich Text document" },
	{ "<!DOCTYPE html", "an HTML page without any CAPI2 event" },
	{ "<html", "an HTML page without any CAPI2 event" },
	{ "<Event", "event XML without any event that can be read" },
	{ "<?xml", "an XML file without any event" },
};

static bool
has(struct span s, const struct magic *m)
{
	return span_has(s, m->at, m->len) &&
	    memcmp(s.ptr + m->at, m->bytes, m->len) == 0;
}

bool
magic_is_gzip(struct span s)
{
	return s.len >= 3 && memcmp(s.ptr, "\x1F\x8B\x08", 3) == 0;
}

/* MZ is two letters only; the offset of the PE header makes it sure. */
static bool
is_program(struct span s)
{
	uint32_t at;

	if (!span_has(s, 0, 64) || memcmp(s.ptr, "MZ", 2) != 0)
		return false;
	at = le32(s.ptr + 60);
	return !span_has(s, at, 4) || memcmp(s.ptr + at, "PE\0\0", 4) == 0;
}

/*
 * A trace file has no magic: a buffer header, whose first field is the size of
 * buffers, and behind it the system trace header with its two mark bytes.
 */
static bool
is_trace(struct span s)
{
	uint32_t size;

	if (!span_has(s, 0, 0x60))
		return false;
	size = le32(s.ptr);
	return size >= 1024 && size <= 16 * 1024 * 1024 && size % 1024 == 0 &&
	    s.ptr[0x4B] == 0xC0 && (s.ptr[0x4A] == 1 || s.ptr[0x4A] == 2);
}

/* A SEQUENCE in DER that is as long as the file, near enough. */
static const char *
der_phrase(struct span s)
{
	static const char signed_data[] = "\x06\x09\x2A\x86\x48\x86\xF7\x0D"
	    "\x01\x07\x02";
	size_t len;

	if (s.len < 20 || s.ptr[0] != 0x30 || s.ptr[1] != 0x82)
		return NULL;
	len = (size_t)(s.ptr[2] << 8 | s.ptr[3]) + 4;
	if (len > s.len || s.len - len > 2)
		return NULL;
	if (memcmp(s.ptr + 4, signed_data, sizeof(signed_data) - 1) == 0)
		return "a PKCS #7 file";
	if (s.ptr[4] == 0x30)
		return "a certificate or revocation list in DER";
	return "an ASN.1 file in DER";
}

static const char *
zip_phrase(struct span s)
{
	struct span head = span_slice(s, 0, HEAD_BYTES);

	if (memmem(head.ptr, head.len, "[Content_Types].xml", 19) != NULL)
		return "an Office document";
	return "a ZIP archive";
}

const char *
magic_of_file(struct span s)
{
	size_t i;

	if (s.len == 0)
		return "an empty file";
	if (s.len >= 4 && memcmp(s.ptr, "PK\x03\x04", 4) == 0)
		return zip_phrase(s);
	for (i = 0; i < COUNT(magics); i++)
		if (has(s, &magics[i]))
			return magics[i].phrase;
	if (is_program(s))
		return "a Windows program or library";
	if (is_trace(s))
		return "an event trace (.etl); Windows' tracerpt or wevtutil "
		    "can make a log of it";
	return der_phrase(s);
}

/* Control characters that no text has. */
static bool
is_binary(const char *text, size_t len)
{
	size_t controls = 0, i;

	for (i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];

		controls += c < 0x20 && strchr("\t\n\v\f\r\x1B", c) == NULL;
		controls += c == 0;
	}
	return controls * 50 > len;
}

const char *
magic_of_text(struct span s)
{
	const char *phrase = "text without any CAPI2 event", *text;
	struct encoding_reader reader;
	struct buf head;
	size_t i;

	buf_init(&head, HEAD_BYTES * 4);
	encoding_open(&reader, s);
	(void)encoding_next(&reader, HEAD_BYTES, &head);
	text = buf_text(&head);
	for (i = 0; i < COUNT(text_signs); i++)
		if (text_find_nocase(text, text_signs[i].needle) != NULL)
			break;
	if (is_binary(text, head.len))
		phrase = "binary data of an unknown kind";
	else if (text_is_blank(text) && head.len == strlen(text))
		phrase = "a file of nothing but blanks";
	else if (i < COUNT(text_signs))
		phrase = text_signs[i].phrase;
	else if (text[strspn(text, " \t\r\n")] == '{' ||
	    text_starts(text + strspn(text, " \t\r\n"), "[{"))
		phrase = "JSON without any event in it";
	buf_free(&head);
	return phrase;
}
