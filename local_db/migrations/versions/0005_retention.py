"""Old entries may leave the journal, behind a cut that says what went and what the tables were.

Revision ID: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """CREATE TABLE cut (
    place INTEGER NOT NULL PRIMARY KEY,
    entries INTEGER NOT NULL,
    hash TEXT NOT NULL,
    archive TEXT NOT NULL,
    base TEXT NOT NULL,
    signed_at TEXT NOT NULL,
    key TEXT NOT NULL,
    signature TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE base (
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    rows TEXT NOT NULL,
    PRIMARY KEY (name, number)
    ) STRICT""",
    """CREATE TRIGGER cut_no_update BEFORE UPDATE ON cut
    BEGIN SELECT RAISE(ABORT, 'cuts are only added to'); END""",
    """CREATE TRIGGER cut_no_delete BEFORE DELETE ON cut
    BEGIN SELECT RAISE(ABORT, 'cuts are only added to'); END""",
    "DROP TRIGGER journal_no_delete",
    """CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
    WHEN OLD.place > coalesce((SELECT max(place) FROM cut), 0)
    BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END""",
    "DROP TRIGGER head_no_delete",
    """CREATE TRIGGER head_no_delete BEFORE DELETE ON head
    WHEN OLD.place > coalesce((SELECT max(place) FROM cut), 0)
    BEGIN SELECT RAISE(ABORT, 'signed heads are only added to'); END""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("an older program reads the copy that was made before the upgrade")
