"""Official Accounts in the admin: secrets, syncs, test calls, and who may do what."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from followers.accounts.client import ConnectionTest
from followers.admin.accounts import admin as accounts
from followers.admin.accounts import buttons
from followers.models import AccessToken, OfficialAccount, SyncRun
from tests.admin.conftest import SECRET

LIST = "/admin/followers/officialaccount/"


def address(name, account):
    return reverse(f"admin:followers_officialaccount_{name}", args=[account.pk])


def save(client, account, **values):
    form = {"name": account.name, "app_secret": "", **values}
    answer = client.post(address("change", account), form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    account.refresh_from_db()


# --- The AppSecret ------------------------------------------------------------------


def test_no_page_holds_the_secret(admin_client, account, make_run):
    make_run(account, "failed", reason="api", error_code=40125)
    for page in (LIST, address("change", account), "/admin/"):
        assert SECRET not in admin_client.get(page).text


def test_a_refused_form_does_not_repeat_what_was_typed(admin_client, account):
    form = {"name": "", "app_secret": "typed-just-now"}
    answer = admin_client.post(address("change", account), form)
    assert answer.status_code == 200
    assert "typed-just-now" not in answer.text


def test_the_page_says_that_a_secret_is_stored(admin_client, account):
    assert "已设置" in admin_client.get(address("change", account)).text
    account.app_secret = ""
    account.save()
    assert "已设置" not in admin_client.get(address("change", account)).text


def test_a_blank_secret_keeps_the_stored_one(admin_client, account):
    AccessToken.objects.create(account=account, value="token")
    save(admin_client, account, name="Renamed")
    assert (account.name, account.app_secret) == ("Renamed", SECRET)
    assert account.access_token.value == "token"


def test_another_secret_drops_the_token(admin_client, account):
    AccessToken.objects.create(account=account, value="token")
    save(admin_client, account, app_secret="f" * 32)
    assert account.app_secret == "f" * 32
    assert AccessToken.objects.get(account=account).value == ""


def test_the_change_log_names_the_field_alone(admin_client, account):
    save(admin_client, account, app_secret="f" * 32)
    message = LogEntry.objects.get().change_message
    assert "AppSecret" in message
    assert "f" * 32 not in message


def test_saving_leaves_what_a_sync_wrote_meanwhile(admin_client, account, monkeypatch):
    real = accounts.OfficialAccountAdmin.save_model

    def while_a_sync_writes(self, request, obj, form, change):
        OfficialAccount.objects.update(baseline_at="2024-01-01T00:00Z")
        real(self, request, obj, form, change)

    monkeypatch.setattr(accounts.OfficialAccountAdmin, "save_model", while_a_sync_writes)
    save(admin_client, account, name="Renamed")
    assert account.baseline_at is not None


# --- Adding, changing, deleting -----------------------------------------------------


def test_a_new_account_leads_to_its_page(admin_client):
    form = {"name": "New", "app_id": "wx00000000000000ff", "app_secret": SECRET}
    answer = admin_client.post(LIST + "add/", form)
    account = OfficialAccount.objects.get()
    assert answer.url == address("change", account)
    assert account.app_secret == SECRET


@pytest.mark.parametrize("app_id", ["wx 123456", "wx123456", "gh_1234567", "WX123456"])
def test_a_mistyped_app_id_is_refused(admin_client, app_id):
    form = {"name": "New", "app_id": app_id, "app_secret": SECRET}
    answer = admin_client.post(LIST + "add/", form)
    assert "AppID 共 18 个字符：wx 加 16 位字母或数字。" in answer.text
    assert not OfficialAccount.objects.exists()


def test_the_app_id_stays(admin_client, account):
    before = account.app_id
    save(admin_client, account, app_id="wx00000000000000ff")
    assert account.app_id == before


def test_whoever_adds_an_account_belongs_to_it(make_staff):
    client = make_staff(None, "add_officialaccount", "view_officialaccount")
    client.post(
        LIST + "add/", {"name": "New", "app_id": "wx00000000000000ff", "app_secret": SECRET}
    )
    assert OfficialAccount.objects.get().members.count() == 1


def test_members_are_for_those_who_may_see_users(make_staff, account):
    client = make_staff(account, "change_officialaccount")
    assert "/admin/auth/user/" not in client.get(address("change", account)).text
    intruder = User.objects.create_user("intruder")
    save(client, account, members=[intruder.pk])
    assert account.members.count() == 1


def test_an_account_with_followers_cannot_be_deleted(admin_client, account, make_followers):
    make_followers(account, 1)
    assert admin_client.post(address("delete", account), {"post": "yes"}).status_code == 403


def test_an_account_that_is_being_synced_cannot_be_deleted(admin_client, account, make_run):
    make_run(account, "queued")
    assert admin_client.post(address("delete", account), {"post": "yes"}).status_code == 403


def test_an_empty_account_can_be_deleted_with_its_runs(admin_client, account, make_run):
    make_run(account, "failed")
    assert admin_client.get(address("delete", account)).status_code == 200
    admin_client.post(address("delete", account), {"post": "yes"})
    assert not OfficialAccount.objects.exists()
    assert not SyncRun.objects.exists()


def test_only_superusers_delete(make_staff, account):
    client = make_staff(account, "delete_officialaccount", "view_officialaccount")
    assert client.post(address("delete", account), {"post": "yes"}).status_code == 403


# --- Sync ---------------------------------------------------------------------------


def test_the_button_starts_a_run_and_shows_it(staff, account):
    answer = staff.post(address("sync", account))
    run = SyncRun.objects.get()
    assert run.account == account
    assert run.requested_by is not None
    assert answer.url == reverse("admin:followers_syncrun_change", args=[run.pk])


def test_a_second_click_leads_to_the_run_that_is_active(staff, account):
    first, second = (staff.post(address("sync", account)).url for _ in range(2))
    assert first == second
    assert SyncRun.objects.count() == 1


@pytest.mark.parametrize("name", ["sync", "test", "quota"])
def test_a_get_starts_nothing(staff, account, name):
    assert staff.get(address(name, account)).status_code == 405
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize("name", ["sync", "test", "quota"])
def test_foreign_accounts_are_not_found(staff, foreign, name):
    assert staff.post(address(name, foreign)).status_code == 404
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize("name", ["sync", "test", "quota"])
def test_onlookers_may_not(onlooker, account, name):
    assert onlooker.post(address(name, account)).status_code == 403
    assert not SyncRun.objects.exists()


def test_a_forged_request_is_refused(client, admin_user, account):
    client.handler.enforce_csrf_checks = True
    client.force_login(admin_user)
    assert client.post(address("sync", account)).status_code == 403
    assert not SyncRun.objects.exists()


def run_action(client, *accounts):
    form = {"action": "sync_followers", "_selected_action": [a.pk for a in accounts]}
    return client.post(LIST, form)


def test_the_action_on_one_account_leads_to_its_run(staff, account):
    answer = run_action(staff, account)
    assert answer.url == reverse("admin:followers_syncrun_change", args=[SyncRun.objects.get().pk])


def test_the_action_starts_a_run_for_each(admin_client, account, foreign):
    assert run_action(admin_client, account, foreign).url == LIST
    page = admin_client.get(LIST).text
    assert SyncRun.objects.count() == 2
    for run in SyncRun.objects.all():
        assert reverse("admin:followers_syncrun_change", args=[run.pk]) in page


def test_the_action_leaves_foreign_accounts_alone(staff, account, foreign):
    run_action(staff, account, foreign)
    assert SyncRun.objects.get().account == account


def test_the_action_needs_the_permission(onlooker, account):
    run_action(onlooker, account)
    assert not SyncRun.objects.exists()
    assert "sync_followers" not in onlooker.get(LIST).text


# --- Test connection ----------------------------------------------------------------


@pytest.mark.parametrize("ok", [True, False])
def test_the_test_says_what_it_found(staff, account, monkeypatch, ok):
    found = ConnectionTest(ok, 23000, "The meaning.", "The advice.", "errcode 40164")
    monkeypatch.setattr(buttons, "check_connection", lambda account: found)
    answer = staff.post(address("test", account), follow=True)
    assert answer.redirect_chain[-1][0] == address("change", account)
    assert "The meaning. The advice. errcode 40164" in answer.text


# --- The list and the page ----------------------------------------------------------


def test_the_list_shows_own_accounts_only(staff, account, foreign):
    page = staff.get(LIST).text
    assert account.app_id in page
    assert foreign.app_id not in page


def test_the_page_of_a_foreign_account_is_not_found(staff, foreign):
    assert staff.get(address("change", foreign)).status_code == 404


def test_the_list_counts_those_who_follow(staff, account, make_followers):
    make_followers(account, 1234)
    make_followers(account, 5, subscribed=False)
    assert ">1,234</a>" in staff.get(LIST).text


def test_the_count_is_right_after_a_sync(staff, account, make_followers, make_run):
    run = make_run(account, "running")
    staff.get(LIST)
    make_followers(account, 1234)
    SyncRun.objects.filter(pk=run.pk).update(status="succeeded")
    assert ">1,234</a>" in staff.get(LIST).text


def test_an_active_run_moves_in_the_list_and_on_the_page(staff, account, make_run):
    run = make_run(account, "running")
    url = reverse("admin:followers_syncrun_progress", args=[run.pk])
    for page in (LIST, address("change", account), "/admin/"):
        assert f'data-progress-url="{url}"' in staff.get(page).text


def test_many_accounts_cost_no_more_statements(
    admin_client, make_run, make_followers, django_assert_max_num_queries
):
    for number in range(30):
        account = OfficialAccount.objects.create(name=str(number), app_id=f"wx{number:016x}")
        make_run(account, "failed", reason="loop")
        make_followers(account, 2)
    with django_assert_max_num_queries(14):
        admin_client.get(LIST)


def test_hostile_names_are_text(admin_client, account):
    account.name = "<script>alert(1)</script>"
    account.save()
    for page in (LIST, address("change", account), "/admin/"):
        assert "<script>alert(1)" not in admin_client.get(page).text


def test_staff_without_permissions_see_no_accounts(make_staff, account):
    assert make_staff(account).get(LIST).status_code == 403
    assert Permission.objects.filter(codename="sync_officialaccount").exists()
