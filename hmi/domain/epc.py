"""EPC binary of radio tags: SGTIN-96, SGTIN-198, SSCC-96 and GRAI-96, by the GS1 Tag Data Standard."""

from dataclasses import dataclass

from hmi.domain.gs1 import check_digit

# partition value -> bits and digits of the company prefix
_COMPANY = ((40, 12), (37, 11), (34, 10), (30, 9), (27, 8), (24, 7), (20, 6))
# signs that a URI spells by their number
_IN_URI = {ord(sign): f"%{ord(sign):02X}" for sign in '"%&/<>?'}


@dataclass(frozen=True, slots=True)
class _Scheme:
    """Where an EPC keeps its parts: bits after the header, and digits that company and reference share."""

    name: str
    length: int
    shared_bits: int
    shared_digits: int
    serial_bits: int


_SCHEMES = {
    0x30: _Scheme("SGTIN-96", 96, 44, 13, 38),
    0x31: _Scheme("SSCC-96", 96, 58, 17, 0),
    0x33: _Scheme("GRAI-96", 96, 44, 12, 38),
    0x36: _Scheme("SGTIN-198", 198, 44, 13, 140),
}


@dataclass(frozen=True, slots=True)
class Epc:
    """A decoded tag: `key` is its GTIN-14, SSCC-18 or GRAI-14; an SSCC has no `serial`."""

    scheme: str
    filter: int
    key: str
    serial: str
    uri: str

    @property
    def kind(self) -> str:
        """GTIN, SSCC or GRAI."""
        return {"SGTIN": "GTIN"}.get(name := self.scheme.split("-")[0], name)


def decode_epc(code: str) -> Epc:
    """Decode the hexadecimal code of a tag; ValueError names what does not hold."""
    try:
        data = bytes.fromhex(code)
    except ValueError:
        raise ValueError("not hexadecimal") from None
    scheme = _SCHEMES.get(data[0]) if data else None
    if scheme is None:
        raise ValueError("no EPC that is known here")
    if len(data) * 8 < scheme.length:
        raise ValueError(f"{len(data) * 8} bits are too few for {scheme.name}")
    number = int.from_bytes(data, "big") >> len(data) * 8 - scheme.length
    bits = _Bits(number, scheme.length)
    bits.take(8)
    chosen, partition = bits.take(3), bits.take(3)
    if partition >= len(_COMPANY):
        raise ValueError("partition 7 does not exist")
    company_bits, company_digits = _COMPANY[partition]
    company = _digits(bits.take(company_bits), company_digits, "company prefix")
    reference_digits = scheme.shared_digits - company_digits
    reference = _digits(bits.take(scheme.shared_bits - company_bits), reference_digits, "reference")
    serial = _serial(bits, scheme)
    return Epc(
        scheme.name,
        chosen,
        _key(scheme, company, reference),
        serial,
        _uri(scheme, company, reference, serial),
    )


class _Bits:
    def __init__(self, number: int, length: int) -> None:
        self._number = number
        self._left = length

    def take(self, count: int) -> int:
        self._left -= count
        return self._number >> self._left & (1 << count) - 1


def _digits(number: int, count: int, what: str) -> str:
    """Zero-padded; a number that needs more digits than its partition gives it is no EPC."""
    if number >= 10**count:
        raise ValueError(f"{what} {number} has more than {count} digits")
    return f"{number:0{count}d}" if count else ""


def _serial(bits: _Bits, scheme: _Scheme) -> str:
    if scheme.serial_bits != 140:
        return str(bits.take(scheme.serial_bits)) if scheme.serial_bits else ""
    signs = [bits.take(7) for _ in range(20)]
    text = "".join(chr(sign) for sign in signs).rstrip("\0")
    if not text or not text.isprintable():
        raise ValueError("the serial number is no text")
    return text


def _key(scheme: _Scheme, company: str, reference: str) -> str:
    if scheme.name == "GRAI-96":
        body = f"0{company}{reference}"
    else:
        body = f"{reference[:1]}{company}{reference[1:]}"
    return f"{body}{check_digit(body)}"


def _uri(scheme: _Scheme, company: str, reference: str, serial: str) -> str:
    kind = scheme.name.split("-")[0].lower()
    parts = [company, reference, *([serial.translate(_IN_URI)] if scheme.serial_bits else [])]
    return f"urn:epc:id:{kind}:{'.'.join(parts)}"
