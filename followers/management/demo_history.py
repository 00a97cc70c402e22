"""The past of the demo's second account: two made-up years, as nightly syncs would have stored it.

The people are those of the sandbox, with the same lives as its server tells of.
"""

from datetime import UTC, datetime, time, timedelta
from itertools import accumulate

from django.db import transaction
from django.utils import timezone

from ..history.recount import correct_following, recount
from ..models import (
    Channel,
    DayNote,
    OfficialAccount,
    SyncPage,
    SyncRun,
    SyncSchedule,
    SyncStage,
)
from ..sandbox.api.account import Account
from ..sandbox.options import Options
from ..schedules.starting import plan, zone
from .demo import APP_SECRET, SEED, SHOP_APP_ID
from .demo_people import DURATION, ROWS_AT_ONCE, Changes, Past

DAYS = 730
NIGHT = time(3)
# Nights without a sync, by days before the first start: such days look different in charts.
MISSED_NIGHTS = (19, 44, 131, 305, 517)

SHOPS, EVENTS = "门店", "活动"
# Some of the sandbox's QR scenes; the others stay without a name.
CHANNELS = {
    "store_sh_nanjingxilu": ("上海南京西路店", SHOPS),
    "store_bj_sanlitun": ("北京三里屯店", SHOPS),
    "store_gz_tianhe": ("广州天河店", SHOPS),
    "store_cd_taikoo": ("成都太古里店", SHOPS),
    "store_xa_saige": ("西安赛格店", SHOPS),
    "门店_南京新街口": ("南京新街口店", SHOPS),
    "expo2024_A3": ("展会 A3 展位", EVENTS),
    "live_1111": ("直播间", EVENTS),
    "coupon_spring": ("春季优惠券", EVENTS),
    "member_day": ("会员日", EVENTS),
    "poster_metro2": ("地铁 2 号线海报", EVENTS),
}
# What staff noted on the day of a campaign, by its QR scene.
NOTES = {
    "live_1111": "直播",
    "expo2024_A3": "展会",
    "store_cd_taikoo": "成都太古里店周年庆",
    "coupon_spring": "群发：春季新品",
    "member_day": "会员日",
}


def fill(followers: int, first_start: int) -> None:
    """Store the past of the account with SHOP_APP_ID, unless it has one.

    All of it or nothing: a start that was killed leaves an account without a baseline, or figures
    that are still to be counted.
    """
    account = OfficialAccount.objects.get(app_id=SHOP_APP_ID)
    if account.baseline_at is None:
        sandbox = simulated_account(followers, first_start)
        with transaction.atomic():
            store(account, sandbox, nights(first_start))
    if account.statistics_checked_at is None:
        recount(account.pk)


def simulated_account(followers: int, first_start: int) -> Account:
    """The account as the demo's sandbox serves it."""
    options = Options(lives=True, lives_until=first_start)
    return Account(SHOP_APP_ID, APP_SECRET, followers, SEED, options)


def nights(first_start: int) -> list[datetime]:
    """When each list was read: two years ago for the first time, for the last at the first start.

    The sandbox's past ends before that start, so that the last list knows all of it.
    """
    last = datetime.fromtimestamp(first_start, UTC) - DURATION
    today = last.astimezone(zone()).date()
    days = [today - timedelta(days=back) for back in range(DAYS, -1, -1)]
    every = (datetime.combine(day, NIGHT, zone()).astimezone(UTC) for day in days)
    missed = {today - timedelta(days=back) for back in MISSED_NIGHTS}
    kept = [at for at in every if at < last and at.astimezone(zone()).date() not in missed]
    return [*kept, last]


def store(account: OfficialAccount, sandbox: Account, walks: list[datetime]) -> None:
    account.baseline_at, account.listed_at = walks[0] + DURATION, walks[-1]
    account.save(update_fields=["baseline_at", "listed_at"])
    past = Past(account, walks)
    for person in sandbox.records.initial_people():
        past.add(*person)
    past.save()
    correct_following(account.pk)
    save_runs(account, walks, past.changes)
    campaigns = sandbox.records.campaigns()
    Channel.objects.bulk_create(
        Channel(account=account, scene=scene, name=name, group=group)
        for scene, (name, group) in CHANNELS.items()
    )
    DayNote.objects.bulk_create(
        DayNote(account=account, day=local_noon(at).date(), text=NOTES[scene])
        for at, scene in campaigns
    )
    plan(SyncSchedule(account=account, time=NIGHT))


def local_noon(midnight: int) -> datetime:
    """In the middle of a campaign's day, which is one of Beijing."""
    return timezone.localtime(datetime.fromtimestamp(midnight, UTC) + timedelta(hours=12), zone())


def save_runs(account: OfficialAccount, walks: list[datetime], changes: Changes) -> None:
    """A run for each list, with its stages and its page."""
    moved = (changes.added[n] + changes.returned[n] - changes.left[n] for n in range(len(walks)))
    totals = list(accumulate(moved))
    runs = [run_of(account, at, changes, n, totals[n]) for n, at in enumerate(walks)]
    # Every night's but the last, which somebody asked for.
    for run in runs[:-1]:
        run.due_at = run.created_at
    SyncRun.objects.bulk_create(runs, ROWS_AT_ONCE)
    listings = [listing_of(run) for run in runs]
    SyncStage.objects.bulk_create(listings, ROWS_AT_ONCE)
    SyncStage.objects.bulk_create(map(details_of, runs), ROWS_AT_ONCE)
    SyncPage.objects.bulk_create(map(page_of, runs, listings), ROWS_AT_ONCE)


def run_of(
    account: OfficialAccount, at: datetime, changes: Changes, number: int, total: int
) -> SyncRun:
    added, returned = changes.added[number], changes.returned[number]
    return SyncRun(
        account=account,
        status=SyncRun.Status.SUCCEEDED,
        created_at=at,
        started_at=at,
        progressed_at=at + DURATION,
        finished_at=at + DURATION,
        total=total,
        fetched=total,
        added=added,
        resubscribed=returned,
        unsubscribed=changes.left[number],
        unchanged=total - added - returned,
        pages=1 if total else 0,
    )


def listing_of(run: SyncRun) -> SyncStage:
    """All who were missing from the list were asked about."""
    return SyncStage(
        run=run,
        name=SyncStage.Name.LISTING,
        position=0,
        status=SyncStage.Status.DONE,
        done=run.fetched,
        total=run.total,
        phase="reconcile",
        walk_number=1,
        walk_started_at=run.started_at,
        state={"reached": 1.0, "asked": run.unsubscribed},
    )


def details_of(run: SyncRun) -> SyncStage:
    """Those of whoever came or came back."""
    number = run.added + run.resubscribed
    return SyncStage(
        run=run,
        name=SyncStage.Name.DETAILS,
        position=1,
        status=SyncStage.Status.DONE,
        done=number,
        total=number,
    )


def page_of(run: SyncRun, listing: SyncStage) -> SyncPage:
    return SyncPage(
        stage=listing,
        walk_number=1,
        number=1,
        ids=run.fetched,
        total=run.total,
        added=run.added,
        resubscribed=run.resubscribed,
        requested_at=run.created_at,
        stored_at=run.created_at + DURATION,
    )
