"""The simulated WeChat without a network, and what drives runs against it."""

import io
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from django.apps import apps
from django.db import connection
from django.db.models import DateTimeField, F
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from followers.accounts.client import StoredTokens
from followers.history.periods import FoundBy
from followers.models import (
    EPOCH,
    Follower,
    OfficialAccount,
    Run,
    Subscription,
    SyncPage,
    SyncRun,
    SyncStage,
)
from followers.runs import engine
from followers.sandbox.api.account import Account
from followers.sandbox.http.simulation import Simulation
from followers.sandbox.options import Options
from followers.sandbox.people.population import LEFT
from followers.sync import syncs
from followers.wechat.caller import new_session
from followers.wechat.client import Client

APP_ID, SECRET = "wx5a4db0c5a4db0c50", "5ec2e7" * 5
LIST = "/cgi-bin/user/get"
ENDED = ("succeeded", "failed", "cancelled", "review")


class FakeWeChat(BaseAdapter):
    """One simulated account at the transport.

    `before(path)` runs before it has the call, `after(path, cursor)` before its answer arrives.
    `script`: pages to play instead of the simulated list, the last one for ever. `distort(path,
    body, reply)` may hand back another answer.
    """

    def __init__(
        self,
        followers: int = 23,
        *script: Any,
        app_id: str = APP_ID,
        page_size: int = 10,
        clock: Callable[[], float] = time.time,
        **options: Any,
    ) -> None:
        super().__init__()
        settled = Options(page_size=page_size, **options)
        self.account = Account(app_id, SECRET, followers, options=settled, clock=clock)
        self.simulation = Simulation([self.account], settled)
        self.people = self.account.population
        self.fault, self.clear = self.simulation.fault, self.simulation.faults.switch_off
        self.script = list(script)
        self.cursors: list[str] = []
        # Calls by path; those of the profiles come from several threads.
        self.calls: Counter[str] = Counter()
        self.counting = threading.Lock()
        self.before: Callable[[str], None] = lambda path: None
        self.after: Callable[[str, str], None] = lambda path, cursor: None
        self.distort: Callable[[str, bytes, Any], Any] = lambda path, body, reply: reply
        self.deepest = len(connection.atomic_blocks)

    def client_for(self, account: OfficialAccount) -> Client:
        session = new_session()
        for scheme in ("http://", "https://"):
            session.mount(scheme, self)
        return Client(
            account.app_id,
            account.app_secret,
            tokens=StoredTokens(account.pk),
            session=session,
            pauses=(0, 0),
            sleep=lambda _seconds: None,
        )

    def send(self, request: requests.PreparedRequest, **_options: Any) -> requests.Response:
        assert len(connection.atomic_blocks) <= self.deepest, "an HTTP call within a transaction"
        parts = urlsplit(str(request.url))
        query = dict(parse_qsl(parts.query))
        body = request.body if isinstance(request.body, bytes) else b""
        with self.counting:
            self.calls[parts.path] += 1
        self.before(parts.path)
        with self.simulation.in_flight(parts.path, query) as has_overlap:
            reply = self.simulation.respond(
                str(request.method), parts.path, query, body, has_overlap=has_overlap
            )
            cursor = query.get("next_openid", "")
            reply = self.distort(parts.path, body, reply)
            if parts.path == LIST:
                self.cursors.append(cursor)
                if self.script:
                    reply.payload = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            _head, content = reply.encode()
            response = requests.Response()
            response.status_code, response.request = reply.status, request
            response.raw = HTTPResponse(io.BytesIO(content), preload_content=False)
        self.after(parts.path, cursor)
        return response

    def close(self) -> None:
        """Nothing is open."""

    def once(self, act: Callable[[], None], cursor: str | None = None) -> None:
        """`act` when the next page (of this cursor) has been answered and is not stored yet."""

        def after(path: str, asked: str) -> None:
            if path == LIST and cursor in (None, asked):
                self.after = lambda path, cursor: None
                act()

        self.after = after

    def followers(self) -> set[str]:
        """The truth."""
        return {openid for block in self.people.openid_blocks() for openid in block}

    def left(self) -> set[str]:
        return {openid for block in self.people.openid_blocks(LEFT) for openid in block}


def page(*openids: str, total: int | None = None, **more: Any) -> dict[str, Any]:
    """A page as WeChat writes it: the last page with ids repeats its last one as cursor."""
    data = {"data": {"openid": list(openids)}} if openids else {}
    total = 3 if total is None else total
    following = openids[-1] if openids else ""
    return {"total": total, "count": len(openids), **data, "next_openid": following, **more}


def drive(run: SyncRun, most: int = 500) -> SyncRun:
    """Slices, one after the other, until the run is over or waits."""
    for _ in range(most):
        run.refresh_from_db()
        if run.status not in (Run.Status.QUEUED, Run.Status.RUNNING):
            return run
        engine.advance(SyncRun, run.pk, run.ticket)
    raise AssertionError(f"run {run.pk} does not end: {run.status}")


def begin(account: OfficialAccount, user: Any = None, **how: Any) -> tuple[SyncRun, bool]:
    """A sync of the follower list alone."""
    return syncs.start(account, user, stages=[SyncStage.Name.LISTING], **how)


def sync(account: OfficialAccount) -> SyncRun:
    return drive(begin(account)[0])


def stage_of(run: SyncRun) -> SyncStage:
    return run.stages.get(name=SyncStage.Name.LISTING)


def step(run: SyncRun, slices: int = 1) -> SyncRun:
    """So many slices."""
    for _ in range(slices):
        run.refresh_from_db()
        engine.advance(SyncRun, run.pk, run.ticket)
    run.refresh_from_db()
    return run


def counts(run: SyncRun) -> dict[str, int]:
    names = ("added", "resubscribed", "unsubscribed", "unchanged")
    return {name: value for name in names if (value := getattr(run, name))}


def following(account: OfficialAccount) -> set[str]:
    rows = Follower.objects.filter(account=account, subscribed=True)
    return set(rows.values_list("openid", flat=True))


def stored() -> list[Any]:
    """Every row that a run may write, to compare before and after."""
    models = (Follower, Subscription, SyncRun, SyncStage, SyncPage)
    return [list(model.objects.order_by("pk").values()) for model in models]


def by_a_clock_that_was_ahead(by: timedelta = timedelta(days=1)) -> None:
    """As if everything so far had been done with the database's clock so far ahead.

    Times of WeChat's clock stay.
    """
    for model in apps.get_app_config("followers").get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, DateTimeField):
                dated = model.objects.exclude(**{field.name: None}).exclude(**{field.name: EPOCH})
                if model is Subscription and field.name == "began_at":
                    dated = dated.exclude(began_by__in=[FoundBy.EVENT, FoundBy.PROFILE])
                if field.name != "subscribe_time":
                    dated.update(**{field.name: F(field.name) + by})
