"""What a configuration says of one PLC: where it is, how it is heard, and its tags."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from devices.opcua.node_address import parse
from hmi.domain.tags import TagInfo, TagRole


class TagSettings(BaseModel):
    """One node of the PLC, and how its value is shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node: str = Field(
        description="address of the node: nsu=URI;s=NAME (or i=, g=, b=) or /Objects/nsu=URI;Name/Name",
        examples=["nsu=urn:example:press;s=Press12.Speed"],
    )
    label: str = Field(description="what the screen calls it", examples=["Speed"])
    unit: str = Field(default="", description="unit of the value and of its limits")
    decimals: int = Field(default=1, ge=0, le=9, description="digits after the point")
    role: TagRole = Field(
        default=TagRole.VALUE,
        description="what it is: value, state (PackML number), fault (code), produced_count or speed",
    )
    low: float | None = Field(default=None, description="lower end of the shown range, in the tag's unit")
    high: float | None = Field(default=None, description="upper end of the shown range, in the tag's unit")
    normal_low: float | None = Field(default=None, description="lower end of the normal band")
    normal_high: float | None = Field(default=None, description="upper end of the normal band")
    shown: bool = Field(default=False, description="stands on the Run screen")
    counter_max: int | None = Field(
        default=None, ge=1, description="highest value of a produced_count before it starts again at 0"
    )

    @field_validator("node")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        parse(text)
        return text

    @property
    def numeric(self) -> bool:
        """Whether only a number makes sense here."""
        return self.role is not TagRole.VALUE or any(
            limit is not None for limit in (self.low, self.high, self.normal_low, self.normal_high)
        )

    @property
    def whole(self) -> bool:
        """Whether only a whole number makes sense here."""
        return self.role in (TagRole.STATE, TagRole.FAULT, TagRole.PRODUCED_COUNT)


class OpcUaSettings(BaseModel):
    """An OPC UA server of a PLC and the tags that are heard from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str = Field(
        description="where the server listens; port 4840 when none is named",
        examples=["opc.tcp://192.168.0.10:4840"],
    )
    publishing_interval_ms: int = Field(
        default=100, ge=10, le=60_000, description="how often changes are sent, in ms"
    )
    sampling_interval_ms: int = Field(
        default=50,
        ge=0,
        le=60_000,
        description="how often the server looks at a node, in ms; 0 as fast as it can",
    )
    queue_size: int = Field(
        default=64,
        ge=2,
        le=100_000,
        description="changes of one tag that the server keeps between two sendings",
    )
    session_timeout_s: int = Field(
        default=30, ge=5, le=3600, description="after how much silence the server forgets this terminal, in s"
    )
    stale_after_s: float = Field(
        default=3.0, ge=0.5, le=60.0, description="silence after which the link counts as lost, in s"
    )
    user: str | None = Field(default=None, description="user name, where the server wants one")
    password_file: Path | None = Field(default=None, description="file that holds nothing but the password")
    tags: dict[str, TagSettings] = Field(
        default_factory=dict[str, TagSettings], description="the tags by name"
    )

    @field_validator("endpoint")
    @classmethod
    def _is_opc_tcp(cls, text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme != "opc.tcp" or not parts.hostname:
            raise ValueError(f"{text}: not an endpoint; write opc.tcp://HOST:PORT")
        if "@" in parts.netloc:
            raise ValueError("no user or password in the endpoint; write user = and password_file =")
        return text if parts.port else parts._replace(netloc=f"{parts.netloc.rstrip(':')}:4840").geturl()


def tag_infos(link: str, settings: OpcUaSettings) -> list[TagInfo]:
    """The tags as screens and watchers know them."""
    return [
        TagInfo(
            name=name,
            link=link,
            label=tag.label,
            unit=tag.unit,
            decimals=tag.decimals,
            role=tag.role,
            low=tag.low,
            high=tag.high,
            normal_low=tag.normal_low,
            normal_high=tag.normal_high,
            shown=tag.shown,
            counter_max=tag.counter_max,
        )
        for name, tag in settings.tags.items()
    ]
