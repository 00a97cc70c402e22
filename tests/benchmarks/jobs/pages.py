"""Whole requests for the home page, the pages of growth, and a file.

What they are about is in `subscriptions` and `people`. Answers, by the address, the
seconds of each request and how many queries one makes; and the machine's load.
"""

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from datetime import time as time_of_day
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from followers.history.recount import correct_following
from followers.models import (
    Channel,
    OfficialAccount,
    Run,
    SyncRun,
    SyncStage,
    WeChatDay,
    WeChatFigures,
)
from followers.statistics.days import DAY, DayRange, count_if_needed, today
from followers.statistics.overlap import count_overlap

from .subscriptions import DAYS, SCENES

READINGS = 10
PAGES = (
    "/admin/",
    "/admin/?period=365d",
    "/admin/growth/",
    "/admin/growth/?period=365d&compare=year",
    "/admin/growth/retention/?period=365d",
    "/admin/growth/hours/?period=365d",
    "/admin/growth/overlap/",
    "/admin/growth/wechat/?period=365d",
    "/admin/growth/file/channels.csv?period=365d",
)
# Every hundredth QR code has no name; WeChat tells of so many sources.
UNNAMED, WECHAT_SOURCES = 100, 12


def run(_rows: int) -> dict[str, Any]:
    account = OfficialAccount.objects.get()
    count_if_needed(account)
    with transaction.atomic():
        correct_following(account.pk)
    account.refresh_from_db()
    _furnish(account)
    browser = Client(headers={"host": "localhost"})
    browser.force_login(User.objects.create_superuser("benchmark"))
    found = {address: _readings(browser, address) for address in PAGES}
    return {"pages": found, "load": os.getloadavg()[0]}


def _readings(browser: Client, address: str) -> dict[str, Any]:
    """The first request, which loads templates and fills the cache, counts the queries alone."""
    with CaptureQueriesContext(connection) as queries:
        _seconds(browser, address)
    # The next request empties the list.
    number = len(queries)
    wall, own = zip(*(_seconds(browser, address) for _ in range(READINGS)), strict=True)
    return {"queries": number, "wall": wall, "own": own}


def _seconds(browser: Client, address: str) -> tuple[float, float]:
    """Of the whole request, and how long this process computed for it."""
    began, own = time.perf_counter(), time.process_time()
    answer = browser.get(address)
    # A file is sent while it is read.
    size = len(b"".join(answer) if answer.streaming else answer.content)
    seconds = time.perf_counter() - began, time.process_time() - own
    assert answer.status_code == 200, answer.status_code
    assert size, address
    return seconds


def _furnish(account: OfficialAccount) -> None:
    """What else the pages show: syncs, names of channels, WeChat's figures, another account."""
    days = DayRange(today() - (DAYS - 1) * DAY, today())
    account.listed_at = timezone.now()
    account.save()
    Channel.objects.bulk_create(
        Channel(account=account, scene=str(number), name=f"QR code {number}", group="Shops")
        for number in range(1, SCENES + 1)
        if number % UNNAMED
    )
    _store_syncs(account, days)
    WeChatDay.objects.bulk_create(
        WeChatDay(account=account, day=day, total=0, asked_at=timezone.now(), is_final=True)
        for day in days
    )
    WeChatFigures.objects.bulk_create(
        WeChatFigures(account=account, day=day, source=source, joined=2_000, left=700)
        for day in days
        for source in range(WECHAT_SOURCES)
    )
    OfficialAccount.objects.create(app_id="wx00000000000000bb", name="Another one")
    count_overlap()


def _store_syncs(account: OfficialAccount, days: DayRange) -> None:
    """One every night."""
    runs = SyncRun.objects.bulk_create(
        SyncRun(
            account=account,
            status=Run.Status.SUCCEEDED,
            created_at=at,
            started_at=at,
            finished_at=at + timedelta(minutes=10),
        )
        for at in _nights(days)
    )
    SyncStage.objects.bulk_create(
        SyncStage(
            run=run,
            name=SyncStage.Name.LISTING,
            position=0,
            status=SyncStage.Status.DONE,
            walk_started_at=run.started_at,
        )
        for run in runs
    )


def _nights(days: DayRange) -> Iterator[datetime]:
    for day in days:
        yield timezone.make_aware(datetime.combine(day, time_of_day(3)))
