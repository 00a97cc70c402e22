"""Fixtures: an account, a fake queue, a fake WeChat, and installations with real workers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.utils import translation
from pytest_django import DjangoDbBlocker

from followers.models import EditRun, OfficialAccount, Run, SyncRun
from followers.rows.clock import db_now
from followers.runs import engine, lease

from .installation import Database, Installation, copy_of_own_database, migrated_database
from .shortcuts import shortcuts
from .sync.driver import APP_ID, SECRET, FakeWeChat
from .sync.truth import run_of


class Queue:
    """Collects the tasks that are sent to the broker; `deliver` runs them, as a worker would."""

    def __init__(self) -> None:
        self.tasks: dict[type[Run], list[tuple[int, int]]] = {SyncRun: [], EditRun: []}
        self.is_down = False

    @property
    def sent(self) -> list[tuple[int, int]]:
        """Id and ticket of each sync task."""
        return self.tasks[SyncRun]

    @property
    def changes(self) -> list[tuple[int, int]]:
        return self.tasks[EditRun]

    def __call__(self, task: str, label: str, *args: int) -> None:
        if self.is_down:
            raise ConnectionError("the broker is down")
        assert task == lease.TASK
        self.tasks.setdefault(apps.get_model(label), []).append(args)

    def deliver(self, max_tasks: int = 1000) -> None:
        """Run all tasks, including those that they enqueue."""
        for _ in range(max_tasks):
            waiting = [(model, tasks) for model, tasks in self.tasks.items() if tasks]
            if not waiting:
                return
            model, tasks = waiting[0]
            engine.advance(model, *tasks.pop(0))
        raise AssertionError("the queue never became empty")


@pytest.fixture(scope="session", autouse=True)
def quick() -> Iterator[None]:
    with shortcuts():
        yield


@pytest.fixture(autouse=True)
def patient_counts(settings: Any) -> None:
    """However slow the machine is, lists are counted to their end."""
    settings.LIST_COUNT_MS = 0


@pytest.fixture(autouse=True)
def forget_cached(settings: Any) -> Callable[[], None]:
    """Nothing is cached, now and when it is called.

    By another prefix of all keys: a Redis server that was emptied would be emptied for the tests
    that run beside this one too.
    """

    def forget() -> None:
        default = settings.CACHES["default"] | {"KEY_PREFIX": uuid4().hex}
        settings.CACHES = {"default": default}

    forget()
    return forget


@pytest.fixture(autouse=True)
def deactivate_translation() -> Iterator[None]:
    """A request's language stays active in its thread, which the next test must not inherit."""
    yield
    translation.deactivate()


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    queue = Queue()
    monkeypatch.setattr(lease, "async_task", queue)
    return queue


@pytest.fixture
def account(db: None) -> OfficialAccount:
    return OfficialAccount.objects.create(name="Tea House", app_id=APP_ID, app_secret=SECRET)


@pytest.fixture
def make_run(account) -> Callable[..., SyncRun]:
    def make(status: str, account: OfficialAccount = account, **values: Any) -> SyncRun:
        now = db_now()
        ended = {} if status in Run.ACTIVE else {"finished_at": now}
        times = {"created_at": now, "progressed_at": now} | ended
        return SyncRun.objects.create(account=account, status=status, **times | values)

    return make


@pytest.fixture
def connect(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[..., FakeWeChat]:
    """Connects the engine to a fake WeChat, with one page per slice by default."""
    settings.SYNC_SLICE_SECONDS = 0

    def connect(wechat: FakeWeChat) -> FakeWeChat:
        monkeypatch.setattr(engine, "client_for", wechat.client_for)
        return wechat

    return connect


@pytest.fixture
def wechat(connect: Callable[..., FakeWeChat], queue: Queue) -> FakeWeChat:
    """23 followers in pages of 10."""
    return connect(FakeWeChat())


@pytest.fixture
def small(connect: Callable[..., FakeWeChat], queue: Queue, account: OfficialAccount) -> FakeWeChat:
    """Ten followers and no tags, already synced."""
    wechat = connect(FakeWeChat(10, tags=0))
    assert run_of(account, "listing", "tags", "blacklist").status == "succeeded"
    return wechat


@pytest.fixture(scope="session")
def configured_database() -> str:
    """Somebody's own, which no test may touch."""
    return str(connection.settings_dict["NAME"])


@pytest.fixture(scope="session")
def django_db_setup(
    configured_database: str,  # before there is another
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Database | None]:
    """A copy of the tests' database before any test uses it; None if no test needs one."""
    if str(connection.settings_dict["NAME"]) == configured_database:
        yield None
        return
    with django_db_blocker.unblock():
        database = copy_of_own_database(tmp_path_factory.mktemp("copy"))
    yield database
    database.drop()


@pytest.fixture(scope="session")
def template_database(
    django_db_setup: Database | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A migrated, empty database, to copy from. Migrating one for it would take seconds."""
    if django_db_setup:
        yield django_db_setup
        return
    with migrated_database(tmp_path_factory.mktemp("template")) as database:
        yield database


@pytest.fixture
def installation_settings() -> dict[str, Any]:
    """Environment variables of `installation`: slices of two seconds."""
    return {"SYNC_WAKE_SECONDS": 1, "SYNC_SLICE_SECONDS": 2}


@pytest.fixture
def installation(
    template_database: Database, tmp_path: Path, installation_settings: dict[str, Any]
) -> Iterator[Installation]:
    """An installation with a migrated, empty database."""
    database = template_database.copy(tmp_path)
    try:
        with Installation(tmp_path, database, **installation_settings) as installation:
            yield installation
    finally:
        database.drop()
