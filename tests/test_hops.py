"""How many files somebody opens who follows a page of ids, or a tag, from the queue to its row.

Those on the stack whenever WeChat is called, the stage is opened, or a statement concerns the run,
the log or the rows, and the two that are replaced here or are not on it then: what is below the
client, and what reads its answer. docs/architecture.md tells both ways.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from followers import tasks

from .changes.driver import TAGGING, change, make_tag, people
from .sync.driver import LIST, FakeWeChat
from .sync.truth import start

PACKAGE = Path(tasks.__file__).parent
REPLACED = {"wechat/transport.py", "wechat/decoding.py"}

pytestmark = pytest.mark.django_db


def files_on_the_stack() -> set[str]:
    found, frame = set(), sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(PACKAGE):
            found.add(path.relative_to(PACKAGE).as_posix())
    return found


def passed(wechat: FakeWeChat, path: str, statement: str, work: Callable[[], Any]) -> set[str]:
    """Files of followers/ on the way of one kind of call."""
    found = set(REPLACED)

    def called(asked: str) -> None:
        if asked == path:
            found.update(files_on_the_stack())

    def stated(execute: Any, sql: str, *rest: Any) -> Any:
        if re.search(statement, sql):
            found.update(files_on_the_stack())
        return execute(sql, *rest)

    wechat.before = called
    with connection.execute_wrapper(stated):
        work()
    return found


def test_a_page_of_ids_passes_thirteen_files_at_most(account, wechat):
    run = start(account)
    tasks.advance("followers.syncrun", run.pk, run.ticket)
    run.refresh_from_db()

    def work() -> None:
        tasks.advance("followers.syncrun", run.pk, run.ticket)

    statement = r"followers_(syncrun|syncpage|follower)\b|SELECT .*followers_syncstage"
    way = passed(wechat, LIST, statement, work)
    run.refresh_from_db()
    assert run.fetched == 20
    assert {"tasks.py", "runs/lease.py", "sync/listing.py", "rows/followers.py"} <= way
    assert len(way) <= 13, sorted(way)


def test_a_bulk_tag_passes_fifteen_files_at_most(account, small):
    run = change(account, people(account), "tag", tag=make_tag(account))

    def work() -> None:
        while run.is_active:
            tasks.advance("followers.editrun", run.pk, run.ticket)
            run.refresh_from_db()

    statement = r"followers_(editrun|editstep|editchunk|followertag|follower)\b"
    way = passed(small, TAGGING, statement, work)
    assert run.done > 0
    assert {"tasks.py", "runs/lease.py", "changes/follower_kinds.py", "rows/dialect.py"} <= way
    assert len(way) <= 15, sorted(way)
