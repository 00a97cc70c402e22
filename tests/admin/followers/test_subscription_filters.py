"""The list of whom a figure counts: shown, turned over, searched, exported, logged."""

import re
from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command

from followers.admin.shared.urls import people_url
from followers.models import ExportLog, OfficialAccount
from followers.statistics.days import DayRange
from tests.factories import LONG_AGO, begin, follow

LIST = "/admin/followers/follower/"
ENGLISH = {"accept-language": "en"}
ALL = {"action": "export_csv", "index": "0", "select_across": "1", "_selected_action": "0"}
MARCH = DayRange(date(2024, 3, 1), date(2024, 3, 31))
JOINED = {
    "began_from": "2024-03-01",
    "began_to": "2024-03-31",
    "origin_source": "ADD_SCENE_QR_CODE",
    "origin_scene": "7",
    "still": "1",
}


@pytest.fixture
def staff(make_staff, account):
    return make_staff(
        account, "view_follower", "export_follower", "tag_followers", "view_exportlog"
    )


def join(account: OfficialAccount, openid: str, **values: object) -> None:
    OfficialAccount.objects.filter(pk=account.pk).update(baseline_at=LONG_AGO)
    values = {"source": "ADD_SCENE_QR_CODE", "scene": "7", **values}
    begin(follow(account, openid), datetime(2024, 3, 5, tzinfo=UTC), **values)


@pytest.fixture
def people(account, foreign):
    """o1 and o2 are in JOINED; the others are not, each for another reason."""
    join(account, "o1")
    join(account, "o2")
    join(account, "oSearch", source="ADD_SCENE_SEARCH")
    join(account, "oLeft", ended_at=datetime(2024, 5, 1, tzinfo=UTC))
    join(foreign, "oTheirs")


def openids(page) -> list[str]:
    return [row.openid for row in page.context["cl"].result_list]


@pytest.mark.usefixtures("people")
def test_the_list_shows_them_and_says_why(account, staff):
    address = people_url(account.pk, began=MARCH, source="ADD_SCENE_QR_CODE", scene="7", still=True)
    page = staff.get(address, headers=ENGLISH)
    assert openids(page) == ["o2", "o1"]
    chips = [chip["text"] for chip in page.context["cl"].conditions]
    assert chips == [
        f"Account: {account.name}",
        "Joined in the period: 2024-03-01 to 2024-03-31",
        "Source when they joined: QR code",
        "Channel when they joined: 7",
        "Still following since then",
    ]
    assert page.context["cl"].has_active_filters


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("lifted", ["origin_source", "still"])
def test_a_chip_lifts_its_own_condition(staff, lifted):
    page = staff.get(LIST, JOINED)
    chips = [chip["without"] for chip in page.context["cl"].conditions]
    without = next(address for address in chips if f"{lifted}=" not in address)
    assert all(name == lifted or f"{name}=" in without for name in JOINED)
    assert len(openids(staff.get(LIST + without))) == 3


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("account_pk", [None, "theirs"])
def test_nobody_of_an_account_that_is_not_ones_own_is_shown(foreign, staff, account_pk):
    page = staff.get(people_url(account_pk and foreign.pk, began=MARCH))
    assert openids(page) == ([] if account_pk else ["oLeft", "oSearch", "o2", "o1"])
    assert bool(page.context["cl"].problems) == bool(account_pk)


@pytest.mark.usefixtures("people")
def test_all_of_ones_accounts(admin_client):
    assert len(openids(admin_client.get(people_url(None, began=MARCH)))) == 5


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("form", ["filter-form", "changelist-search"])
def test_searching_and_other_filters_keep_it(staff, form):
    page = staff.get(LIST, JOINED).content.decode()
    inside = page[page.index(f'id="{form}"') :].split("</form>")[0]
    sent = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', inside)
    assert sorted((name, value) for name, value in sent if name in JOINED) == sorted(JOINED.items())


def test_the_next_page_keeps_it(account, staff):
    for number in range(60):
        join(account, f"o{number}")
    page = staff.get(LIST, JOINED)
    (address,) = set(re.findall(r'href="(\?[^"]*\bp=2[^"]*)"', page.content.decode()))
    second = staff.get(LIST + address.replace("&amp;", "&"))
    assert (len(openids(second)), second.context["cl"].result_count) == (10, 60)


@pytest.mark.usefixtures("people")
def test_it_is_exported_and_logged_in_words(staff):
    query = "&".join(f"{name}={value}" for name, value in JOINED.items())
    lines = b"".join(staff.post(f"{LIST}?{query}", ALL).streaming_content).decode().splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == ["o1", "o2"]
    given = {name: [value] for name, value in JOINED.items()}
    assert ExportLog.objects.get().filters["params"] == given | {"subscribed__exact": ["1"]}
    page = staff.get("/admin/followers/exportlog/", headers=ENGLISH).content.decode()
    assert "Joined in the period: 2024-03-01 to 2024-03-31" in page
    assert "Channel when they joined: 7" in page


@pytest.mark.usefixtures("people")
def test_a_bulk_change_is_for_them_alone(staff):
    query = "&".join(f"{name}={value}" for name, value in JOINED.items())
    page = staff.post(f"{LIST}?{query}", {**ALL, "action": "edit_tag"}, headers=ENGLISH)
    assert "Add or remove tags of 2 followers" in page.text


@pytest.mark.usefixtures("people")
def test_the_command_line_exports_the_same(account, capsys):
    query = "&".join(f"{name}={value}" for name, value in JOINED.items())
    call_command("export_followers", account.app_id, "--query", query)
    assert [line.split(",")[1] for line in capsys.readouterr().out.splitlines()[1:]] == ["o1", "o2"]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    "broken", [{"began_to": "x"}, {"still": "x"}, {"origin_scene": "x" * 65}, {"began": "1"}]
)
def test_what_cannot_be_read_shows_and_exports_nobody(staff, broken):
    query = "&".join(f"{name}={value}" for name, value in {**JOINED, **broken}.items())
    assert openids(staff.get(f"{LIST}?{query}", follow=True)) == []
    staff.post(f"{LIST}?{query}", ALL)
    assert not ExportLog.objects.exists()
