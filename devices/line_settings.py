"""The settings that every device on a line has: its port and how the line is set."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from devices.byte_line import LineSettings, Parity

PORT_WORDS = "device path, COM name, usb:VID:PID[:SERIAL], or socket://HOST:PORT"


class LineDevice(BaseModel):
    """A device on a serial line; kinds of device set the defaults that their makers ship."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    port: str = Field(
        min_length=1, description=PORT_WORDS, examples=["/dev/serial/by-id/usb-FTDI_FT232R_USB_UART-if00"]
    )
    baud: int = Field(default=9600, ge=50, le=4_000_000, description="bits a second")
    data_bits: Literal[5, 6, 7, 8] = Field(default=8, description="5, 6, 7 or 8")
    parity: Parity = Field(default="none", description="none, even, odd, mark or space")
    stop_bits: Literal[1, 2] = Field(default=1, description="1 or 2")

    @property
    def line(self) -> LineSettings:
        """How the line is set."""
        return LineSettings(self.baud, self.data_bits, self.parity, self.stop_bits)
