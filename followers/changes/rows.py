"""The SQL of changes, which reads and writes sets of rows (see followers.rows.followers)."""

import json
from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db import connection
from django.db.models import F
from pyroaring import BitMap64

from ..models import EditValue, FollowerTag
from ..rows.cursors import iterate, read_transaction
from ..rows.dialect import dialect, execute, fetch, fetch_ids, set_param


class FollowerState(NamedTuple):
    """What decides whether a follower is eligible. tags: the number of their tags."""

    id: int
    subscribed: bool
    blacklisted: bool
    remark: str
    note: str
    tagged: bool
    tags: int
    after: str | None


def load_states(ids: Iterable[int], tag_id: int | None, step_id: int | None) -> list[FollowerState]:
    """The present state of these followers. `after`: the step's text for each of them, or None."""
    sql = f"""
        SELECT f.id, f.subscribed, f.blacklisted, f.remark, f.note,
            EXISTS (SELECT 1 FROM followers_followertag t
                WHERE t.tag_id = %s AND t.follower_id = f.id),
            (SELECT count(*) FROM followers_followertag t WHERE t.follower_id = f.id),
            (SELECT v.after FROM followers_editvalue v
                WHERE v.step_id = %s AND v.follower_id = f.id)
        FROM followers_follower f WHERE f.id IN ({dialect().ids_sql})
    """  # noqa: S608 (only constants)
    return [FollowerState(*row) for row in fetch(sql, [tag_id, step_id, set_param(ids)])]


def follower_ids(account_id: int) -> BitMap64:
    return _ids("account_id = %s", account_id)


def left_ids(account_id: int, among: BitMap64 | None = None) -> BitMap64:
    """among, here and below: only these are looked up; None: all of the account."""
    return _ids("account_id = %s AND NOT subscribed", account_id, among=among)


def ids_with_text(
    account_id: int, column: str, text: str, among: BitMap64 | None = None
) -> BitMap64:
    """The account's followers whose remark or note is this text, which is not ""."""
    # The partial index is only used if its condition is repeated.
    condition = f"account_id = %s AND {column} <> '' AND {column} = %s"
    return _ids(condition, account_id, text, among=among)


def ids_with_any_text(account_id: int, column: str, among: BitMap64 | None = None) -> BitMap64:
    """The account's followers who have any remark or note."""
    return _ids(f"account_id = %s AND {column} <> ''", account_id, among=among)


def _ids(condition: str, *params: object, among: BitMap64 | None = None) -> BitMap64:
    sql = f"SELECT id FROM followers_follower WHERE {condition}"  # noqa: S608
    if among is None:
        return fetch_ids(sql, params)
    return fetch_ids(f"{sql} AND id IN ({dialect().ids_sql})", [*params, set_param(among)])


def ids_tagged_by_run(run_id: int, tag_ids: Collection[int]) -> dict[int, BitMap64]:
    """By tag, the followers who have it from this run."""
    memberships = FollowerTag.objects.filter(tag__in=tag_ids, edit=run_id).order_by()
    found = {pk: BitMap64() for pk in tag_ids}
    with read_transaction():
        for tag_id, follower_id in iterate(memberships.values_list("tag", "follower"), 20_000):
            found[tag_id].add(follower_id)
    return found


def ids_by_tag_count(ids: BitMap64, least: int, *, one_by_one: bool) -> dict[int, BitMap64]:
    """The ids that have at least so many tags, by their number of tags."""
    # Grouped in the order of an index, in constant memory; filtering by the tags would sort.
    within = f"IN ({dialect().ids_sql})" if one_by_one else "BETWEEN %s AND %s"
    sql = f"""
        SELECT follower_id, count(*) FROM followers_followertag WHERE follower_id {within}
        GROUP BY follower_id HAVING count(*) >= %s
    """  # noqa: S608
    bounds = [set_param(ids)] if one_by_one else [ids.min(), ids.max()]
    found: dict[int, BitMap64] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, (*bounds, least))
        for follower, count in cursor:
            found.setdefault(count, BitMap64()).add(follower)
    return {count: who & ids for count, who in found.items()}


def insert_texts(step_id: int, texts: Iterable[tuple[int, str]]) -> None:
    """Store a step's text for each of these followers: (row id, text)."""
    sql = f"""
        INSERT INTO followers_editvalue (step_id, follower_id, after)
        SELECT %s, CAST(value ->> 0 AS bigint), value ->> 1 FROM {dialect().json_items_sql}
    """  # noqa: S608
    execute(sql, [step_id, json.dumps(list(texts))])


def write_texts(column: str, step_id: int, text: str, ids: Iterable[int]) -> None:
    """Set remarks or notes to the step's text for each follower, or else to `text`.

    The previous texts are stored in the step's values, for an undo.
    """
    rows = set_param(ids)
    before = f"""
        INSERT INTO followers_editvalue (step_id, follower_id, before, after)
        SELECT %s, f.id, f.{column}, COALESCE(v.after, %s) FROM followers_follower f
        LEFT JOIN followers_editvalue v ON v.step_id = %s AND v.follower_id = f.id
        WHERE f.id IN ({dialect().ids_sql})
        ON CONFLICT (step_id, follower_id) DO UPDATE SET before = excluded.before
    """  # noqa: S608
    execute(before, [step_id, text, step_id, rows])
    after = f"""
        UPDATE followers_follower SET {column} = v.after FROM followers_editvalue v
        WHERE v.step_id = %s AND v.follower_id = followers_follower.id
            AND followers_follower.id IN ({dialect().ids_sql})
    """  # noqa: S608
    execute(after, [step_id, rows])


def texts_unchanged_since(column: str, step_ids: Iterable[int]) -> dict[int, dict[int, str]]:
    """By step, the previous text by row id of its followers who still have the step's text."""
    found: dict[int, dict[int, str]] = {pk: {} for pk in step_ids}
    values = EditValue.objects.filter(step__in=found, before__isnull=False)
    values = values.filter(**{f"follower__{column}": F("after")}).exclude(before=F("after"))
    with read_transaction():
        for step_id, row, before in iterate(
            values.values_list("step", "follower", "before"), 2_000
        ):
            found[step_id][row] = before or ""
    return found
