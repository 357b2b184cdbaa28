"""Plans: records that the MES owns and a terminal only reads. Fields as in docs/mes-contract."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Plan(BaseModel):
    """A record of the MES: `id` is unique in its family, `version` grows with each change."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    family: ClassVar[str]
    id: str
    version: int


class JobOrder(Plan):
    """ISA-95 job order: what to make, how many, until when. Quantities in `unit`, cycle time in seconds."""

    family: ClassVar[str] = "job_order"
    operation: str
    material: str
    material_name: str
    quantity: Decimal
    unit: str
    due_at: AwareDatetime | None = None
    priority: int = 100
    state: Literal["released", "cancelled", "closed"] = "released"
    equipment: str
    ideal_cycle_s: Decimal | None = None
    rate_per_hour: Decimal | None = None
    inspection_plans: tuple[str, ...] = ()
    tool: str | None = None
    note: str | None = None


class Characteristic(BaseModel):
    """One thing that is measured: specification limits (`lower`, `upper`) and the frozen chart limits."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: str
    name: str
    nominal: Decimal
    lower: Decimal | None = None
    upper: Decimal | None = None
    unit: str
    decimals: int = Field(ge=0, le=9)
    sample_size: int = Field(ge=1, le=25)
    centre: Decimal | None = None
    lcl: Decimal | None = None
    ucl: Decimal | None = None
    gauge: str | None = None


class InspectionPlan(Plan):
    """What is measured, and how often: after so many parts, or so many minutes of running time."""

    family: ClassVar[str] = "inspection_plan"
    name: str
    every_parts: int | None = Field(default=None, ge=1)
    every_minutes: int | None = Field(default=None, ge=1)
    characteristics: tuple[Characteristic, ...]


class Reason(Plan):
    """Why the equipment stopped, or why a part is scrap."""

    family: ClassVar[str] = "reason"
    name: str
    group: str
    planned: bool = False
    applies_to: Literal["stop", "scrap"]
    suggested_by: tuple[int, ...] = ()
    rank: int = 100


class Person(Plan):
    """Somebody who may sign in; `badge` is an identifier, not a secret.

    `enrol` is the argon2id hash of the one-time code with which this person chooses a PIN at a terminal.
    """

    family: ClassVar[str] = "person"
    name: str
    badge: str
    roles: tuple[str, ...]
    language: str = "en"
    valid_to: datetime | None = None
    enrol: str | None = None


class Asset(Plan):
    """A machine or a part of one, with the steps that make it safe before a repair."""

    family: ClassVar[str] = "asset"
    name: str
    path: str
    asset_class: str
    lock_out: tuple[str, ...] = ()


class FailureCode(Plan):
    """ISO 14224 codes: `problem` is the failure mode seen, `cause` why, `remedy` what was done."""

    family: ClassVar[str] = "failure_code"
    name: str
    kind: Literal["problem", "cause", "remedy"]
    asset_class: str | None = None
    suggested_by: tuple[int, ...] = ()
    rank: int = 100


class Material(Plan):
    """A product, a raw material or a spare part; `gtin` has 14 digits where there is one."""

    family: ClassVar[str] = "material"
    name: str
    unit: str
    use: Literal["product", "raw", "spare"]
    gtin: str | None = None
    tracked_by: Literal["none", "lot", "serial"] = "none"


class Fault(Plan):
    """What a fault code of the PLC means, in words; its id is the code as a decimal text."""

    family: ClassVar[str] = "fault"
    text: str
    guidance: str | None = None


class RoleTable(Plan):
    """What each role may do, by the names of permissions; its id is `roles`."""

    family: ClassVar[str] = "roles"
    roles: dict[str, tuple[str, ...]]


class SignedPeople(Plan):
    """The people file as the MES signed it; its id is `people`. `file` and `signature` are base64."""

    family: ClassVar[str] = "people"
    file: str
    signature: str


PLAN_FAMILIES: dict[str, type[Plan]] = {
    plan.family: plan
    for plan in (
        JobOrder,
        InspectionPlan,
        Reason,
        Person,
        Asset,
        FailureCode,
        Material,
        Fault,
        RoleTable,
        SignedPeople,
    )
}
