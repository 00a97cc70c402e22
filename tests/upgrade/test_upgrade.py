"""A database of the version before goes on after the upgrade, with everything under way."""

import json
from collections import Counter
from functools import partial

import pytest
from django.core.management import call_command
from django.utils.module_loading import import_string
from django_q.models import OrmQ
from pyroaring import BitMap64

from followers.changes.progress import change_progress
from followers.models import (
    AccessToken,
    EditRun,
    EditStep,
    Follower,
    OfficialAccount,
    SyncPage,
    SyncRun,
    SyncStage,
    Tag,
)
from followers.rows.bitmaps import unpack
from followers.runs import engine
from followers.sync import review
from followers.sync.progress import sync_progress
from tests.changes.driver import having
from tests.changes.driver import openids as openids_of
from tests.installation import new_database
from tests.sync.driver import SECRET, drive, following
from tests.sync.truth import details_here, details_there

from .before import AFTER, BEFORE, connected, insert, migrate, simulated, told

ACTIVE = ("queued", "running", "waiting")
# The newest run of these accounts; all others succeed.
ENDS = {
    "listing: confirm in doubt": "review",
    "waiting for midnight": "waiting",
    "failed": "failed",
    "review": "review",
    "cancelled": "cancelled",
    "change failed": "failed",
}
# What AFTER calls otherwise, or has no more.
RENAMED = {
    "setbacks": "consecutive_failures",
    "wakes": "redeliveries",
    "wake_at": "redeliver_at",
    "import_mark": "import_fingerprint",
    "again_of_id": "retry_of_id",
    "counters": "state",
    "walk": "walk_number",
}
DROPPED = ("form_token",)
PHASES = {"walk": "read", "weigh": "decide"}


@pytest.fixture(scope="module")
def with_rows(tmp_path_factory, django_db_blocker):
    """A database of its own at the migration before, to copy from."""
    database = new_database(tmp_path_factory.mktemp("before"))
    try:
        with django_db_blocker.unblock(), connected(database):
            insert(migrate(BEFORE))
        yield database
    finally:
        database.drop()


@pytest.fixture(scope="module")
def with_upgraded_rows(with_rows, tmp_path_factory, django_db_blocker):
    """The same, upgraded: that takes seconds, and a copy none."""
    database = with_rows.copy(tmp_path_factory.mktemp("upgraded"))
    try:
        with django_db_blocker.unblock(), connected(database):
            call_command("migrate", verbosity=0)
        yield database
    finally:
        database.drop()


@pytest.fixture
def before(use, with_rows):
    use(with_rows)


@pytest.fixture
def upgraded(use, with_upgraded_rows):
    use(with_upgraded_rows)


@pytest.fixture
def wechat(upgraded, queue, monkeypatch, settings):
    """By AppID; `sent` is what changes something there, since the upgrade.

    `uncertain`: whom a worker was sending when it was killed.
    """
    settings.SYNC_SLICE_SECONDS = 0
    every = simulated()
    for app_id, each in every.items():
        each.sent, each.uncertain = [], uncertain(app_id)
        each.distort = partial(note, each.sent)
    monkeypatch.setattr(
        engine, "client_for", lambda account: every[account.app_id].client_for(account)
    )
    return every


def uncertain(app_id):
    """As the step has noted it; "" stands for a tag itself."""
    steps = EditStep.objects.filter(run__account__app_id=app_id, run__status="running")
    step = steps.filter(status="pending").order_by("position").first()
    if step is None:
        return set()
    if step.action.endswith("_tag"):
        return {""}
    sending = {row for piece in step.sending for row in piece}
    return openids_of(Follower.objects.filter(pk__in=sending))


def note(sent, path, body, reply):
    if not reply.payload.get("errcode") and path in WRITES:
        sent.append((path, json.loads(body)))
    return reply


WRITES = {
    path for each in told()["wechat"].values() for path, _body in each["history"] if path != "leave"
}


# --- the rows -----------------------------------------------------------------------------------


def contents(apps, labels):
    return {
        label: {row["pk"]: row for row in apps.get_model(label).objects.values("pk", *names)}
        for label in labels
        for names in [[field.attname for field in apps.get_model(label)._meta.concrete_fields]]
    }


def as_named_now(label, row):
    row = {RENAMED.get(name, name): row[name] for name in row if name not in DROPPED}
    if label == "followers.SyncStage":
        row["phase"] = PHASES.get(row["phase"], row["phase"])
    return row


def test_every_row_is_what_it_was(before):
    labels = [label for label in told()["tables"] if label.startswith("followers.")]
    old = contents(migrate(BEFORE), labels)
    new = contents(migrate(AFTER), labels)
    for label, rows in old.items():
        assert len(rows) == len(told()["tables"][label])
        for pk, row in rows.items():
            expected = as_named_now(label, row)
            assert {name: new[label][pk][name] for name in expected} == expected


def test_there_and_back_again_nothing_is_lost_but_tokens_of_forms(before):
    labels = list(told()["tables"])
    old = contents(migrate(BEFORE), labels)
    migrate(AFTER)
    back = contents(migrate(BEFORE), labels)
    for row in old["followers.EditRun"].values():
        row["form_token"] = ""
    assert back == old


def test_what_was_encrypted_is_read(upgraded):
    assert set(OfficialAccount.objects.values_list("app_secret", flat=True)) == {SECRET}
    assert all(AccessToken.objects.values_list("value", flat=True))


def test_forms_that_were_open_are_not_taken_for_one(upgraded):
    assert not EditRun.objects.exclude(idempotency_key=None).exists()


def test_every_run_can_be_shown(upgraded):
    for model, told_of in ((SyncRun, sync_progress), (EditRun, change_progress)):
        for run in model.objects.all():
            assert told_of(run)["status"] == run.status


# --- going on -----------------------------------------------------------------------------------


def by_the_messages_of_before(queue):
    """Their names and arguments as the version before has put them into the queue."""
    for message in OrmQ.objects.order_by("pk"):
        task = message.task
        assert task["func"] in ("followers.tasks.advance_run", "followers.tasks.advance_edit")
        import_string(task["func"])(*task["args"], **task["kwargs"])
    queue.deliver()
    left = {run.account.name for model in (SyncRun, EditRun) for run in active(model)}
    # A change that waited is sent by its message, late as it is: its time has come.
    assert left == {"waiting", "waiting for midnight"}
    by_the_wake_alone(queue)


def by_the_wake_alone(queue):
    while engine.redeliver_due_runs():
        queue.deliver()


def active(model):
    return model.objects.filter(status__in=ACTIVE)


@pytest.fixture(params=[by_the_messages_of_before, by_the_wake_alone])
def ended(request, wechat, queue):
    """Everything that was under way went on as far as it goes."""
    request.param(queue)
    return {account: wechat[account.app_id] for account in OfficialAccount.objects.all()}


def test_everything_goes_on_to_its_end(ended):
    for account in ended:
        assert newest_status(account) == ENDS.get(account.name, "succeeded"), account.name
    followers_are_the_same(ended)
    members_are_the_same(ended)
    texts_are_written(ended)
    nothing_is_sent_twice(ended)
    everybody_is_accounted_for()
    no_bitmap_is_left()


def newest_status(account):
    runs = account.editrun_set.order_by("pk") or account.syncrun_set.order_by("pk")
    return runs.last().status


def followers_are_the_same(ended):
    for account, wechat in ended.items():
        if ENDS.get(account.name, "succeeded") == "succeeded" or account.editrun_set.exists():
            assert following(account) == wechat.followers(), account.name
    (details,) = (account for account in ended if account.name == "details")
    assert details_here(details) == details_there(ended[details])


def members_are_the_same(ended):
    tags = Tag.objects.select_related("account")
    assert tags.count() >= 10
    for tag in tags:
        wechat = ended[tag.account]
        assert wechat.account.records.tag_snapshots()[tag.wechat_id].name == tag.name
        assert openids_of(tag.followers) == having(wechat, tag), tag.account.name
    for account, wechat in ended.items():
        if "block" in account.name or "blacklist" in account.name:
            blocked = openids_of(account.follower_set.filter(blacklisted=True))
            assert blocked == wechat.account.records.blacklist(), account.name


def texts_are_written(ended):
    behind, last = (
        OfficialAccount.objects.get(name=name) for name in ("tag", "change cancelled, one queued")
    )
    for account, text in ((behind, "behind it"), (last, "Wang")):
        records = ended[account].account.records
        for person in account.follower_set.all():
            assert person.remark == records.remark(records.slot_of(person.openid)) == text
    assert {person.note for person in Follower.objects.filter(account__name="note")} == {
        "of before"
    }


def nothing_is_sent_twice(ended):
    """Beyond the call at which a worker was killed, whose answer it could not store."""
    for account, wechat in ended.items():
        old = told()["wechat"][account.app_id]["history"]
        old_calls = Counter(call for act in old if act[0] != "leave" for call in single(*act))
        new_calls = Counter(call for path, body in wechat.sent for call in single(path, body))
        assert set(new_calls.values()) <= {1}, account.name
        twice = {openid for *_, openid in old_calls.keys() & new_calls.keys()}
        assert twice <= wechat.uncertain, account.name


def single(path, body):
    """A call for each follower in it: what is asked for, and for whom ("": a tag itself)."""
    rest = {name: value for name, value in body.items() if not name.startswith("openid")}
    openids = body.get("openid_list") or [body.get("openid", "")]
    return [(path, json.dumps(rest), openid) for openid in openids]


def everybody_is_accounted_for():
    for run in EditRun.objects.exclude(status__in=("cancelled", "failed")):
        assert run.done == run.selected, run.account.name
    assert not EditStep.objects.filter(run__status="succeeded").exclude(status="done").exists()


def no_bitmap_is_left():
    over = SyncStage.objects.filter(run__status__in=("succeeded", "failed", "cancelled"))
    for page in SyncPage.objects.filter(stage__in=over):
        assert not BitMap64().union(
            *map(unpack, (page.new_rows, page.returned_rows, page.unchanged_rows))
        )


def run_of(name, model=SyncRun):
    return model.objects.filter(account__name=name).latest("pk")


def test_a_run_that_waits_for_midnight_can_be_told_to_go_on(wechat, queue):
    run = run_of("waiting for midnight")
    assert engine.retry(run)
    assert drive(run).status == "succeeded"


@pytest.mark.parametrize("name", ["review", "listing: confirm in doubt"])
def test_what_a_person_decides_holds(wechat, queue, name):
    run = drive(run_of(name))
    assert review.load_evidence(run).gone in (5, 24)
    assert review.apply(run)
    assert drive(run).status == "succeeded"
    assert following(run.account) == wechat[run.account.app_id].followers()


@pytest.mark.parametrize(("name", "model"), [("tag", EditRun), ("listing: walk", SyncRun)])
def test_a_run_of_before_can_be_cancelled(wechat, queue, name, model):
    run = active(model).filter(account__name=name).earliest("pk")
    assert engine.cancel(run)
    engine.advance(model, run.pk, run.ticket)
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert wechat[run.account.app_id].sent == []
