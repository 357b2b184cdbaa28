"""Everything that the first version keeps.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STATEMENTS = """
CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    place INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    terminal_time INTEGER NOT NULL,
    text TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX journal_id ON journal (id);
CREATE INDEX journal_subject ON journal (subject_kind, subject_id, place);
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;

CREATE TABLE receipt (
    place INTEGER NOT NULL PRIMARY KEY REFERENCES journal (place),
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    mes_id TEXT,
    code TEXT,
    words TEXT,
    who_decides TEXT,
    settled_at INTEGER
) STRICT;
CREATE INDEX receipt_open ON receipt (state, place) WHERE state <> 'received';

CREATE TABLE plan (
    family TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    lookup TEXT,
    record TEXT NOT NULL,
    PRIMARY KEY (family, id)
) STRICT;
CREATE INDEX plan_lookup ON plan (family, lookup);

CREATE TABLE plans_state (
    one INTEGER NOT NULL PRIMARY KEY,
    cursor TEXT NOT NULL,
    etag TEXT,
    mes_epoch TEXT NOT NULL,
    pulled_at INTEGER NOT NULL
) STRICT;

CREATE TABLE draft (
    form TEXT NOT NULL,
    subject TEXT NOT NULL,
    person TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    content TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (form, subject, person)
) STRICT;

CREATE TABLE order_progress (
    order_id TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    completed_at INTEGER,
    counted TEXT NOT NULL,
    declared TEXT NOT NULL,
    scrapped TEXT NOT NULL,
    changed INTEGER NOT NULL
) STRICT;
CREATE INDEX order_progress_state ON order_progress (state, changed);

CREATE TABLE counter (
    tag TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT;

CREATE TABLE hour_count (
    start INTEGER NOT NULL PRIMARY KEY, produced TEXT NOT NULL, scrapped TEXT NOT NULL
) STRICT;

CREATE TABLE unassigned_count (
    place INTEGER NOT NULL PRIMARY KEY, at INTEGER NOT NULL, quantity TEXT NOT NULL
) STRICT;
CREATE INDEX unassigned_count_at ON unassigned_count (at);

CREATE TABLE state_period (
    place INTEGER NOT NULL PRIMARY KEY,
    state INTEGER NOT NULL,
    fault INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER
) STRICT;
CREATE INDEX state_period_end ON state_period ("end");

CREATE TABLE stop (
    place INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    equipment TEXT NOT NULL,
    order_id TEXT,
    state INTEGER NOT NULL,
    fault INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    ended_at INTEGER,
    reason TEXT,
    comment TEXT,
    classified_by TEXT,
    classified_at INTEGER,
    classification_entry TEXT,
    repair TEXT
) STRICT;
CREATE UNIQUE INDEX stop_id ON stop (id);
CREATE INDEX stop_ended ON stop (ended_at);
CREATE INDEX stop_unclassified ON stop (place) WHERE reason IS NULL;

CREATE TABLE sample (
    place INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    entry TEXT NOT NULL,
    plan TEXT NOT NULL,
    characteristic TEXT NOT NULL,
    order_id TEXT NOT NULL,
    numbers TEXT NOT NULL,
    mean TEXT NOT NULL,
    range TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    outside TEXT NOT NULL,
    produced TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    person TEXT
) STRICT;
CREATE INDEX sample_chart ON sample (plan, characteristic, place);
CREATE INDEX sample_order ON sample (order_id, place);
CREATE INDEX sample_entry ON sample (entry);

CREATE TABLE nonconformance (
    place INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    sample TEXT NOT NULL,
    order_id TEXT NOT NULL,
    characteristic TEXT NOT NULL,
    outside TEXT NOT NULL,
    opened_at INTEGER NOT NULL
) STRICT;

CREATE TABLE repair (
    place INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    asset TEXT NOT NULL,
    stop TEXT,
    fault INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    opened_by TEXT,
    problem TEXT,
    cause TEXT,
    remedy TEXT,
    returned_at INTEGER,
    downtime_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX repair_id ON repair (id);
CREATE INDEX repair_asset ON repair (asset, began_at);
CREATE INDEX repair_open ON repair (place) WHERE returned_at IS NULL;

CREATE TABLE repair_step (
    place INTEGER NOT NULL PRIMARY KEY,
    repair TEXT NOT NULL,
    step INTEGER NOT NULL,
    text TEXT NOT NULL,
    person TEXT,
    at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX repair_step_repair ON repair_step (repair, step);

CREATE TABLE repair_part (
    place INTEGER NOT NULL PRIMARY KEY,
    repair TEXT NOT NULL,
    material TEXT NOT NULL,
    lot TEXT,
    serial TEXT,
    quantity TEXT NOT NULL,
    unit TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX repair_part_repair ON repair_part (repair);

CREATE TABLE session (
    one INTEGER NOT NULL PRIMARY KEY, person TEXT NOT NULL, name TEXT NOT NULL, since INTEGER NOT NULL
) STRICT;

INSERT INTO meta VALUES ('epoch', '1');
INSERT INTO meta VALUES ('clean', '1');
"""


def upgrade() -> None:
    for statement in _STATEMENTS.replace("\nBEGIN", " BEGIN").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("an older program reads the copy that was made before the upgrade")
