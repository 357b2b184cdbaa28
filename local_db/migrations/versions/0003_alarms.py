"""Alarms as they stand.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ALARM = """CREATE TABLE alarm (
    "key" TEXT NOT NULL PRIMARY KEY,
    place INTEGER NOT NULL,
    name TEXT NOT NULL,
    priority TEXT NOT NULL,
    condition TEXT NOT NULL,
    link TEXT NOT NULL,
    tag TEXT,
    fault INTEGER,
    value TEXT,
    "limit" TEXT,
    unit TEXT NOT NULL,
    active INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL,
    raised_at INTEGER NOT NULL,
    times INTEGER NOT NULL,
    returned_at INTEGER,
    acknowledged_at INTEGER,
    acknowledged_by TEXT,
    shelved_until INTEGER,
    out_of_service INTEGER NOT NULL,
    suppressed_by TEXT,
    suppressed_at INTEGER,
    reason TEXT
) STRICT"""


def upgrade() -> None:
    op.execute(_ALARM)


def downgrade() -> None:
    raise NotImplementedError("an older program reads the copy that was made before the upgrade")
