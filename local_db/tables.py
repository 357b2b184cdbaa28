"""The tables of the file. `migrations` makes them; a test holds the two against each other.

A `place` says where an entry stands among all entries of the file: epoch x 2^40 + seq. The journal is only
ever added to, and an id stands in it once an epoch (triggers see to both); a receipt is the one thing about
an entry that changes, and FACTS can be rebuilt from the journal alone.
"""

import sqlalchemy as sa

from local_db.columns import Exact, Instant

SEQ_BITS = 40
SCHEMA = sa.MetaData()


def place_of(epoch: int, seq: int) -> int:
    """Where entry `seq` of an epoch stands among all entries of the file."""
    return epoch << SEQ_BITS | seq


def seq_of(place: int) -> tuple[int, int]:
    """Epoch and seq of a place."""
    return place >> SEQ_BITS, place & ((1 << SEQ_BITS) - 1)


def _place() -> "sa.Column[int]":
    return sa.Column("place", sa.Integer, primary_key=True)


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=False)


def _maybe(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=True)


def _number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, nullable=False)


# ---------------------------------------------------------------- what happened, and what became of it

meta = sa.Table("meta", SCHEMA, sa.Column("key", sa.Text, primary_key=True), _text("value"))

journal = sa.Table(
    "journal",
    SCHEMA,
    _place(),
    _text("id"),
    _text("kind"),
    _text("subject_kind"),
    _text("subject_id"),
    sa.Column("terminal_time", Instant, nullable=False),
    _text("text"),
    _text("hash"),
    sa.Index("journal_id", "id", "place", unique=True),
    sa.Index("journal_subject", "subject_kind", "subject_id", "place"),
)

receipt = sa.Table(
    "receipt",
    SCHEMA,
    sa.Column("place", sa.Integer, sa.ForeignKey("journal.place"), primary_key=True),
    _text("state"),
    _number("attempts"),
    _maybe("mes_id"),
    _maybe("code"),
    _maybe("words"),
    _maybe("who_decides"),
    sa.Column("settled_at", Instant, nullable=True),
    sa.Index("receipt_open", "state", "place", sqlite_where=sa.text("state <> 'received'")),
)

head = sa.Table(
    "head",
    SCHEMA,
    _place(),
    _text("hash"),
    _text("signed_at"),
    _text("key"),
    _text("signature"),
)

cut = sa.Table(
    "cut",
    SCHEMA,
    _place(),
    _number("entries"),  # that left the journal up to here, in all
    _text("hash"),
    _text("archive"),
    _text("base"),
    _text("signed_at"),
    _text("key"),
    _text("signature"),
)

base = sa.Table(
    "base",
    SCHEMA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    _text("rows"),
)

# ---------------------------------------------------------------- what the MES plans, and half-filled forms

plan = sa.Table(
    "plan",
    SCHEMA,
    sa.Column("family", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    _number("version"),
    _maybe("lookup"),
    _text("record"),
    sa.Index("plan_lookup", "family", "lookup"),
)

plans_state = sa.Table(
    "plans_state",
    SCHEMA,
    sa.Column("one", sa.Integer, primary_key=True),
    _text("cursor"),
    _maybe("etag"),
    _text("mes_epoch"),
    sa.Column("pulled_at", Instant, nullable=False),
)

lease = sa.Table(
    "lease",
    SCHEMA,
    sa.Column("counter", sa.Text, primary_key=True),
    _text("holder"),
    _number("held"),
    _number("fence"),
    sa.Column("counted_to", sa.Integer, nullable=True),
    sa.Column("counted_at", Instant, nullable=True),
)

draft = sa.Table(
    "draft",
    SCHEMA,
    sa.Column("form", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    _text("entry_id"),
    _text("content"),
    sa.Column("saved_at", Instant, nullable=False),
    _number("done"),  # its entry is saved; the form comes back if the program dies before that was shown
)

# ---------------------------------------------------------------- facts, as screens read them

order_progress = sa.Table(
    "order_progress",
    SCHEMA,
    sa.Column("order_id", sa.Text, primary_key=True),
    _text("state"),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("completed_at", Instant, nullable=True),
    sa.Column("counted", Exact, nullable=False),
    sa.Column("declared", Exact, nullable=False),
    sa.Column("scrapped", Exact, nullable=False),
    _number("changed"),
    sa.Index("order_progress_state", "state", "changed"),
)

counter = sa.Table(
    "counter",
    SCHEMA,
    sa.Column("tag", sa.Text, primary_key=True),
    _number("value"),
    sa.Column("at", Instant, nullable=False),
    sa.Column("fence", sa.Integer, nullable=True),
)

hour_count = sa.Table(
    "hour_count",
    SCHEMA,
    sa.Column("start", Instant, primary_key=True),
    sa.Column("produced", Exact, nullable=False),
    sa.Column("scrapped", Exact, nullable=False),
)

unassigned_count = sa.Table(
    "unassigned_count",
    SCHEMA,
    _place(),
    sa.Column("at", Instant, nullable=False),
    sa.Column("quantity", Exact, nullable=False),
    sa.Index("unassigned_count_at", "at"),
)

state_period = sa.Table(
    "state_period",
    SCHEMA,
    _place(),
    _number("state"),
    _number("fault"),
    sa.Column("start", Instant, nullable=False),
    sa.Column("end", Instant, nullable=True),
    sa.Index("state_period_end", "end"),
)

stop = sa.Table(
    "stop",
    SCHEMA,
    _place(),
    _text("id"),
    _text("equipment"),
    _maybe("order_id"),
    _number("state"),
    _number("fault"),
    sa.Column("began_at", Instant, nullable=False),
    sa.Column("ended_at", Instant, nullable=True),
    _maybe("reason"),
    _maybe("comment"),
    _maybe("classified_by"),
    sa.Column("classified_at", Instant, nullable=True),
    _maybe("classification_entry"),
    _maybe("repair"),
    sa.Index("stop_id", "id", unique=True),
    sa.Index("stop_ended", "ended_at"),
    sa.Index("stop_unclassified", "place", sqlite_where=sa.text("reason IS NULL")),
)

sample = sa.Table(
    "sample",
    SCHEMA,
    _place(),
    _text("id"),
    _text("entry"),
    _text("plan"),
    _text("characteristic"),
    _text("order_id"),
    _text("numbers"),
    sa.Column("mean", Exact, nullable=False),
    sa.Column("range", Exact, nullable=False),
    _number("accepted"),
    _text("outside"),
    sa.Column("produced", Exact, nullable=False),
    sa.Column("taken_at", Instant, nullable=False),
    _maybe("person"),
    sa.Index("sample_chart", "plan", "characteristic", "place"),
    sa.Index("sample_order", "order_id", "place"),
    sa.Index("sample_entry", "entry"),
)

nonconformance = sa.Table(
    "nonconformance",
    SCHEMA,
    _place(),
    _text("id"),
    _text("sample"),
    _text("order_id"),
    _text("characteristic"),
    _text("outside"),
    sa.Column("opened_at", Instant, nullable=False),
)

repair = sa.Table(
    "repair",
    SCHEMA,
    _place(),
    _text("id"),
    _text("asset"),
    _maybe("stop"),
    _number("fault"),
    sa.Column("began_at", Instant, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    _maybe("opened_by"),
    _maybe("problem"),
    _maybe("cause"),
    _maybe("remedy"),
    sa.Column("returned_at", Instant, nullable=True),
    sa.Column("downtime_ms", sa.Integer, nullable=True),
    sa.Index("repair_id", "id", unique=True),
    sa.Index("repair_asset", "asset", "began_at"),
    sa.Index("repair_open", "place", sqlite_where=sa.text("returned_at IS NULL")),
)

repair_step = sa.Table(
    "repair_step",
    SCHEMA,
    _place(),
    _text("repair"),
    _number("step"),
    _text("text"),
    _maybe("person"),
    sa.Column("at", Instant, nullable=False),
    sa.Index("repair_step_repair", "repair", "step", unique=True),
)

repair_part = sa.Table(
    "repair_part",
    SCHEMA,
    _place(),
    _text("repair"),
    _text("material"),
    _maybe("lot"),
    _maybe("serial"),
    sa.Column("quantity", Exact, nullable=False),
    _text("unit"),
    sa.Column("at", Instant, nullable=False),
    sa.Index("repair_part_repair", "repair"),
)

alarm = sa.Table(
    "alarm",
    SCHEMA,
    sa.Column("key", sa.Text, primary_key=True),
    _number("place"),
    _text("name"),
    _text("priority"),
    _text("condition"),
    _text("link"),
    _maybe("tag"),
    sa.Column("fault", sa.Integer, nullable=True),
    sa.Column("value", Exact, nullable=True),
    sa.Column("limit", Exact, nullable=True),
    _text("unit"),
    _number("active"),
    _number("acknowledged"),
    sa.Column("raised_at", Instant, nullable=False),
    _number("times"),
    sa.Column("returned_at", Instant, nullable=True),
    sa.Column("acknowledged_at", Instant, nullable=True),
    _maybe("acknowledged_by"),
    sa.Column("shelved_until", Instant, nullable=True),
    _number("out_of_service"),
    _maybe("suppressed_by"),
    sa.Column("suppressed_at", Instant, nullable=True),
    _maybe("reason"),
)

session = sa.Table(
    "session",
    SCHEMA,
    sa.Column("one", sa.Integer, primary_key=True),
    _text("person"),
    _text("name"),
    sa.Column("since", Instant, nullable=False),
)

FACTS = (
    order_progress,
    counter,
    hour_count,
    unassigned_count,
    state_period,
    stop,
    sample,
    nonconformance,
    repair,
    repair_step,
    repair_part,
    alarm,
    session,
)
