"""A form whose entry is saved stays for a moment, in case the program dies before that was shown.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE draft ADD COLUMN done INTEGER NOT NULL DEFAULT 0")


def downgrade() -> None:
    raise NotImplementedError("an older program reads the copy that was made before the upgrade")
