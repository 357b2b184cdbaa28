"""What a configuration says of one PLC: where it is, how it is heard, and its tags."""

from enum import StrEnum
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from devices.opcua.node_address import parse
from hmi.domain.alarm_limits import AlarmSettings
from hmi.domain.tags import TagInfo, TagRole, WriteClass


class SecurityPolicy(StrEnum):
    """How a connection is protected; names of OPC UA part 7."""

    NONE = "None"
    BASIC256SHA256 = "Basic256Sha256"
    AES128_SHA256_RSAOAEP = "Aes128Sha256RsaOaep"
    AES256_SHA256_RSAPSS = "Aes256Sha256RsaPss"


class SecurityMode(StrEnum):
    """Whether messages are signed only, or also unreadable for others."""

    SIGN = "Sign"
    SIGN_AND_ENCRYPT = "SignAndEncrypt"


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
    sub_states: tuple[str, ...] = Field(
        default=(),
        description="with role state: the nodes that say more where the state is a group (PackML Cleared, "
        "Running), outermost first",
    )
    element: int | None = Field(
        default=None, ge=0, description="place of the one element that is meant, where the node is an array"
    )
    member: str = Field(
        default="",
        description="with element: the member of a PackML count that is meant, Count or AccCount",
        pattern="^(|Count|AccCount)$",
    )
    every_ms: int | None = Field(
        default=None,
        ge=10,
        le=60_000,
        description="how often changes of this tag are sent, in ms; default: publishing_interval_ms",
    )
    deadband: float = Field(
        default=0.0, ge=0, description="smaller changes are not sent, in the tag's unit; 0 sends every change"
    )
    fill_gaps: bool = Field(
        default=False, description="after a lost link, read what was missed from the server's history"
    )
    write: WriteClass | None = Field(
        default=None,
        description="may be written: free, confirmed (a second touch) or guarded (and a PIN); default: never",
    )
    write_low: float | None = Field(default=None, description="lowest value that may be written")
    write_high: float | None = Field(default=None, description="highest value that may be written")
    tolerance: float = Field(
        default=0.0, ge=0, description="how far a value read back may lie from what was written"
    )
    alarm: AlarmSettings | None = Field(
        default=None, description="when its value is an alarm: a table of its own"
    )

    @field_validator("node")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        parse(text)
        return text

    @field_validator("sub_states")
    @classmethod
    def _are_addresses(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        for text in texts:
            parse(text)
        return texts

    @property
    def numeric(self) -> bool:
        """Whether only a number makes sense here."""
        limits = (self.low, self.high, self.normal_low, self.normal_high)
        watched = self.alarm is not None and bool(self.alarm.limits())
        return self.role is not TagRole.VALUE or watched or any(limit is not None for limit in limits)

    @property
    def whole(self) -> bool:
        """Whether only a whole number makes sense here."""
        return self.role in (TagRole.STATE, TagRole.FAULT, TagRole.PRODUCED_COUNT)


class JobSettings(BaseModel):
    """A machine that takes job orders itself (ISA-95 Job Control v2); addresses as those of tags."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    receiver: str = Field(description="the object that takes job orders, such as nsu=URI;s=JobOrderControl")
    provider: str | None = Field(
        default=None, description="the object that gives job responses, such as nsu=URI;s=JobOrderResults"
    )
    on_start: Literal["start", "store"] = Field(
        default="start",
        description="what the machine does with an order that a person starts here: start it, "
        "or store it until somebody starts it at the machine",
    )

    @field_validator("receiver", "provider")
    @classmethod
    def _is_an_address(cls, text: str | None) -> str | None:
        if text is not None:
            parse(text)
        return text


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
    security: SecurityPolicy = Field(
        default=SecurityPolicy.NONE,
        description="None, Basic256Sha256, Aes128Sha256RsaOaep or Aes256Sha256RsaPss; "
        "with None, nobody proves who he is and everybody on the network can read along",
    )
    security_mode: SecurityMode = Field(
        default=SecurityMode.SIGN_AND_ENCRYPT, description="Sign or SignAndEncrypt"
    )
    pki: Path = Field(
        default=Path("opcua"),
        description="folder of the terminal's own certificate and of what servers showed; "
        "default: opcua in the terminal's data folder",
    )
    user: str | None = Field(default=None, description="user name, where the server wants one")
    password_file: Path | None = Field(
        default=None,
        description="file that holds nothing but the password, readable only for the user of this program",
    )
    password_env: str | None = Field(
        default=None, description="name of the environment variable that holds the password"
    )
    user_certificate: Path | None = Field(
        default=None, description="certificate (DER or PEM) of the user, where the server wants one"
    )
    user_key: Path | None = Field(default=None, description="the RSA key of user_certificate")
    alarms: bool = Field(default=False, description="hear the server's alarms and conditions")
    scans: bool = Field(
        default=False, description="hear the readers at this server that speak AutoID (OPC 30010)"
    )
    jobs: JobSettings | None = Field(
        default=None, description="the machine takes the job orders that people start: a table of its own"
    )
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

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.password_file is not None and self.password_env is not None:
            raise ValueError("password_file and password_env: write one of them")
        if (self.user_certificate is None) != (self.user_key is None):
            raise ValueError("user_certificate and user_key belong together: write both or none")
        if self.user is not None and self.user_certificate is not None:
            raise ValueError("user and user_certificate: write one of them")
        if self.user_certificate is not None and self.security is SecurityPolicy.NONE:
            raise ValueError("user_certificate needs a connection that is protected: write security")
        return self


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
            alarm=tag.alarm,
            write=tag.write,
            write_low=tag.write_low,
            write_high=tag.write_high,
        )
        for name, tag in settings.tags.items()
    ]
