"""Which of the values that a device streams was meant: the first one at rest after something moved."""

from decimal import Decimal

from devices.frames.measurement import Measurement


class AtRest:
    """Pure. A value is told once it is stable, and again only after the load was taken off or changed.

    `step` is how far, in the unit of the device, a value must move from the last told one to be another;
    values below `least` are an empty pan and never meant.
    """

    def __init__(self, least: Decimal, step: Decimal) -> None:
        """Nothing was told yet."""
        self._least = least
        self._step = step
        self._told: Decimal | None = None

    def meant(self, measured: Measurement) -> bool:
        """Whether this value is to be told."""
        value = measured.value
        if value is None:
            self._told = None
            return False
        if self._told is not None and abs(value - self._told) > self._step:
            self._told = None
        if abs(value) < self._least:
            self._told = None
            return False
        if not measured.stable or self._told is not None:
            return False
        self._told = value
        return True
