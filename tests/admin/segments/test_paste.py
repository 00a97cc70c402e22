"""Pasted ids become a kept list."""

import csv
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from followers.models import ExportLog, OfficialAccount, Segment, StaffPreference
from tests.factories import follow, make_unsubscribed

PASTE = "/admin/followers/segment/paste/"
LIST = "/admin/followers/segment/"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def member(make_staff, account):
    return make_staff(
        account,
        "view_follower",
        "export_follower",
        "view_exportlog",
        "add_segment",
        "change_segment",
    )


@pytest.fixture(autouse=True)
def people(account):
    follow(account, "oHere", unionid="u1")
    make_unsubscribed(account, "oGone")


def paste(client, account, ids, **form):
    form = {"account": account.pk, "ids": ids, **form}
    return client.post(PASTE, form, headers=ENGLISH, follow=True)


def test_pasted_ids_open_as_a_list_with_a_short_address(member, account):
    page = paste(member, account, "oHere\noGone, oNobody\n\noHere\n二维码", name="guests")
    segment = Segment.objects.get()
    address, _status = page.redirect_chain[-1]
    assert f"segment={segment.pk}" in address
    assert len(address) < 120
    text = page.text
    assert "Kept as “guests”: 3 ids, 2 found, 1 not found." in text
    assert "1 was repeated. 1 line was blank. 1 entry is no id." in text
    assert "oHere" in text
    assert "oGone" in text


def test_the_account_that_was_chosen_for_all_pages_is_chosen_here_too(
    admin_client, admin_user, account
):
    OfficialAccount.objects.create(name="Other", app_id="wx00000000000000aa")
    chosen = f'value="{account.pk}" selected'
    assert chosen not in admin_client.get(PASTE).text
    StaffPreference.objects.create(user=admin_user, account=account)
    assert chosen in admin_client.get(PASTE).text


def test_without_a_name_it_is_called_by_its_time(member, account):
    paste(member, account, "oHere")
    paste(member, account, "oGone")
    names = set(Segment.objects.values_list("name", flat=True))
    assert len(names) == 2
    assert all(name.startswith("Pasted ids 2") for name in names)


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        ("", "Paste at least one"),
        ("， \n", "Paste at least one"),
        (" ".join(f"o{n}" for n in range(10_001)), "at most 10,000 ids; these are 10,001"),
    ],
)
def test_none_and_too_many_are_refused(member, account, ids, told):
    page = paste(member, account, ids).text
    assert told in page
    assert not Segment.objects.exists()


def test_ten_thousand_ids(member, account):
    page = paste(member, account, " ".join(f"o{n}" for n in range(9_999)) + " u1").text
    assert "10,000 ids, 1 found, 9,999 not found" in page


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ids.txt", "oHere\r\noNobody\r\n"),
        ("ids.csv", "\ufeffname,OpenID\nLi,oHere\nWang,oNobody\n"),
    ],
)
def test_a_file(member, account, name, content):
    paste(member, account, "", file=SimpleUploadedFile(name, content.encode()))
    assert list(Segment.objects.get().ids.order_by("position").values_list("text", flat=True)) == [
        "oHere",
        "oNobody",
    ]


def test_a_file_that_cannot_be_read(member, account):
    page = paste(member, account, "", file=SimpleUploadedFile("ids.txt", b"\x00\x01"))
    assert 'role="alert"' in page.text
    assert not Segment.objects.exists()


def test_which_were_found_and_which_not(member, account):
    paste(member, account, "u1 oGone oNobody =cmd", name="guests")
    segment = Segment.objects.get()
    page = member.get(f"{LIST}{segment.pk}/change/", headers=ENGLISH).text
    assert re.findall(r"<h3>([^<]+?) <span[^>]*>(\d+)", page) == [
        ("Not found", "2"),
        ("Found", "2"),
    ]
    text = member.get(f"{LIST}{segment.pk}/ids/", headers=ENGLISH).getvalue().decode()
    assert text[0] == "\ufeff"
    header, *rows = csv.reader(io.StringIO(text[1:]))
    assert header == ["pasted_id", "found", "openid", "account"]
    assert rows == [
        ["u1", "1", "oHere", account.app_id],
        ["oGone", "1", "oGone", account.app_id],
        ["oNobody", "0", "", ""],
        ["'=cmd", "0", "", ""],
    ]
    log = ExportLog.objects.get()
    assert (log.rows, log.complete, log.account) == (4, True, account)
    exports = member.get("/admin/followers/exportlog/", headers=ENGLISH).text
    assert "Segment: guests" in exports


def test_whoever_may_not_export_gets_no_file(make_staff, member, account):
    paste(member, account, "oHere")
    Segment.objects.update(shared=True)
    segment, looker = Segment.objects.get(), make_staff(account, "view_follower")
    assert looker.get(f"{LIST}{segment.pk}/ids/").status_code == 403
    assert "/ids/" not in looker.get(f"{LIST}{segment.pk}/change/").text


def test_a_copy_has_the_ids(member, account):
    paste(member, account, "oHere oNobody", name="guests")
    member.post(f"{LIST}{Segment.objects.get().pk}/duplicate/")
    copy = Segment.objects.get(name="guests (2)")
    assert (copy.pasted, copy.ids.count(), copy.is_kept_list) == (2, 2, True)


def test_filters_do_not_replace_ids(member, account):
    paste(member, account, "oHere", name="guests")
    form = {"query": "q=x", "segment": Segment.objects.get().pk}
    page = member.post(f"{LIST}save/", form, headers=ENGLISH, follow=True).text
    assert "cannot be replaced" in page


def test_the_search_form_can_send_many_ids(member, account):
    page = member.get(f"/admin/followers/follower/?account__id__exact={account.pk}").text
    assert f'action="{PASTE}"' in page
    assert f'name="account" value="{account.pk}"' in page
    assert "followers/segments.js" in page


@pytest.mark.parametrize("name", ["guests", ""])
def test_a_form_that_is_sent_twice_keeps_one_list(member, account, name):
    first = paste(member, account, "oHere oGone", name=name)
    second = paste(member, account, "oHere oGone", name=name)
    assert first.redirect_chain == second.redirect_chain
    assert "Kept as" in second.text
    assert Segment.objects.count() == 1
    paste(member, account, "oHere oOther", name="")
    assert Segment.objects.count() == 2
    other = paste(member, account, "oHere oOther", name=Segment.objects.earliest("pk").name)
    assert "has a segment" in other.text
    assert Segment.objects.count() == 2
