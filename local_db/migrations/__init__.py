"""The steps that bring an older file up to date, run by alembic."""
