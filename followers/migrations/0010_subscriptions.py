"""Subscriptions of everybody who has left, returned, or came after the first list.

In batches, each in a transaction of its own that also deletes what it has converted: a migration
that was interrupted goes on where it was.
"""

from itertools import groupby

from django.db import migrations, transaction
from django.db.models import Max

FOLLOWERS_AT_ONCE = 2_000
IDS_AT_ONCE = 50_000
# SQLite's limit is 999 in old versions.
TIMES_AT_ONCE = 500
COLUMNS = (
    *("account", "first_seen_at", "details_synced_at"),
    *("subscribe_time", "subscribe_scene", "qr_scene", "qr_scene_str"),
)
# The last whole one is among them, or is too long ago to tell much.
LISTINGS = 50


def fill(apps, schema_editor):
    fill_accounts(apps)
    convert_changes(apps)
    insert_others(apps, schema_editor.connection)


def fill_accounts(apps):
    """When their last complete list was read, and how many follow."""
    account_model = apps.get_model("followers", "OfficialAccount")
    listings = apps.get_model("followers", "SyncStage").objects.filter(
        name="listing", status="done", reason=""
    )
    follower_model = apps.get_model("followers", "Follower")
    for account in account_model.objects.exclude(baseline_at=None):
        done = listings.filter(run__account=account).order_by("-pk")
        starts = done.values_list("walk_started_at", "state")[:LISTINGS]
        whole = (start for start, state in starts if not state.get("unconfirmed"))
        following = follower_model.objects.filter(account=account, subscribed=True).count()
        account_model.objects.filter(pk=account.pk).update(
            listed_at=next(whole, None), following=following
        )


# --- who left or returned -------------------------------------------------------------------------


def convert_changes(apps):
    changes = apps.get_model("followers", "StatusChange").objects
    stages = apps.get_model("followers", "SyncStage").objects.filter(name="listing")
    listings = {run: (start, state) for run, start, state in stages.values_list(
        "run", "walk_started_at", "state"
    )}
    last = 0
    while True:
        ids = changes.filter(follower__gt=last).order_by("follower")
        ids = list(ids.values_list("follower", flat=True).distinct()[:FOLLOWERS_AT_ONCE])
        if not ids:
            return
        with transaction.atomic():
            _convert(apps, ids, listings)
        last = ids[-1]


def _convert(apps, ids, listings):
    followers = apps.get_model("followers", "Follower").objects.select_related("account")
    subscription_model = apps.get_model("followers", "Subscription")
    changes = apps.get_model("followers", "StatusChange").objects.filter(follower__in=ids)
    people = followers.only(*COLUMNS, "account__baseline_at").in_bulk(ids)
    rows = []
    for pk, told in groupby(changes.order_by("follower", "at", "pk"), lambda it: it.follower_id):
        periods = periods_of(people[pk], told, listings)
        rows += [
            subscription_model(account_id=people[pk].account_id, follower_id=pk, **period)
            for period in periods
        ]
    subscription_model.objects.bulk_create(rows)
    changes.delete()


def periods_of(follower, changes, listings):
    """The changes in their order, as the columns of subscriptions.

    Whoever was seen on the blacklist first did not follow until a change says so. A change that
    says nothing new, as rows written by hand may, is left out.
    """
    changes = list(changes)
    periods, follows, left_at = [], False, follower.first_seen_at
    if not changes[0].subscribed:
        periods, follows = [beginning(follower)], True
    for change in changes:
        if change.subscribed and not follows:
            began_at = max(change.at, left_at)
            periods.append({"began_at": began_at, "began_by": "sync", "began_after": left_at})
            follows = True
        elif not change.subscribed and follows:
            began_at = periods[-1]["began_at"]
            left_at = change.at if began_at is None else max(change.at, began_at)
            periods[-1] |= ending(left_at, *evidence(change.at, listings.get(change.run_id)))
            follows = False
    add_profile(follower, periods)
    return periods


def beginning(follower):
    """Nobody knows when those of the first list have begun."""
    baseline = follower.account.baseline_at
    if baseline is None or follower.first_seen_at <= baseline:
        return {"began_at": None}
    return {"began_at": follower.first_seen_at, "began_by": "sync"}


def evidence(at, listing):
    """Whether WeChat was asked about this person alone, and whether it confirmed it at all."""
    walk_started_at, state = listing or (None, {})
    if walk_started_at != at:
        return True, True
    asked, approved = state.get("asked", 0), state.get("approved")
    return False, bool(asked) and not approved and asked >= state.get("gone", 0)


def ending(at, alone, confirmed):
    return {
        "ended_at": at,
        "ended_by": "sync",
        "ended_before": at if alone else None,
        "ended_confirmed": confirmed,
    }


def add_profile(follower, periods):
    """Source and scene of the subscription during which the profile was read, and its beginning.

    Of later ones the beginning stays as the list told it, until the profile is read again.
    """
    read_at, since = follower.details_synced_at, follower.subscribe_time
    if read_at is None or since is None:
        return
    for period in periods:
        if period.get("ended_at") is None or read_at <= period["ended_at"]:
            number = follower.qr_scene
            period["source"] = follower.subscribe_scene
            period["scene"] = follower.qr_scene_str if number is None else str(number)
            if period is periods[0] and since <= follower.first_seen_at:
                period |= {"began_at": since, "began_by": "profile"}
            return


# --- everybody else who came after the first list -------------------------------------------------


OTHERS = """
    INSERT INTO followers_subscription (
        account_id, follower_id, began_at, began_by, source, scene,
        ended_at, ended_by, ended_confirmed
    )
    SELECT f.account_id, f.id,
        CASE WHEN f.subscribe_time <= f.first_seen_at THEN f.subscribe_time
            ELSE f.first_seen_at END,
        CASE WHEN f.subscribe_time <= f.first_seen_at THEN 'profile' ELSE 'sync' END,
        f.subscribe_scene, COALESCE(CAST(f.qr_scene AS text), f.qr_scene_str),
        CASE WHEN NOT f.subscribed THEN f.unsubscribed_at END,
        CASE WHEN NOT f.subscribed THEN 'sync' ELSE '' END, false
    FROM followers_follower AS f
    JOIN followers_officialaccount AS a ON a.id = f.account_id
    WHERE f.id > %s AND f.id <= %s AND f.first_seen_at > a.baseline_at
        AND (f.subscribed OR f.unsubscribed_at >= f.first_seen_at)
        AND NOT EXISTS (SELECT 1 FROM followers_subscription AS s WHERE s.follower_id = f.id)
"""


def insert_others(apps, connection):
    highest = apps.get_model("followers", "Follower").objects.aggregate(pk=Max("pk"))["pk"] or 0
    for start in range(0, highest, IDS_AT_ONCE):
        with transaction.atomic():
            _insert_others(connection, start, start + IDS_AT_ONCE)


def _insert_others(connection, above, to):
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, [above, to])


# --- and back -------------------------------------------------------------------------------------


def restore(apps, schema_editor):
    """Every ending, and every beginning after they were seen first, is a change again."""
    subscriptions = apps.get_model("followers", "Subscription").objects
    while True:
        ids = subscriptions.order_by("follower").values_list("follower", flat=True)
        ids = list(ids.distinct()[:FOLLOWERS_AT_ONCE])
        if not ids:
            return
        with transaction.atomic():
            _restore(apps, ids)


def _restore(apps, ids):
    change_model = apps.get_model("followers", "StatusChange")
    rows = apps.get_model("followers", "Subscription").objects.filter(follower__in=ids)
    ordered = sorted(rows.select_related("follower"), key=in_order)
    runs = runs_of(apps, ordered)
    changes = []
    for pk, periods in groupby(ordered, lambda row: row.follower_id):
        for number, row in enumerate(periods):
            is_return = row.began_at and (number or row.began_at > row.follower.first_seen_at)
            told = [(True, row.began_at)] if is_return else []
            told += [(False, row.ended_at)] if row.ended_at else []
            changes += [
                change_model(
                    follower_id=pk,
                    subscribed=subscribed,
                    at=at,
                    run_id=runs.get((row.account_id, at)),
                )
                for subscribed, at in told
            ]
    change_model.objects.bulk_create(changes)
    rows.delete()


def in_order(row):
    """As history.stored.in_order, one follower after the other."""
    return (
        row.follower_id,
        row.began_at is not None,
        row.ended_at is None,
        row.began_at or row.ended_at or 0,
        row.ended_at or 0,
        row.pk,
    )


def runs_of(apps, rows):
    """The syncs that have found these changes, by their accounts and times."""
    stages = apps.get_model("followers", "SyncStage").objects.filter(name="listing")
    pages = apps.get_model("followers", "SyncPage").objects.filter(stage__name="listing")
    accounts = {row.account_id for row in rows}
    times = sorted({at for row in rows for at in (row.began_at, row.ended_at) if at})
    read, started = {}, {}
    for start in range(0, len(times), TIMES_AT_ONCE):
        some = times[start : start + TIMES_AT_ONCE]
        found = pages.filter(requested_at__in=some, stage__run__account__in=accounts)
        columns = ("stage__run__account", "requested_at", "stage__run")
        for account, at, run in found.values_list(*columns):
            read[account, at] = run
        found = stages.filter(walk_started_at__in=some, run__account__in=accounts)
        for account, at, run in found.values_list("run__account", "walk_started_at", "run"):
            started[account, at] = run
    return read | started


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("followers", "0009_history")]

    operations = [migrations.RunPython(fill, restore, atomic=False, elidable=True)]
