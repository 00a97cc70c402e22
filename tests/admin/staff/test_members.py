"""The page of a person, and what is left of somebody who is deactivated or deleted."""

import re

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from followers.accounts.roles import role_of
from followers.models import DayNote, EditRun, ExportLog, ImportFile, SyncRun

RECORDS = (
    "/admin/followers/syncrun/",
    "/admin/followers/editrun/",
    "/admin/followers/exportlog/",
)


@pytest.fixture
def chief(make_member, account, sign_in):
    return sign_in(make_member("chief", "administrator", account))


@pytest.fixture
def worked(make_member, account):
    """Somebody who has done one of everything."""
    user, now = make_member("worked", "marketer", account), timezone.now()
    sync = {"account": account, "created_at": now, "finished_at": now, "status": "succeeded"}
    SyncRun.objects.create(requested_by=user, started_at=now, **sync)
    EditRun.objects.create(requested_by=user, **sync)
    ExportLog.objects.create(requested_by=user, account=account, rows=1, complete=True)
    DayNote.objects.create(account=account, author=user, text="sale", day=timezone.localdate())
    return user


def lines(client):
    """What the pages of records say, without what changes with each request."""
    return [client.get(address).text.count("worked") for address in RECORDS]


def records():
    return [
        [row.requester for row in SyncRun.objects.all()],
        [row.requester for row in EditRun.objects.all()],
        [str(row.author or row.author_name) for row in DayNote.objects.all()],
    ]


def test_who_has_records_is_deactivated_instead_of_deleted(chief, worked):
    address = f"/admin/auth/user/{worked.pk}/delete/"
    for page in (chief.get(address), chief.post(address, {"post": "yes"})):
        assert "so they are not deleted" in page.text
    assert User.objects.filter(pk=worked.pk).exists()


@pytest.mark.parametrize("way", ["deactivated", "deleted by a script"])
def test_no_line_of_the_records_changes(chief, worked, way):
    before = lines(chief), records()
    assert all(before[0])
    if way == "deactivated":
        chief.post(f"/admin/auth/user/{worked.pk}/activate/", follow=True)
        assert not User.objects.get(pk=worked.pk).is_active
    else:
        User.objects.filter(pk=worked.pk).delete()
    assert (lines(chief), records()) == before


def test_an_import_keeps_its_file(worked, account):
    ImportFile.objects.create(
        account=account, uploaded_by=worked, name="x.csv", content=b"", uploaded_at=timezone.now()
    )
    worked.delete()
    assert ImportFile.objects.get().uploaded_by is None


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "“李雷” has done nothing here yet: delete them for good?"),
        ("zh-CN", "“李雷”还没有任何操作记录，确定永久删除吗？"),
    ],
)
def test_one_sentence_asks_before_somebody_is_deleted(
    chief, make_member, account, language, question
):
    new = make_member("new", "viewer", account, first_name="李雷")
    address = f"/admin/auth/user/{new.pk}/delete/"
    page = chief.get(address, headers={"accept-language": language})
    main = page.text.partition('id="content"')[2]
    assert re.findall("<p>(.*?)</p>", main) == [question]
    assert main.count("<li>") == 0
    assert User.objects.filter(pk=new.pk).exists()
    chief.post(address, {"post": "yes"})
    assert not User.objects.filter(pk=new.pk).exists()


def test_who_has_done_nothing_is_deleted(chief, make_member, account):
    new = make_member("new", "viewer", account)
    chief.post(f"/admin/auth/user/{new.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=new.pk).exists()


def test_the_list_says_who_is_who(chief, make_member, account, foreign):
    make_member("wang", "marketer", account, foreign, first_name="王芳", email="w@example.com")
    found = chief.get("/admin/auth/user/")
    page, rows = found.text, found.context["cl"].result_list
    assert [[it.name for it in row.own_accounts] for row in rows] == [[account.name]] * 2
    for text in ("王芳", "w@example.com", "Marketer", account.name):
        assert text in page
    assert "Foreign" not in page


def test_the_list_is_filtered_by_role(chief, make_member, account):
    wang = make_member("wang", "marketer", account)
    page = chief.get("/admin/auth/user/?role=marketer")
    assert list(page.context["cl"].result_list) == [wang]


def test_a_link_to_what_is_not_theirs_says_whom_to_ask(make_member, account, foreign, sign_in):
    make_member("chief", "administrator", account, first_name="陈主管", email="c@example.com")
    make_member("theirs", "administrator", foreign, first_name="别家主管")
    ann = sign_in(make_member("ann", "viewer", account))
    run = SyncRun.objects.create(account=foreign, status="succeeded", created_at=timezone.now())
    theirs = ann.get(f"/admin/followers/syncrun/{run.pk}/change/")
    nothing = ann.get(f"/admin/followers/syncrun/{run.pk + 1}/change/")
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.text == nothing.text
    assert "陈主管" in theirs.text
    assert "c@example.com" in theirs.text
    assert "别家主管" not in theirs.text
    assert "Foreign" not in theirs.text


def test_without_an_administrator_it_says_so_in_general(make_member, account, sign_in, client):
    ann = sign_in(make_member("ann", "viewer", account))
    assert "Ask an administrator." in ann.get("/admin/followers/syncrun/1/change/").text
    assert "Ask" not in client.get("/nowhere/").text


def test_saving_what_is_as_it_was_changes_nothing(admin_client, make_member, account):
    user = make_member("li", "viewer", account)
    page = admin_client.get(f"/admin/auth/user/{user.pk}/change/")
    form = page.context["adminform"].form
    assert list(form.initial["groups"]) == []
    assert role_of(user) == "viewer"


def test_a_name_is_one_line(chief, make_member, account):
    user = make_member("li", "viewer", account)
    form = {"name": "Li\r\nBcc: x@y.zz", "role": "viewer", "accounts": [account.pk]}
    chief.post(f"/admin/auth/user/{user.pk}/change/", form)
    user.refresh_from_db()
    assert user.get_full_name() == "Li Bcc: x@y.zz"
