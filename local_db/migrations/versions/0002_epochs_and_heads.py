"""Entries that are carried into a new epoch under their ids, and signed heads of the chain.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "DROP INDEX journal_id",
    "CREATE UNIQUE INDEX journal_id ON journal (id, place)",
    """CREATE TRIGGER journal_one_id BEFORE INSERT ON journal
    WHEN EXISTS (SELECT 1 FROM journal WHERE id = NEW.id AND place >> 40 = NEW.place >> 40)
    BEGIN SELECT RAISE(ABORT, 'an id stands once in an epoch'); END""",
    """CREATE TABLE head (
    place INTEGER NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    signed_at TEXT NOT NULL,
    key TEXT NOT NULL,
    signature TEXT NOT NULL
    ) STRICT""",
    """CREATE TRIGGER head_no_update BEFORE UPDATE ON head
    BEGIN SELECT RAISE(ABORT, 'signed heads are only added to'); END""",
    """CREATE TRIGGER head_no_delete BEFORE DELETE ON head
    BEGIN SELECT RAISE(ABORT, 'signed heads are only added to'); END""",
    "INSERT INTO meta VALUES ('mes_epoch', '')",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("an older program reads the copy that was made before the upgrade")
