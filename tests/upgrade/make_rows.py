"""Makes rows.json: what the version before 0008_standard_words left in a database.

It runs the code of that version, beside which it has to lie:

    git worktree add ../before 7212c21
    cp -r tests/upgrade ../before/tests/ && cd ../before
    DATABASE_URL=sqlite:///before.sqlite3 DJANGO_SETTINGS_MODULE=wxadmin.settings \\
        python -m tests.upgrade.make_rows > rows.json

Every account has runs that were stopped somewhere, as by a kill, a person or WeChat. `wechat` is
what happened at each simulated account meanwhile, so that it can be simulated again.
"""

import base64
import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import django

import tests.environment  # noqa: F401 (the keys of the tests)

django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_q.models import OrmQ  # noqa: E402
from django_q.signing import SignedPackage  # noqa: E402
from followers.edits.change import Change  # noqa: E402
from followers.edits.record import Step, record, record_steps  # noqa: E402
from followers.edits.undo import undo  # noqa: E402
from followers.runs.kinds import kind_of  # noqa: E402

from followers.fields import EncryptedTextField  # noqa: E402
from followers.models import EPOCH, EditRun, Follower, OfficialAccount, Run, SyncRun, Tag  # noqa: E402
from followers.runs import engine, lease  # noqa: E402
from followers.sync import review, syncs  # noqa: E402
from tests.sync.driver import SECRET, FakeWeChat  # noqa: E402
from tests.upgrade import TABLES  # noqa: E402

MOVING = (Run.Status.QUEUED, Run.Status.RUNNING)
WRITES = ("batchtagging", "batchuntagging", "batchblacklist", "batchunblacklist", "updateremark")
WRITES += ("tags/create", "tags/update", "tags/delete")


class Shop:
    """An account here and at a simulated WeChat that keeps a record of all that changes it."""

    every: dict[str, "Shop"] = {}

    def __init__(self, name: str, followers: int = 8, **options: Any) -> None:
        app_id = f"wxbefore{len(self.every):010d}"
        self.options = {"followers": followers, "page_size": 3, "tags": 0, **options}
        self.wechat = FakeWeChat(app_id=app_id, **self.options)
        self.wechat.distort = self._note
        self.history: list[Any] = []
        self.account = OfficialAccount.objects.create(name=name, app_id=app_id, app_secret=SECRET)
        self.every[app_id] = self

    def _note(self, path: str, body: bytes, reply: Any) -> Any:
        if path.endswith(WRITES) and not reply.payload.get("errcode"):
            self.history.append([path, json.loads(body)])
        return reply

    def leave(self, number: int) -> None:
        self.history.append(["leave", self.wechat.people.leave(number)])

    @property
    def client(self) -> Any:
        return self.wechat.client_for(self.account)

    @property
    def people(self) -> Any:
        return Follower.objects.filter(account=self.account, subscribed=True).order_by("pk")

    def sync(self, *stages: str) -> SyncRun:
        chosen = {"stages": stages or ("listing",)}
        return syncs.start(self.account, USER, **chosen)[0]

    def synced(self, *stages: str) -> None:
        assert drive(self.sync(*stages)).status == "succeeded"

    def change(self, action: str, people: Any = None, **what: Any) -> EditRun:
        return record(self.account, people, Change(action, **what), user=USER, selection="some")

    def tag(self, name: str = "VIP") -> Tag:
        drive(self.change("create_tag", name=name))
        return Tag.objects.get(account=self.account, name=name)


def advance(run: Run, slices: int = 1) -> Run:
    for _ in range(slices):
        run.refresh_from_db()
        engine.advance(type(run), run.pk, run.ticket)
    run.refresh_from_db()
    return run


def drive(run: Run) -> Run:
    run.refresh_from_db()
    while run.status in MOVING:
        advance(run)
    return run


def kill(run: Run, *, after_the_call: bool = False) -> None:
    """A worker has it, and is killed: at once, or between WeChat's answer and the commit."""
    run.refresh_from_db()
    claim = lease.claim(type(run), run.pk, run.ticket)
    assert claim
    if after_the_call:
        with engine.client_for(run.account) as client:
            stage = kind_of(type(run)).open(claim.run, client)
            stage.fetch(last=True)
            stage.close()


def stop_at(
    run: SyncRun, stage: str, phase: str, holds: Callable[[Any], bool] = lambda row: True
) -> None:
    """Slices until the stage stands so, then a kill."""
    for _ in range(100):
        row = run.stages.get(name=stage)
        if row.status == "running" and row.phase == phase and holds(row):
            return kill(run)
        advance(run)
    raise AssertionError(f"{stage} never came to {phase}")


# --- syncs ----------------------------------------------------------------------------------------


def all_syncs() -> None:
    Shop("queued").sync()
    stop_at(Shop("listing: walk").sync(), "listing", "walk", lambda row: row.cursor)
    stop_at(Shop("listing: weigh").sync(), "listing", "weigh")
    for phase in ("confirm", "sweep", "reconcile"):
        shop = Shop(f"listing: {phase}")
        shop.synced()
        shop.leave(3)
        asked = lambda row, phase=phase: phase != "confirm" or row.counters.get("asked")  # noqa: E731
        stop_at(shop.sync(), "listing", phase, asked)
    doubtful = Shop("listing: confirm in doubt", 104, page_size=60)
    doubtful.synced()
    doubtful.leave(24)
    stop_at(doubtful.sync(), "listing", "confirm", lambda row: row.counters.get("asked"))
    members()
    details = Shop("details", 6, tags=1)
    stop_at(details.sync("listing", "details"), "details", "ask", lambda row: row.done)
    ends()


def members() -> None:
    for phase in ("walk", "apply"):
        of_tags = Shop(f"tags: {phase}", tags=1, tag_percent=70)
        holds = (lambda row: row.cursor) if phase == "walk" else (lambda row: True)
        stop_at(of_tags.sync("listing", "tags"), "tags", phase, holds)
        blocked = Shop(f"blacklist: {phase}", blacklist_page_size=2)
        blocked.synced()
        blocked.client.block([person.openid for person in blocked.people[:5]])
        stop_at(blocked.sync("blacklist"), "blacklist", phase, holds)
    deleted = Shop("tags: apply, of one that is gone", tags=1, tag_percent=70)
    deleted.synced("listing", "tags")
    deleted.client.delete_tag(deleted.account.tags.exclude(wechat_id=2).get().wechat_id)
    stop_at(deleted.sync("tags"), "tags", "apply", lambda row: row.counters["todo"][0][2] is None)


def ends() -> None:
    for name, fault in (("waiting", "-1"), ("waiting for midnight", "45009"), ("failed", "48001")):
        shop = Shop(name)
        shop.wechat.fault(fault, after=1)
        drive(shop.sync())
    for name in ("review", "review, approved"):
        shop = Shop(name, 5)
        shop.synced()
        shop.leave(5)
        run = drive(shop.sync())
        assert run.status == "review"
    assert review.apply(run, USER)
    engine.cancel(advance(Shop("cancelled").sync()))
    Shop("succeeded", tags=1).synced(*syncs.STAGES)


# --- changes --------------------------------------------------------------------------------------


def changes() -> None:
    shop = Shop("tag", 56, page_size=60)
    shop.synced()
    vip = shop.tag()
    kill(advance(shop.change("tag", shop.people, tag=vip), 2), after_the_call=True)
    shop.change("remark", shop.people, text="behind it")

    shop = Shop("untag", 56, page_size=60)
    shop.synced()
    vip = shop.tag()
    drive(shop.change("tag", shop.people, tag=vip))
    kill(advance(shop.change("untag", shop.people, tag=vip), 2), after_the_call=True)

    shop = Shop("undo", 56, page_size=60)
    shop.synced()
    vip = shop.tag()
    tagged = drive(shop.change("tag", shop.people, tag=vip))
    kill(advance(undo(tagged, USER), 2), after_the_call=True)

    for action in ("block", "unblock"):
        shop = Shop(action, 24, page_size=60)
        shop.synced()
        if action == "unblock":
            drive(shop.change("block", shop.people))
        kill(advance(shop.change(action, shop.people), 2), after_the_call=True)
    texts()
    tags()
    several()
    ended_changes()


def texts() -> None:
    for action in ("remark", "note"):
        shop = Shop(action, 5)
        shop.synced()
        run = shop.change(action, shop.people, text="of before")
        kill(advance(run, 3 if action == "remark" else 0), after_the_call=True)


def tags() -> None:
    shop = Shop("create_tag", 3)
    shop.synced()
    kill(shop.change("create_tag", name="new"), after_the_call=True)
    shop = Shop("rename_tag", 3)
    shop.synced()
    kill(shop.change("rename_tag", tag=shop.tag(), name="VVIP"), after_the_call=True)
    shop = Shop("delete_tag", 3)
    shop.synced()
    kill(shop.change("delete_tag", tag=shop.tag()), after_the_call=True)
    shop = Shop("undo of create_tag", 3)
    shop.synced()
    created = drive(shop.change("create_tag", name="new"))
    kill(advance(undo(created, USER)), after_the_call=True)


def several() -> None:
    """As a file asks for it: a new tag, who gets it, and texts of their own."""
    shop = Shop("several steps", 5)
    shop.synced()
    ids = [person.pk for person in shop.people]
    steps = [
        Step(Change("create_tag", name="file")),
        Step(Change("tag", name="file"), ids[:4]),
        Step(Change("remark"), values={pk: f"Li {pk}" for pk in ids}),
    ]
    run = record_steps(shop.account, steps, user=USER, selection="file.csv", import_mark="f" * 64)
    kill(advance(run, 5), after_the_call=True)
    # A form keeps its token.
    EditRun.objects.filter(pk=run.pk).update(form_token="t" * 64)


def ended_changes() -> None:
    for name, fault in (("change waiting", "-1"), ("change failed", "48001")):
        shop = Shop(name, 3)
        shop.synced()
        shop.wechat.fault(fault, path="/cgi-bin/user/info/updateremark", after=1)
        drive(shop.change("remark", shop.people, text="Li"))
    shop = Shop("change cancelled, one queued", 3)
    shop.synced()
    engine.cancel(advance(shop.change("remark", shop.people, text="Li"), 2))
    shop.change("remark", shop.people, text="Wang")


# --- the file -------------------------------------------------------------------------------------


def keep_the_newest_messages() -> None:
    """One for each run that is not over; those of slices that are done tell nothing more."""
    newest = {}
    for message in OrmQ.objects.order_by("pk"):
        task = SignedPackage.loads(message.payload)
        newest[task["func"], task["args"][0]] = message.pk
    for name, run in list(newest):
        model = SyncRun if name.endswith("advance_run") else EditRun
        if not model.objects.filter(pk=run, status__in=Run.ACTIVE).exists():
            del newest[name, run]
    OrmQ.objects.exclude(pk__in=newest.values()).delete()


def rows_of(model: Any, now: datetime) -> list[dict[str, Any]]:
    """Columns that are unlike their default, written as `written` has them."""
    fields = model._meta.concrete_fields
    rows = []
    with connection.cursor() as cursor:
        for row in model._base_manager.order_by("pk"):
            values = {}
            for field in fields:
                value = getattr(row, field.attname)
                if isinstance(field, EncryptedTextField):
                    name, key = field.column, model._meta.pk.column
                    sql = f"SELECT {name} FROM {model._meta.db_table} WHERE {key} = %s"
                    cursor.execute(sql, [row.pk])
                    value = cursor.fetchone()[0]
                elif field.name == "subscribe_time" and value:
                    # WeChat's word, which does not age with the rows.
                    value = int(value.timestamp())
                if value != field.get_default():
                    values[field.attname] = written(value, now)
            rows.append(values)
    return rows


def written(value: Any, now: datetime) -> Any:
    """Times as seconds from `now`, days from today, bytes as base64."""
    if isinstance(value, datetime):
        return "epoch" if value == EPOCH else round((value - now).total_seconds(), 2)
    if isinstance(value, date):
        return (value - now.date()).days
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value


def dump() -> dict[str, Any]:
    keep_the_newest_messages()
    now = timezone.now()
    tables = {label: rows_of(apps.get_model(label), now) for label in TABLES}
    wechat = {
        app_id: {"options": shop.options, "history": shop.history}
        for app_id, shop in Shop.every.items()
    }
    return {"tables": tables, "wechat": wechat}


def line_by_line(found: dict[str, Any]) -> str:
    """A row a line, so that a difference can be read."""
    compact = {"ensure_ascii": False, "separators": (",", ":")}
    tables = ",\n".join(
        f"{json.dumps(label)}:[\n" + ",\n".join(json.dumps(row, **compact) for row in rows) + "\n]"
        for label, rows in found["tables"].items()
    )
    wechat = ",\n".join(
        f"{json.dumps(app_id)}:{json.dumps(told, **compact)}"
        for app_id, told in found["wechat"].items()
    )
    return f'{{"tables":{{\n{tables}\n}},\n"wechat":{{\n{wechat}\n}}}}'


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    settings.SYNC_SLICE_SECONDS = 0
    settings.DETAILS_BATCH, settings.DETAILS_CALLS_AT_ONCE = 2, 1
    USER = User.objects.create_user("mei")
    engine.client_for = lambda account: Shop.every[account.app_id].wechat.client_for(account)
    all_syncs()
    changes()
    sys.stdout.write(line_by_line(dump()) + "\n")
