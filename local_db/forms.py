"""Half-filled forms: kept, put away with their entry, and forgotten once it was shown that it is saved."""

import json

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from hmi.ports import Draft
from local_db import tables as t

Key = tuple[str, str, str]  # form, subject, person

_THIS = (
    t.draft.c.form == sa.bindparam("b_form"),
    t.draft.c.subject == sa.bindparam("b_subject"),
    t.draft.c.person == sa.bindparam("b_person"),
)
_FORGET = sa.delete(t.draft).where(*_THIS)
_DONE = sa.update(t.draft).where(*_THIS, t.draft.c.done == 0).values(done=1)


def _keep() -> sqlite.Insert:
    insert = sqlite.insert(t.draft)
    new = {name: insert.excluded[name] for name in ("entry_id", "content", "saved_at", "done")}
    return insert.on_conflict_do_update(index_elements=["form", "subject", "person"], set_=new)


_KEEP = _keep()


def keep(connection: sa.Connection, draft: Draft) -> None:
    """Keep a form as it is now."""
    row: dict[str, object] = {
        "form": draft.form,
        "subject": draft.subject,
        "person": draft.person,
        "entry_id": draft.entry_id,
        "content": json.dumps(draft.content, ensure_ascii=False),
        "saved_at": draft.saved_at,
        "done": 0,
    }
    connection.execute(_KEEP, row)


def drop(connection: sa.Connection, key: Key) -> None:
    """Forget a form that was given up."""
    connection.execute(_FORGET, _row(key))


def put_away(connection: sa.Connection, key: Key) -> bool:
    """Mark a form whose entry is saved in this transaction; whether there was one."""
    return connection.execute(_DONE, _row(key)).rowcount > 0


def _row(key: Key) -> dict[str, object]:
    form, subject, person = key
    return {"b_form": form, "b_subject": subject, "b_person": person}
