"""Profiles in sets: which followers need theirs, and storing what WeChat returned."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, Case, Count, Q, Value, When
from django.db.models.expressions import Combinable

from ..models import Follower
from ..models.followers import UNREAD
from .clock import db_now
from .dialect import dialect, execute, fetch, set_param, time_param
from .followers import BATCH_ROWS
from .memberships import copy_followed_at

# SQL types of the columns of a record for `write_details`.
RECORD_TYPES = {
    "id": "bigint",
    "unionid": "text",
    "remark": "text",
    "subscribe_time": "timestamptz",
    "scene": "text",
    "qr_scene": "bigint",
    "qr_scene_str": "text",
    "language": "text",
    "legacy": "jsonb",
}

# A time, or an expression for one.
Moment = datetime | Combinable

SCENE_SQL = "COALESCE(CAST(qr_scene AS text), qr_scene_str)"


def scene_of(number: int | None, text: str) -> str:
    """The QR scene of a follower, as SCENE_SQL; "" for somebody who came another way.

    A QR code is made with a number or with a text; nobody who reads a list cares which it was.
    """
    return text if number is None else str(number)


def _max_age() -> timedelta:
    return timedelta(days=settings.DETAILS_MAX_AGE_DAYS)


def oldest_fresh_details() -> Combinable:
    """Details that were read before this moment are outdated by their age."""
    return dialect().ago(_max_age())


def needs_details(outdated_before: Moment) -> Q:
    """Followers whose details are missing or outdated: a sync reads them, and a filter shows them.

    Outdated: older than their status, or than `outdated_before`.
    """
    return unread_details() | details_older_than(outdated_before)


class _Literal(Value):
    """A value that SQLite sees in a statement.

    It would not find the condition of the index in one that has parameters within a CASE.
    """

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[()]]:
        return str(int(self.value)), ()


def unread_details() -> Q:
    """models.followers.UNREAD for queries."""
    case: Any = UNREAD.children[0]
    follows_and_unread = When(case.cases[0].condition, then=_Literal(True))
    return Q(Case(follows_and_unread, default=_Literal(False), output_field=BooleanField()))


def details_older_than(moment: Moment) -> Q:
    """Those who follow and whose details were read before; in the form of their index."""
    known = Q(subscribed=True, details_synced_at__isnull=False)
    return known & Q(details_synced_at__lt=moment)


def ids_needing_details(account_id: int, asked_before: datetime) -> Iterator[list[int]]:
    """Ids of an account's followers who need details; ascending, BATCH_ROWS at a time.

    asked_before: details that are older than this are read again, whatever their age.
    """
    outdated_before = max(db_now() - _max_age(), asked_before)
    rows = Follower.objects.filter(needs_details(outdated_before), account_id=account_id)
    ids, last = rows.order_by("pk").values_list("pk", flat=True), 0
    while found := list(ids.filter(pk__gt=last)[:BATCH_ROWS]):
        yield found
        last = found[-1]


def write_details(records: list[dict[str, Any]], as_of: datetime) -> None:
    """Store profiles of people who follow, with one statement.

    A record has the columns of RECORD_TYPES, with `subscribe_time` as a datetime. None keeps the
    stored value; the QR scene columns change together with `scene`.
    """
    merged = dialect().json_merge_sql("followers_follower.legacy", "profile.legacy")
    sql = f"""
        UPDATE followers_follower SET
            unionid = COALESCE(profile.unionid, followers_follower.unionid),
            remark = COALESCE(profile.remark, followers_follower.remark),
            subscribe_time = COALESCE(profile.subscribe_time, followers_follower.subscribe_time),
            subscribe_scene = COALESCE(profile.scene, followers_follower.subscribe_scene),
            qr_scene = CASE WHEN profile.scene IS NULL THEN followers_follower.qr_scene
                ELSE profile.qr_scene END,
            qr_scene_str = CASE WHEN profile.scene IS NULL THEN followers_follower.qr_scene_str
                ELSE COALESCE(profile.qr_scene_str, '') END,
            language = COALESCE(profile.language, followers_follower.language),
            legacy = COALESCE({merged}, followers_follower.legacy),
            status_as_of = CASE WHEN subscribed AND status_as_of < %s THEN %s
                ELSE status_as_of END,
            details_synced_at = %s
        FROM ({dialect().json_records_sql(RECORD_TYPES)}) AS profile
        WHERE followers_follower.id = profile.id
            AND (details_synced_at IS NULL OR details_synced_at < %s)
        RETURNING CASE WHEN has_tags THEN followers_follower.id END
    """  # noqa: S608
    time = time_param(as_of)
    adapted = connection.ops.adapt_datetimefield_value
    said = json.dumps(records, default=lambda moment: str(adapted(moment)))
    tagged = [row[0] for row in fetch(sql, [time, time, time, said, time]) if row[0]]
    if tagged:
        copy_followed_at(tagged)
    unionids = [record["unionid"] for record in records if record["unionid"]]
    if unionids and _has_several_accounts():
        _mark_shared_unionids(unionids)


def _has_several_accounts() -> bool:
    # Without the ORM: it would take longer than the answer, for every batch of a sync.
    sql = "SELECT count(*) FROM (SELECT 1 FROM followers_officialaccount LIMIT 2) AS found"
    return bool(fetch(sql, [])[0][0] > 1)


def _mark_shared_unionids(unionids: Sequence[str]) -> None:
    """Mark the followers of several accounts among those with these unionids."""
    # A list, not a set_param: PostgreSQL would read the whole table where it has no statistics yet.
    same = Follower.objects.filter(~Q(unionid=""), unionid__in=unionids)
    shared = same.order_by().values("unionid").annotate(rows=Count("pk")).filter(rows__gt=1)
    if found := list(shared.values_list("unionid", flat=True)):
        same = Follower.objects.filter(~Q(unionid=""), unionid__in=found, unionid_is_shared=False)
        same.update(unionid_is_shared=True)


def mark_details_synced(ids: Iterable[int], as_of: datetime) -> None:
    """Mark details as read where WeChat returned none: they are not requested until stale."""
    sql = f"UPDATE followers_follower SET details_synced_at = %s WHERE id IN ({dialect().ids_sql})"  # noqa: S608
    execute(sql, [time_param(as_of), set_param(ids)])
