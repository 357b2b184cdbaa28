"""What people write and photograph for a record; pictures stand beside the journal, hashes in it."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from hmi.domain.changes import Family
from hmi.domain.payload import Payload

LONGEST_NOTE = 2000
MOST_PHOTOS = 4


class Photo(BaseModel):
    """One picture: SHA-256 of its bytes in lower-case hex, how many they are, and what they hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=1)]
    media: Literal["image/jpeg", "image/png"]


class RecordNoted(Payload):
    """A note to a repair or a nonconformance, and the photos that belong to it."""

    kind: ClassVar[str] = "record.noted"
    families: ClassVar[frozenset[Family]] = frozenset({Family.REPAIRS, Family.QUALITY})
    ordered: ClassVar[bool] = False
    note: str
    photos: tuple[Photo, ...] = ()


NOTE_PAYLOADS = (RecordNoted,)
