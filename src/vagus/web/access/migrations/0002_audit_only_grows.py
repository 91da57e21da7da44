"""The audit only grows: the database itself refuses to change or delete a line."""

from typing import Any

from django.db import migrations

_SQLITE = (
    "CREATE TRIGGER access_audit_{what} BEFORE {what} ON access_audit "
    "BEGIN SELECT RAISE(ABORT, 'a line of the audit is never changed'); END"
)
_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION access_audit_refuse() RETURNS trigger AS $$ "
    "BEGIN RAISE EXCEPTION 'a line of the audit is never changed'; END $$ LANGUAGE plpgsql",
    "CREATE TRIGGER access_audit_only_grows BEFORE UPDATE OR DELETE ON access_audit "
    "FOR EACH ROW EXECUTE FUNCTION access_audit_refuse()",
)


def refuse(apps: Any, editor: Any) -> None:
    """Put the triggers into place."""
    if editor.connection.vendor == "sqlite":
        for what in ("UPDATE", "DELETE"):
            editor.execute(_SQLITE.format(what=what))
    elif editor.connection.vendor == "postgresql":
        for statement in _POSTGRESQL:
            editor.execute(statement)


def allow(apps: Any, editor: Any) -> None:
    """Take the triggers away, so that the table itself can be taken away."""
    if editor.connection.vendor == "sqlite":
        for what in ("UPDATE", "DELETE"):
            editor.execute(f"DROP TRIGGER IF EXISTS access_audit_{what}")
    elif editor.connection.vendor == "postgresql":
        editor.execute("DROP TRIGGER IF EXISTS access_audit_only_grows ON access_audit")


class Migration(migrations.Migration):
    """Adds the triggers."""

    dependencies = [("access", "0001_initial")]
    operations = [migrations.RunPython(refuse, allow)]
