"""A database as the version before left it (rows.json), and the WeChat that it was synced from."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from followers.fields import EncryptedTextField
from followers.models import EPOCH

from ..installation import Database
from ..sync.driver import FakeWeChat

BEFORE, AFTER = "0007_account_of_runs", "0008_standard_words"
# Leases last a minute: those of the workers that were killed have run out since.
SINCE = timedelta(minutes=3)


@cache
def told() -> Any:
    return json.loads((Path(__file__).parent / "rows.json").read_text())


@contextmanager
def connected(database: Database) -> Iterator[None]:
    """Django's connection, moved from the tests' database to this one."""
    own = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database.name
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own
        ContentType.objects.clear_cache()


def migrate(name: str) -> Any:
    """To this migration of ours, and to the latest of others; gives the models of then."""
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    targets = [(app, name if app == "followers" else last) for app, last in latest]
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


def insert(apps: Any) -> None:
    """The rows as they were, by now some minutes old."""
    now = timezone.now() - SINCE
    filled = [apps.get_model(label) for label in told()["tables"]]
    with connection.cursor() as cursor:
        for model, rows in zip(filled, told()["tables"].values(), strict=True):
            fields = model._meta.concrete_fields
            columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
            places = ", ".join(["%s"] * len(fields))
            sql = f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({places})"
            cursor.executemany(
                sql, [[_stored(field, row, now) for field in fields] for row in rows]
            )
        for sql in connection.ops.sequence_reset_sql(no_style(), filled):
            cursor.execute(sql)


def _stored(field: models.Field, row: dict[str, Any], now: datetime) -> Any:
    value = field.get_default()
    if field.attname in row:
        value = _read(field, row[field.attname], now)
    # As it was: encrypted by the version before.
    encrypted = isinstance(field, EncryptedTextField)
    return value if encrypted else field.get_db_prep_save(value, connection)


def _read(field: models.Field, value: Any, now: datetime) -> Any:
    """What make_rows.written has written."""
    match field:
        case models.DateTimeField(name="subscribe_time") if value is not None:
            return datetime.fromtimestamp(value, UTC)
        case models.DateTimeField() if value is not None:
            return EPOCH if value == "epoch" else now + timedelta(seconds=value)
        case models.DateField() if value is not None:
            return date.today() + timedelta(days=value)
        case models.BinaryField():
            return base64.b64decode(value)
    return value


def simulated() -> dict[str, FakeWeChat]:
    """By AppID: as it was when the rows were stored. `sent`: what changes it from now on."""
    return {app_id: _simulated(app_id, **how) for app_id, how in told()["wechat"].items()}


def _simulated(app_id: str, options: dict[str, Any], history: list[Any]) -> FakeWeChat:
    wechat = FakeWeChat(app_id=app_id, **options)
    for act, what in history:
        if act == "leave":
            assert wechat.people.leave(what) == what, "other people are simulated by now"
        else:
            token, _seconds = wechat.account.tokens.issue_stable()
            body = json.dumps(what, ensure_ascii=False).encode()
            reply = wechat.simulation.respond("POST", act, {"access_token": token}, body)
            assert not reply.payload.get("errcode"), (act, what, reply.payload)
    return wechat
