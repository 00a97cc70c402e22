"""Write what pages and answers say of any number of followers, with a few statements for all.

The rows are those that the fold would give (tests/history/test_sets.py compares them). Whoever has
an exact time so close to the observation that only the fold can tell the order goes through
news.py. Everything must be called within a transaction and locks the account's history.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from ..models import EPOCH
from ..rows import followers, memberships
from ..rows.dialect import dialect, execute, fetch, set_param, time_param
from ..rows.profiles import SCENE_SQL
from .account import AccountHistory
from .news import add_news
from .observations import CLOCK_TOLERANCE, Absent, Listed
from .periods import FoundBy, Period

# Row ids of those whose tags count them.
_IF_TAGGED = "CASE WHEN has_tags THEN id END"
_EXACT = f"('{FoundBy.EVENT}', '{FoundBy.PROFILE}')"


def add_followers(account_id: int, openids: Iterable[str], seen_at: datetime) -> list[int]:
    """Insert people whom a page lists; returns the ids of the new rows.

    Pass only unknown openids: a conflicting row uses up a value of the id sequence. A row that
    another process has inserted meanwhile is left unchanged, and its id is not returned.
    """
    account = AccountHistory(account_id)
    ids = followers.insert(account_id, openids, seen_at)
    # Without a baseline they are of the first list, whose followers have no rows.
    if ids and account.baseline:
        _begin(account, ids, seen_at)
    account.count_following(len(ids))
    account.save()
    return ids


def mark_resubscribed(account_id: int, ids: Iterable[int], at: datetime) -> list[int]:
    """Those of `ids` who did not follow, by a status older than `at`, follow; returns them.

    `unsubscribed_at` keeps the time when they last left.
    """
    account = AccountHistory(account_id)
    sql = f"""
        SELECT id, EXISTS (
            SELECT 1 FROM followers_subscription AS s WHERE s.follower_id = f.id
            AND s.ended_by = '{FoundBy.EVENT}' AND s.ended_at >= %s
        ) FROM followers_follower AS f
        WHERE id IN ({dialect().ids_sql}) AND NOT subscribed AND status_as_of < %s
    """  # noqa: S608
    found = fetch(sql, [time_param(at - CLOCK_TOLERANCE), set_param(ids), time_param(at)])
    returned = [row[0] for row in found if not row[1]]
    if returned:
        _begin(account, returned, at)
        sql = f"""
            UPDATE followers_follower SET subscribed = true, status_as_of = %s
            WHERE id IN ({dialect().ids_sql}) RETURNING {_IF_TAGGED}
        """  # noqa: S608
        rows = fetch(sql, [time_param(at), set_param(returned)])
        memberships.count_status_change(returned=filter(None, (row[0] for row in rows)))
        account.count_following(len(returned))
        account.save()
    close = {row[0]: [Listed(at)] for row in found if row[1]}
    return [*returned, *add_news(account_id, close).returned]


def _begin(account: AccountHistory, ids: list[int], at: datetime) -> None:
    """Subscriptions that begin at a page: of new followers, and of those who did not follow.

    A row that is still open can only have been written by hand; it stays.
    """
    known_at = account.known_before(at)
    sql = f"""
        INSERT INTO followers_subscription (
            account_id, follower_id, began_at, began_by, began_after, source, scene,
            ended_by, ended_confirmed
        )
        SELECT account_id, id, %s, '{FoundBy.SYNC}',
            CASE WHEN subscribed THEN %s ELSE {dialect().greatest}(status_as_of, %s) END,
            '', '', '', false
        FROM followers_follower WHERE id IN ({dialect().ids_sql})
        ON CONFLICT DO NOTHING
    """  # noqa: S608
    known = None if known_at == EPOCH else time_param(known_at)
    began = execute(sql, [time_param(at), known, time_param(known_at), set_param(ids)])
    account.count(Period(at, FoundBy.SYNC), began)


def mark_absent(account_id: int, ids: Iterable[int], absence: Absent) -> list[int]:
    """Those of `ids` who follow by older statuses have left; returns them."""
    account = AccountHistory(account_id)
    told_of = absence.end if absence.confirmed else absence.start
    sql = f"""
        SELECT id, EXISTS (
            SELECT 1 FROM followers_subscription AS s WHERE s.follower_id = f.id
            AND s.ended_at IS NULL AND s.began_by IN {_EXACT} AND s.began_at >= %s
        ) FROM followers_follower AS f
        WHERE id IN ({dialect().ids_sql}) AND subscribed AND status_as_of < %s
    """  # noqa: S608
    close = time_param(absence.start - CLOCK_TOLERANCE)
    found = fetch(sql, [close, set_param(ids), time_param(told_of)])
    left = [row[0] for row in found if not row[1]]
    if left:
        for ended in _end(account, left, absence):
            account.count(replace(ended, ended_at=None), -1)
            account.count(ended)
        sql = f"""
            UPDATE followers_follower SET subscribed = false, unsubscribed_at = {_ENDED_AT},
                status_as_of = %s
            WHERE id IN ({dialect().ids_sql}) RETURNING {_IF_TAGGED}
        """  # noqa: S608
        rows = fetch(sql, [*_ended_at(absence), time_param(told_of), set_param(left)])
        memberships.count_status_change(left=filter(None, (row[0] for row in rows)))
        account.count_following(-len(left))
        account.save()
    recent = {row[0]: [absence] for row in found if row[1]}
    return [*left, *add_news(account_id, recent).left]


# Rule 3: they left when the walk began, unless they are known to have followed since.
_ENDED_AT = "CASE WHEN status_as_of < %s THEN %s ELSE %s END"


def _ended_at(absence: Absent) -> list[object]:
    start, end = time_param(absence.start), time_param(absence.end)
    return [start, start, end]


def _end(account: AccountHistory, ids: list[int], absence: Absent) -> Iterator[Period]:
    """End the subscriptions of these followers; gives what figures need to know of each."""
    known_at = time_param(account.known_before(absence.start))
    end, greatest = time_param(absence.end), dialect().greatest
    sql = f"""
        UPDATE followers_subscription SET ended_at = {_ENDED_AT}, ended_by = '{FoundBy.SYNC}',
            ended_after = {greatest}(COALESCE(began_at, status_as_of), status_as_of, %s),
            ended_before = %s, ended_confirmed = %s
        FROM followers_follower AS f
        WHERE f.id = follower_id AND ended_at IS NULL AND follower_id IN ({dialect().ids_sql})
        RETURNING began_at, source, scene, ended_at, follower_id
    """  # noqa: S608
    found = [*_ended_at(absence), known_at, end, absence.confirmed]
    rows = fetch(sql, [*found, set_param(ids)])
    ended = {row[-1] for row in rows}
    # Those of the first list, who have no row yet. A profile that says that they began after they
    # were seen is of a later subscription.
    of_profile = "subscribe_time <= first_seen_at"
    sql = f"""
        INSERT INTO followers_subscription (
            account_id, follower_id, began_at, began_by, source, scene,
            ended_at, ended_by, ended_after, ended_before, ended_confirmed
        )
        SELECT account_id, id, CASE WHEN {of_profile} THEN subscribe_time END,
            CASE WHEN {of_profile} THEN '{FoundBy.PROFILE}' ELSE '' END,
            subscribe_scene, {SCENE_SQL},
            {_ENDED_AT}, '{FoundBy.SYNC}', {greatest}(status_as_of, %s), %s, %s
        FROM followers_follower WHERE id IN ({dialect().ids_sql})
        RETURNING began_at, source, scene, ended_at, follower_id
    """  # noqa: S608
    if rest := [pk for pk in ids if pk not in ended]:
        rows += fetch(sql, [*found, set_param(rest)])
    as_time = dialect().as_time
    for began_at, source, scene, ended_at, _ in rows:
        yield Period(as_time(began_at), None, None, source, scene, as_time(ended_at))
