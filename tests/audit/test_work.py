"""Accounts, exports, imports, syncs and changes: one line each, by page and by command."""

import getpass
import io
import json
import os
import pwd

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from followers.accounts.roles import give_role
from followers.admin.alerts.form import HIDDEN_KINDS
from followers.changes.change import Action, Change
from followers.changes.record import PlannedStep, record_steps
from followers.export import export
from followers.models import (
    AlertKind,
    AlertTarget,
    AuditEntry,
    EditRun,
    ExportLog,
    Follower,
    OfficialAccount,
    SyncRun,
    Tag,
)
from followers.sync import syncs
from followers.sync.state import ListingState
from tests.factories import follow

from .conftest import ADDRESS

SECRET = "abcdef0123456789"
ACCOUNTS = "/admin/followers/officialaccount"
KINDS = [kind.value for kind in AlertKind if kind not in HIDDEN_KINDS]


@pytest.fixture
def boss(db):
    boss = User.objects.create_superuser("boss")
    AuditEntry.objects.all().delete()
    return boss


@pytest.fixture
def page(boss, visit):
    return visit(boss)


def lines(rows=None):
    entries = (AuditEntry.objects if rows is None else rows).order_by("pk")
    return [(it.actor_name, it.action, it.subject, it.by, it.address) for it in entries]


def by_page(action, subject="Tea House"):
    return ("boss", action, subject, "page", ADDRESS)


def by_command(action, subject="Tea House"):
    return (getpass.getuser(), action, subject, "command", None)


def details():
    return AuditEntry.objects.latest("pk").details


def test_an_account_is_added_changed_and_deleted(page):
    said = {"name": "Tea", "app_id": "wx0123456789abcdef", "app_secret": SECRET}
    page.post(f"{ACCOUNTS}/add/", said)
    account = OfficialAccount.objects.get()
    page.post(f"{ACCOUNTS}/{account.pk}/change/", {"name": "Tea House", "app_secret": SECRET * 2})
    page.post(f"{ACCOUNTS}/{account.pk}/delete/", {"post": "yes"})
    assert not OfficialAccount.objects.exists()
    assert lines() == [
        by_page("account_added", "Tea"),
        by_page("account_changed"),
        by_page("secret_replaced"),
        by_page("account_deleted"),
    ]
    # The names outlive the account.
    assert {*AuditEntry.objects.values_list("account_names", flat=True)[0].values()} == {
        "Tea House"
    }
    assert SECRET not in json.dumps([*AuditEntry.objects.values()], default=str)


def test_an_account_by_command(db, monkeypatch):
    monkeypatch.setenv("WECHAT_APP_SECRET", SECRET)
    for name in ("Tea", "Tea House"):
        call_command("add_account", "wx0123456789abcdef", name=name, stdout=io.StringIO())
    assert lines() == [
        by_command("account_added", "Tea"),
        by_command("account_changed"),
        by_command("secret_replaced"),
    ]
    assert SECRET not in json.dumps([*AuditEntry.objects.values()], default=str)


def test_a_sync_is_started_and_cancelled(page, account, queue):
    page.post(f"{ACCOUNTS}/{account.pk}/sync/", {"stages": ["listing"]})
    run = SyncRun.objects.get()
    page.post(f"/admin/followers/syncrun/{run.pk}/cancel/")
    page.post(f"/admin/followers/syncrun/{run.pk}/cancel/")
    assert lines() == [by_page("sync_started"), by_page("run_cancelled")]
    assert details() == {"kind": "syncrun", "run": run.pk}


def test_a_waiting_run_is_resumed(page, make_run, queue):
    run = make_run("waiting")
    page.post(f"/admin/followers/syncrun/{run.pk}/retry/")
    assert lines() == [by_page("run_resumed")]


def test_what_a_schedule_starts_is_nobodys_deed(account, queue):
    syncs.start(account, due_at=account.created_at)
    assert lines() == []


def test_a_sync_that_is_under_way_is_not_started_again(account, queue):
    for _ in range(2):
        syncs.start(account)
    assert lines() == [by_command("sync_started")]


def change(account, user, **values):
    people = list(Follower.objects.values_list("pk", flat=True))
    step = PlannedStep(Change(Action.NOTE, text="secret note"), people)
    return record_steps(account, [step], user=user, selection="1", **values)


def test_changes_imports_undos_and_retries(account, boss, queue):
    follow(account, "o1")
    run = change(account, boss)
    change(account, boss, import_fingerprint="f")
    change(account, boss, undo_of=run)
    change(account, boss, undo_of=run, retry_of=run)
    assert [line[1] for line in lines()] == [
        "change_started",
        "imported",
        "change_undone",
        "change_repeated",
    ]
    facts = {"kind": "editrun", "run": EditRun.objects.latest("pk").pk}
    assert details() == {**facts, "actions": ["note"], "tags": [], "selected": 1}


def test_an_export_of_several_accounts_concerns_those_of_its_user(account):
    own, other = account, OfficialAccount.objects.create(name="Other", app_id="wxother")
    user = User.objects.create_user("chief", is_staff=True)
    give_role(user, "administrator")
    user.official_accounts.add(own)
    export(Follower.objects.none(), user=user, filters={})
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.details) == (
        "exported",
        user,
        {"export": ExportLog.objects.get().pk},
    )
    assert [*entry.accounts.all()] == [own]
    assert other.name not in entry.account_names.values()


@pytest.mark.parametrize("command", ["export_followers", "export_statistics"])
def test_an_export_by_command(account, command):
    call_command(command, account.app_id, stdout=io.StringIO(newline=""), stderr=io.StringIO())
    assert lines() == [by_command("exported")]


def test_deleting_or_deactivating_a_person_changes_no_export_and_no_change(account, boss, queue):
    follow(account, "o1")
    change(account, boss)
    export(Follower.objects.none(), user=boss, account=account, filters={})

    def told():
        texts = [
            [str(it.requested_by or it.requested_by_name), it.pk, it.created_at]
            for model in (EditRun, ExportLog)
            for it in model.objects.all()
        ]
        return lines(), texts

    before = told()
    boss.is_active = False
    boss.save()
    assert told() == before
    boss.delete()
    assert told() == before
    assert before[1][0][0] == "boss"


def test_a_schedule_is_set(page, account):
    said = {"every": "day", "time": "03:00", "stages": ["listing"]}
    page.post(f"{ACCOUNTS}/{account.pk}/schedule/", said)
    assert lines() == [by_page("account_changed")]
    facts = {"every": "day", "time": "03:00", "weekday": None, "hours": None, "paused": False}
    facts |= {"stages": ["listing"], "details_between": []}
    assert details() == {"schedule": facts}
    page.post(f"{ACCOUNTS}/{account.pk}/schedule/", said)
    assert len(lines()) == 1
    page.post(f"{ACCOUNTS}/{account.pk}/schedule/", {**said, "stages": ["listing", "tags"]})
    assert details()["schedule"]["stages"] == ["listing", "tags"]


def test_a_group_is_made_changed_and_deleted(page):
    [first, second] = Permission.objects.filter(codename__in=["view_tag", "manage_tags"]).order_by(
        "codename"
    )
    page.post("/admin/auth/group/add/", {"name": "Tags", "permissions": [first.pk]})
    group = Group.objects.get(name="Tags")
    account = OfficialAccount.objects.create(name="Tea", app_id="wx1")
    member = User.objects.create_user("peer")
    member.groups.add(group)
    account.members.add(member)
    page.post(f"/admin/auth/group/{group.pk}/change/", {"name": "Tags", "permissions": [second.pk]})
    again = {"name": "Tags 2", "permissions": [second.pk]}
    for _ in range(2):
        page.post(f"/admin/auth/group/{group.pk}/change/", again)
    page.post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"})
    assert lines() == [
        by_page("group_added", "Tags"),
        by_page("group_changed", "Tags"),
        by_page("group_changed", "Tags 2"),
        by_page("group_deleted", "Tags 2"),
    ]
    entries = [*AuditEntry.objects.order_by("pk")]
    assert [it.details for it in entries] == [
        {"permissions": [[], ["manage_tags"]]},
        {"permissions": [["manage_tags"], ["view_tag"]]},
        {"renamed": ["Tags", "Tags 2"]},
        {"permissions": [["view_tag"], []]},
    ]
    # Also told to those whose members lose it.
    assert [[*it.accounts.all()] for it in entries] == [[], [account], [account], [account]]


def add_target(page, account, **more):
    said = {
        "name": "Shop",
        "account": account.pk,
        "webhook": f"https://example.com/{SECRET}",
        "language": "en",
        "summary_at": "09:00",
        "kinds": KINDS,
        "is_active": "on",
        **more,
    }
    page.post("/admin/followers/alerttarget/add/?service=webhook", {"service": "webhook", **said})
    return AlertTarget.objects.get()


def test_an_alert_target_is_added_changed_and_deleted(page, account):
    target = add_target(page, account)
    address = f"/admin/followers/alerttarget/{target.pk}"
    said = {"name": "Shop", "account": account.pk, "language": "en", "summary_at": "10:00"}
    said["kinds"] = KINDS
    page.post(f"{address}/change/", said)
    page.post(f"{address}/change/", {**said, "webhook": f"https://example.com/{SECRET}/2"})
    page.post(f"{address}/delete/", {"post": "yes"})
    assert lines() == [
        by_page("target_added", "Shop"),
        *[by_page("target_changed", "Shop")] * 2,
        by_page("target_deleted", "Shop"),
    ]
    facts = [it.details for it in AuditEntry.objects.order_by("pk")]
    assert facts == [
        {},
        {"settings": ["summary_at"], "switched_on": False},
        {"address_replaced": True},
        {},
    ]
    assert SECRET not in json.dumps([*AuditEntry.objects.values()], default=str)


def test_those_who_are_told_no_longer_are_told_that(page, account):
    target = add_target(page, account)
    other = OfficialAccount.objects.create(name="Other", app_id="wxother")
    said = {"name": "Shop", "account": other.pk, "language": "en", "summary_at": "09:00"}
    said["kinds"] = KINDS
    page.post(f"/admin/followers/alerttarget/{target.pk}/change/", {**said, "is_active": "on"})
    assert {*AuditEntry.objects.latest("pk").accounts.all()} == {account, other}
    number = AuditEntry.objects.count()
    page.post(f"/admin/followers/alerttarget/{target.pk}/change/", {**said, "is_active": "on"})
    assert AuditEntry.objects.count() == number


def test_alert_targets_that_are_ticked_and_deleted(page, account):
    target = add_target(page, account)
    said = {"action": "delete_selected", "_selected_action": [target.pk], "post": "yes"}
    page.post("/admin/followers/alerttarget/", said)
    assert lines() == [by_page("target_added", "Shop"), by_page("target_deleted", "Shop")]


@pytest.mark.parametrize("answer", ["apply", "discard"])
def test_the_answer_to_a_doubtful_list(page, make_run, queue, answer):
    run = make_run("review")
    state = ListingState(known=3, listed=1, gone=2)
    state.save(run.stages.create(name="listing", position=0, phase="decide"))
    for _ in range(2):
        page.post(f"/admin/followers/syncrun/{run.pk}/{answer}/")
    action = {"apply": "review_applied", "discard": "review_discarded"}[answer]
    assert lines() == [by_page(action)]


def test_files_of_figures_and_channels(page, account):
    account.baseline_at = account.created_at
    account.statistics_zone = settings.TIME_ZONE
    account.save()
    days = f"account__id__exact={account.pk}&from=2026-01-01&to=2026-01-31"
    assert page.get(f"/admin/growth/file/sources.csv?{days}").status_code == 200
    page.get(f"/admin/followers/channel/export/?account__id__exact={account.pk}")
    for address in (
        "growth/file/sources.csv",
        "followers/channel/export/",
        "followers/auditentry/export/",
    ):
        page.head(f"/admin/{address}?account__id__exact={account.pk}")
    assert lines() == [by_page("exported")] * 2
    assert [it.details for it in AuditEntry.objects.order_by("pk")] == [
        {"figures": "sources", "days": ["2026-01-01", "2026-01-31"]},
        {"channels": True},
    ]


def test_a_file_of_channels_is_imported(page, account):
    said = {"account": account.pk, "text": "scene,name,group\nqq1,NN,GG\n", "apply": "1"}
    page.post("/admin/followers/channel/import/", said)
    assert lines() == [by_page("imported")]
    assert details() == {"channels": True, "lines": 1}


def test_people_of_several_steps_are_counted_once(account, boss, queue):
    people = [follow(account, f"o{n}").pk for n in range(3)]
    tag = Tag.objects.create(account=account, wechat_id=101, name="T")
    steps = [
        PlannedStep(Change(Action.NOTE, text="n"), people),
        PlannedStep(Change(Action.TAG, tag=tag), people[:2]),
    ]
    record_steps(account, steps, user=boss, selection="1")
    assert details()["selected"] == 3


def test_who_works_at_the_command_line_is_not_what_the_environment_says(account, monkeypatch):
    monkeypatch.setenv("LOGNAME", "=forged")
    call_command("export_followers", account.app_id, stdout=io.StringIO(newline=""))
    assert AuditEntry.objects.get().actor_name == pwd.getpwuid(os.getuid()).pw_name
