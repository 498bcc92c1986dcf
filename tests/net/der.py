"""DER, as little as the PKI of the tests needs: a writer, and a reader of tags.

Values go in as Python values and come out as bytes; every writer returns one
whole TLV, so that nesting is concatenation.
"""
import datetime

CONTEXT = 0x80
CONSTRUCTED = 0x20


def tlv(tag, *parts):
    body = b''.join(parts)
    length = len(body)
    if length < 0x80:
        return bytes((tag, length)) + body
    octets = length.to_bytes((length.bit_length() + 7) // 8, 'big')
    return bytes((tag, 0x80 | len(octets))) + octets + body


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *sorted(parts))


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, 'big',
                                    signed=value < 0))


def enumerated(value):
    return tlv(0x0a, bytes((value,)))


def boolean(value):
    return tlv(0x01, b'\xff' if value else b'\x00')


def null():
    return tlv(0x05)


def octets(value):
    return tlv(0x04, value)


def bits(value, unused=0):
    return tlv(0x03, bytes((unused,)), value)


def named_bits(*numbers):
    """A BIT STRING in which these bits are set, without trailing zeros."""
    if not numbers:
        return bits(b'')
    top = max(numbers)
    value = bytearray(top // 8 + 1)
    for number in numbers:
        value[number // 8] |= 0x80 >> number % 8
    return bits(bytes(value), 7 - top % 8)


def utf8(text):
    return tlv(0x0c, text.encode())


def ia5(text):
    return tlv(0x16, text.encode('latin-1'))


def oid(dotted):
    first, second, *rest = (int(arc) for arc in dotted.split('.'))
    out = bytearray()
    for arc in [first * 40 + second, *rest]:
        chunk = [arc & 0x7f]
        while arc > 0x7f:
            arc >>= 7
            chunk.append(0x80 | arc & 0x7f)
        out += bytes(reversed(chunk))
    return tlv(0x06, bytes(out))


def explicit(number, *parts):
    return tlv(CONTEXT | CONSTRUCTED | number, *parts)


def implicit(number, body, constructed=False):
    return tlv(CONTEXT | (CONSTRUCTED if constructed else 0) | number, body)


def generalized(when):
    return tlv(0x18, when.strftime('%Y%m%d%H%M%SZ').encode())


def time(when):
    """UTCTime until 2049, as RFC 5280 wants it."""
    if 1950 <= when.year < 2050:
        return tlv(0x17, when.strftime('%y%m%d%H%M%SZ').encode())
    return generalized(when)


def now():
    """The moment that dates are relative to."""
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


class Reader:
    """The TLVs of one value, one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def __bool__(self):
        return self.at < len(self.data)

    def peek(self):
        return self.data[self.at] if self else None

    def next(self):
        """(tag, contents, the whole TLV)"""
        start = self.at
        tag, length = self.data[start], self.data[start + 1]
        at = start + 2
        if length & 0x80:
            count = length & 0x7f
            length = int.from_bytes(self.data[at:at + count], 'big')
            at += count
        if at + length > len(self.data):
            raise ValueError('cut short')
        self.at = at + length
        return tag, self.data[at:self.at], self.data[start:self.at]

    def inside(self):
        return Reader(self.next()[1])
