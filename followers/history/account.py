"""What the history keeps for a whole account: its baseline, its last list, who follows, figures."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from ..models import EPOCH, OfficialAccount
from ..rows.dialect import dialect, execute
from ..rows.locks import advisory_lock
from .figures import COUNTS, FigureChanges, Figures, HourFigures
from .periods import Period

RECORD_TYPES = {"day": "date", "source": "text", "scene": "text"} | dict.fromkeys(COUNTS, "bigint")
HOUR_TYPES = {"day": "date", "hour": "bigint", "joined": "bigint"}
QUOTED = {name: f'"{name}"' for name in COUNTS}


class AccountHistory:
    """Locks the account's history until the transaction ends, and collects what changes with it.

    baseline: when the first complete list was stored, None before. listed_at: when the walk of the
    last one began, EPOCH without one; for whoever was not changed since, it is evidence (rule 6).
    `save`, called once, writes the figures and the number of followers, in the same transaction.
    """

    def __init__(self, account_id: int) -> None:
        advisory_lock(account_id)
        columns = ("baseline_at", "listed_at", "statistics_zone")
        row = OfficialAccount.objects.values_list(*columns).get(pk=account_id)
        self.account_id = account_id
        self.baseline, listed_at, zone = row
        self.listed_at: datetime = listed_at or EPOCH
        self._following = 0
        self._figures: FigureChanges | None = None
        if self.baseline and zone:
            self._figures = FigureChanges(self.baseline, ZoneInfo(zone))

    def known_before(self, moment: datetime) -> datetime:
        """`listed_at` if it lies before this moment, else EPOCH."""
        return self.listed_at if self.listed_at < moment else EPOCH

    def count_following(self, difference: int) -> None:
        self._following += difference

    def count(self, period: Period, times: int = 1) -> None:
        if self._figures:
            self._figures.add(period, times)

    def save(self) -> None:
        if self._following and self.baseline:
            sql = "UPDATE followers_officialaccount SET following = following + %s WHERE id = %s"
            execute(sql, [self._following, self.account_id])
        if self._figures:
            add_figures(self.account_id, self._figures.rows())
            add_hours(self.account_id, self._figures.hours())


def add_figures(account_id: int, changes: Figures) -> None:
    """Add the changes to what is stored, with one statement; the caller holds the lock."""
    records = [
        {"day": key.day.isoformat(), "source": key.source, "scene": key.scene}
        | dict(zip(COUNTS, counts, strict=True))
        for key, counts in changes
    ]
    if not records:
        return
    names = ", ".join(QUOTED.values())
    added = ", ".join(
        f"{name} = followers_dailyfigures.{name} + excluded.{name}" for name in QUOTED.values()
    )
    sql = f"""
        INSERT INTO followers_dailyfigures (account_id, day, source, scene, {names})
        SELECT %s, day, source, scene, {names}
        FROM ({dialect().json_records_sql(RECORD_TYPES)}) AS changed WHERE true
        ON CONFLICT (account_id, day, source, scene) DO UPDATE SET {added}
    """  # noqa: S608
    execute(sql, [account_id, json.dumps(records)])


def add_hours(account_id: int, changes: HourFigures) -> None:
    """Likewise for the figures of hours."""
    if not changes:
        return
    records = [
        {"day": key.day.isoformat(), "hour": key.hour, "joined": joined} for key, joined in changes
    ]
    sql = f"""
        INSERT INTO followers_hourlyfigures (account_id, day, hour, joined)
        SELECT %s, day, hour, joined
        FROM ({dialect().json_records_sql(HOUR_TYPES)}) AS changed WHERE true
        ON CONFLICT (account_id, day, hour)
        DO UPDATE SET joined = followers_hourlyfigures.joined + excluded.joined
    """  # noqa: S608
    execute(sql, [account_id, json.dumps(records)])
