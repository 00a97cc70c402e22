"""For everything that moves runs: an account, a queue that only remembers, a fake WeChat.

And for real workers: an installation with a database of its own.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.utils import translation

from followers.models import EditRun, OfficialAccount, Run, SyncRun
from followers.runs import engine, lease

from .installation import Database, Installation, migrated
from .sync.driver import APP_ID, SECRET, FakeWeChat
from .sync.truth import run_of


class Queue:
    """Takes what is sent to the broker; `deliver` is the worker."""

    def __init__(self) -> None:
        self.tasks: dict[type[Run], list[tuple[int, int]]] = {SyncRun: [], EditRun: []}
        self.refuses = False

    @property
    def sent(self) -> list[tuple[int, int]]:
        """Id and ticket of syncs."""
        return self.tasks[SyncRun]

    @property
    def changes(self) -> list[tuple[int, int]]:
        return self.tasks[EditRun]

    def __call__(self, task: str, label: str, *args: int) -> None:
        if self.refuses:
            raise ConnectionError("the broker is away")
        assert task == lease.TASK
        self.tasks.setdefault(apps.get_model(label), []).append(args)

    def deliver(self, most: int = 1000) -> None:
        """Run the tasks in order, also those that they send, until none is left."""
        for _ in range(most):
            waiting = [(model, tasks) for model, tasks in self.tasks.items() if tasks]
            if not waiting:
                return
            model, tasks = waiting[0]
            engine.advance(model, *tasks.pop(0))
        raise AssertionError("the queue never became empty")


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """The language of a request stays active in its thread; no test should inherit it."""
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
def connect(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[..., FakeWeChat]:
    """Puts the engine on a fake WeChat, one page per slice unless a test lengthens the slices."""
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
    """Ten followers without any tag."""
    wechat = connect(FakeWeChat(10, tags=0))
    assert run_of(account, "listing", "tags", "blacklist").status == "succeeded"
    return wechat


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with migrated(tmp_path_factory.mktemp("template")) as database:
        yield database


@pytest.fixture
def pace() -> dict[str, Any]:
    """Settings of an installation: a run of it takes slices of two seconds."""
    return {"SYNC_WAKE_SECONDS": 1, "SYNC_SLICE_SECONDS": 2}


@pytest.fixture
def installation(
    template: Database, tmp_path: Path, pace: dict[str, Any]
) -> Iterator[Installation]:
    """Nothing in it yet."""
    database = template.copy(tmp_path)
    try:
        with Installation(tmp_path, database, **pace) as installation:
            yield installation
    finally:
        database.drop()
