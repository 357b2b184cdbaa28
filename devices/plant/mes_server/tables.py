"""What the reference MES keeps: its plans, the inbox of entries, and what the entries say, applied.

Decimals and times are kept as the texts of the contract, so that nothing is rounded on the way through.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

meta = Table(
    "meta", metadata, Column("key", String, primary_key=True), Column("value", String, nullable=False)
)

terminal = Table(
    "terminal",
    metadata,
    Column("id", String, primary_key=True),
    Column("equipment", String, nullable=False),
    Column("path", String, nullable=False),
)

token = Table(
    "token",
    metadata,
    Column("hash", String(64), primary_key=True, comment="SHA-256 of the token, never the token"),
    Column("terminal", ForeignKey("terminal.id"), nullable=False),
    Column("made_at", String, nullable=False),
)

plan = Table(
    "plan",
    metadata,
    Column("family", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("record", Text, nullable=False, comment="JSON; the last one before it was withdrawn when deleted"),
    Column(
        "change", Integer, nullable=False, unique=True, comment="position in the history of all plan changes"
    ),
)

inbox = Table(
    "inbox",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False, comment="R-<number> is the receipt"),
    Column("id", String(36), nullable=False, unique=True),
    Column("terminal", String, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("subject_kind", String, nullable=False),
    Column("subject_id", String, nullable=False),
    Column("order_id", String, index=True),
    Column("person", String),
    Column("hash", String(64), nullable=False),
    Column("entry", Text, nullable=False, comment="canonical JSON of the entry without its hash"),
    Column("result", String, nullable=False),
    Column("code", String),
    Column("words", Text),
    Column("who_decides", String),
    Column("received_at", String, nullable=False),
    Column("judged_at", String, nullable=False),
    Column("times_seen", Integer, nullable=False),
    UniqueConstraint("terminal", "epoch", "seq"),
)

high_water = Table(
    "high_water",
    metadata,
    Column("terminal", String, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", Integer, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("equipment", String, primary_key=True),
    Column("counter", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("fence", Integer, nullable=False, comment="rises with each terminal that gets it"),
    Column("renewed_ms", BigInteger, nullable=False),
    Column("counted_to", BigInteger, comment="counter value of the newest count that was received"),
    Column("counted_at", String),
)

job_response = Table(
    "job_response",
    metadata,
    Column("order_id", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("produced", String, nullable=False),
    Column("scrap", String, nullable=False),
    Column("started_at", String),
    Column("completed_at", String),
    Column("plan_version", Integer),
)

production = Table(
    "production",
    metadata,
    Column("entry_id", String(36), primary_key=True),
    Column("order_id", String, index=True),
    Column("equipment", String),
    Column("kind", String, nullable=False),
    Column("quantity", String, nullable=False),
    Column("reason", String),
    Column("evidence", String),
    Column("at", String, nullable=False),
    Column("replaced_by", String(36)),
)

stop = Table(
    "stop",
    metadata,
    Column("id", String, primary_key=True),
    Column("order_id", String, index=True),
    Column("equipment", String),
    Column("state", Integer),
    Column("fault", Integer),
    Column("began_at", String),
    Column("ended_at", String),
    Column("duration_ms", BigInteger),
    Column("reason", String),
    Column("comment", Text),
    Column("evidence", String),
)

sample = Table(
    "sample",
    metadata,
    Column("entry_id", String(36), primary_key=True),
    Column("id", String, nullable=False),
    Column("order_id", String, nullable=False, index=True),
    Column("plan", String, nullable=False),
    Column("plan_version", Integer, nullable=False),
    Column("characteristic", String, nullable=False),
    Column("values", Text, nullable=False, comment="JSON list of decimals"),
    Column("unit", String, nullable=False),
    Column("mean", String, nullable=False),
    Column("range", String, nullable=False),
    Column("judgement", String, nullable=False),
    Column("outside", Text, nullable=False, comment="JSON list of positions from 1"),
    Column("gauge", String),
    Column("at", String, nullable=False),
    Column("replaced_by", String(36)),
)

nonconformance = Table(
    "nonconformance",
    metadata,
    Column("id", String, primary_key=True),
    Column("order_id", String, nullable=False, index=True),
    Column("sample", String, nullable=False),
    Column("characteristic", String, nullable=False),
    Column("outside", Text, nullable=False, comment="JSON list of decimals"),
    Column("lower", String),
    Column("upper", String),
    Column("unit", String, nullable=False),
    Column("at", String, nullable=False),
)

repair = Table(
    "repair",
    metadata,
    Column("id", String, primary_key=True),
    Column("order_id", String, index=True),
    Column("stop", String),
    Column("asset", String),
    Column("fault", Integer),
    Column("began_at", String),
    Column("opened_at", String),
    Column("ended_at", String),
    Column("problem", String),
    Column("cause", String),
    Column("remedy", String),
    Column("steps", Text, nullable=False, comment="JSON list of {step, text}"),
    Column("downtime_ms", BigInteger),
    Column("active_ms", BigInteger),
)

repair_part = Table(
    "repair_part",
    metadata,
    Column("entry_id", String(36), primary_key=True),
    Column("repair", String, nullable=False, index=True),
    Column("material", String, nullable=False),
    Column("lot", String),
    Column("serial", String),
    Column("quantity", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("scanned", String, nullable=False),
)

Index("inbox_newest", inbox.c.result, inbox.c.number)
