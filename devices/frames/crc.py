"""The cyclic sums of RFID readers, by tables."""

from functools import cache


@cache
def _reflected(polynomial: int) -> tuple[int, ...]:
    table: list[int] = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ polynomial if crc & 1 else crc >> 1
        table.append(crc)
    return tuple(table)


@cache
def _nibbles(polynomial: int) -> tuple[int, ...]:
    table: list[int] = []
    for nibble in range(16):
        crc = nibble << 12
        for _ in range(4):
            crc = (crc << 1 ^ polynomial if crc & 0x8000 else crc << 1) & 0xFFFF
        table.append(crc)
    return tuple(table)


def crc_8408(data: bytes) -> int:
    """CRC-16 of UHFReader18 and FEIG OBID: 0x8408 (reflected 0x1021), start 0xFFFF, no final XOR."""
    table = _reflected(0x8408)
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc


def crc_mercury(data: bytes) -> int:
    """CRC-16 of the Mercury API: 0x1021, start 0xFFFF, each nibble shifted in at the low end.

    This is not CRC-16/CCITT-FALSE, which mixes the data in at the high end.
    """
    table = _nibbles(0x1021)
    crc = 0xFFFF
    for byte in data:
        crc = (crc << 4 | byte >> 4) & 0xFFFF ^ table[crc >> 12]
        crc = (crc << 4 | byte & 0x0F) & 0xFFFF ^ table[crc >> 12]
    return crc
