"""How exact quantities and times lie in the file: decimals as text, times as whole milliseconds."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from hmi.domain.payloads import decimal_text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 in UTC; what is finer is cut off, as on every wire."""
    return (moment - _EPOCH) // _MS


def from_ms(ms: int) -> datetime:
    """The time of so many milliseconds since 1970, exactly."""
    return _EPOCH + ms * _MS


class Exact(sa.TypeDecorator[Decimal]):
    """A decimal kept digit by digit as text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """Write a decimal without an exponent."""
        return None if value is None else decimal_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """Read it back with all its digits."""
        return None if value is None else Decimal(value)


class Instant(sa.TypeDecorator[datetime]):
    """A time kept as whole milliseconds since 1970 in UTC."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Write a time."""
        return None if value is None else to_ms(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Read a time in UTC."""
        return None if value is None else from_ms(value)
