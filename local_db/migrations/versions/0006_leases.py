"""Which counters this terminal may count by, where several terminals hear the same machine.

Revision ID: 0006
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """CREATE TABLE lease (
    counter TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    held INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    counted_to INTEGER,
    counted_at INTEGER
    ) STRICT""",
    "ALTER TABLE counter ADD COLUMN fence INTEGER",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("an older program reads the copy that was made before the upgrade")
