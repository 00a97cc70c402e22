"""The activity log: who sees which lines, the filters, and the file."""

import csv
import io
import re
import sys
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from followers.files.csv_writer import BOM
from followers.models import AuditEntry

LIST, FILE = "/admin/followers/auditentry/", "/admin/followers/auditentry/export/"


def table(client, query=""):
    """The texts of the list's cells, a list for each line."""
    page = client.get(f"{LIST}?{query}").text
    body = page.partition('id="result_list"')[2].partition("</table>")[0]
    return [
        [cell_text(cell) for cell in re.findall(r"<t[dh] class=\"field-.*?</t[dh]>", row, re.S)]
        for row in body.split("<tbody")[1:]
    ]


def cell_text(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.partition(">")[2])).split())


def file_rows(client, query=""):
    answer = client.get(f"{FILE}?{query}")
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith(BOM)
    return [*csv.reader(io.StringIO(text.removeprefix(BOM)))]


def actions(client, query=""):
    """Of the lines that the list shows, what happened, the latest first."""
    cl = client.get(f"{LIST}?{query}").context_data["cl"]
    return [it.action for it in cl.result_list]


def test_an_administrator_sees_what_concerns_an_account_of_theirs(log):
    east = log.member("east", "administrator", log.east)
    both = log.member("both", "administrator", log.east, log.west)
    boss = User.objects.create_superuser("boss")
    AuditEntry.objects.all().delete()
    log.write("exported", log.east)
    log.write("imported", log.west)
    log.write("member_changed", log.east, log.west)
    log.write("signed_in", actor=boss, actor_name="boss")
    assert actions(log.reader(east)) == ["member_changed", "exported"]
    assert actions(log.reader(both)) == ["member_changed", "imported", "exported"]
    # Signing in deletes the lines of signing in.
    log.write("signed_out", actor=boss, actor_name="boss")
    assert actions(log.reader(boss)) == ["signed_out", "member_changed", "imported", "exported"]


def test_names_of_other_accounts_are_not_told(log):
    facts = {"accounts_removed": {str(log.west.pk): "西店"}, "role": ["viewer", "marketer"]}
    entry = log.write("member_changed", log.east, log.west, subject="李雷", details=facts)
    east = log.reader(log.member("east", "administrator", log.east))
    assert table(east) == [[*table(east)[0][:2], "修改成员 李雷 角色：只读 → 运营", "东店", "网页"]]
    for page in (LIST, f"{LIST}{entry.pk}/change/"):
        answer = east.get(page).text
        assert "东店" in answer
        assert "西店" not in answer
    assert "西店" not in str(file_rows(east))
    both = log.reader(log.member("both", "administrator", log.east, log.west))
    # The latest line is that of the file.
    assert "移出公众号：西店" in table(both)[1][2]


@pytest.mark.parametrize("role", ["marketer", "viewer", ""])
def test_only_administrators_see_the_log(log, role):
    entry = log.write("exported", log.east)
    client = log.reader(log.member("peer", role, log.east))
    for address in (LIST, FILE, f"{LIST}{entry.pk}/change/"):
        assert client.get(address).status_code == 403
    assert LIST not in client.get("/admin/").text
    assert AuditEntry.objects.count() == 1


def test_nobody_writes_changes_or_deletes_a_line(log):
    entry = log.write("exported", log.east)
    boss = log.reader(User.objects.create_superuser("boss"))
    AuditEntry.objects.exclude(pk=entry.pk).delete()
    before = [*AuditEntry.objects.values()]
    for address in (f"{LIST}add/", f"{LIST}{entry.pk}/delete/", f"{LIST}{entry.pk}/change/", LIST):
        answer = boss.post(address, {"post": "yes", "action": "delete_selected", "actor_name": "x"})
        assert answer.status_code == 403
    assert [*AuditEntry.objects.values()] == before


@pytest.fixture
def history(log):
    """An administrator and what they, a peer and the command line did on three days."""
    chief = log.member("chief", "administrator", log.east, log.west)
    peer = log.member("peer", "viewer", log.east)
    now = timezone.now()
    log.write("sync_started", log.east, by="command", actor_name="root", at=now - timedelta(40))
    log.write("run_cancelled", log.east, actor=chief, details={"kind": "syncrun", "run": 1})
    log.write("run_cancelled", log.east, actor=peer, details={"kind": "editrun", "run": 1})
    log.write("member_invited", log.west, actor=chief, member=peer, subject="peer", at=now)
    log.write("sign_in_failed", log.east, member=peer, actor_name="李雷 (peer)", at=now)
    return log.reader(chief), chief, peer


def test_filters(log, history):
    client, chief, peer = history
    cases = {
        "kind=signing_in": ["sign_in_failed"],
        "kind=members": ["member_invited"],
        "kind=syncs": ["run_cancelled", "sync_started"],
        "kind=changes": ["run_cancelled"],
        "kind=accounts": [],
        f"person={peer.pk}": ["sign_in_failed", "member_invited", "run_cancelled"],
        f"person={chief.pk}": ["member_invited", "run_cancelled"],
        "by=command": ["sync_started"],
        "within=30d&by=command": [],
        f"to={timezone.localdate() - timedelta(30)}": ["sync_started"],
        f"from={timezone.localdate() - timedelta(1)}&kind=members": ["member_invited"],
        f"account__id__exact={log.west.pk}": ["member_invited"],
        "q=李雷": ["sign_in_failed"],
        "q=peer&kind=members": ["member_invited"],
        "q=root": ["sync_started"],
    }
    assert {query: actions(client, query) for query in cases} == cases
    kinds = actions(client, "kind=changes"), actions(client, "kind=syncs")
    assert [len(it) for it in kinds] == [1, 2]


@pytest.mark.parametrize(
    "query",
    ["kind=x", "person=999", "person=x", "by=x", "within=x", "from=x", "account__id__exact=999"],
)
def test_what_cannot_be_read_matches_nothing_and_says_so(history, query):
    client, _chief, _peer = history
    page = client.get(f"{LIST}?{query}")
    assert page.context_data["cl"].result_count == 0
    assert [str(it) for it in page.context["messages"]] != []
    refused = client.get(f"{FILE}?{query}")
    assert (refused.status_code, refused["Location"]) == (302, f"{LIST}?{query}")
    assert not AuditEntry.objects.filter(action="exported").exists()


def test_a_parameter_of_no_filter_leads_to_the_list_or_the_list_says_so(history):
    client, _chief, _peer = history
    assert client.get(f"{LIST}?actor__password=x").status_code == 302
    assert client.get(f"{FILE}?actor__password=x").status_code == 302


def test_the_filters_of_a_person_offer_those_whom_the_reader_sees(log):
    chief = log.member("chief", "administrator", log.east)
    log.member("stranger", "viewer", log.west)
    page = log.reader(chief).get(LIST).text
    assert "chief" in page
    assert "stranger" not in page


def test_the_file_says_what_the_pages_say(log, history):
    client, chief, _peer = history
    for number in range(120):
        log.write("exported", log.east, actor=chief, actor_name="王芳", details={"export": number})
    shown = [row for number in (1, 2, 3) for row in table(client, f"p={number}&kind=exports")]
    header, *rows = file_rows(client, "kind=exports")
    assert header == ["时间", "操作人", "操作", "对象", "详情", "公众号", "来源"]
    told = [
        [time[:16].replace("T", " "), who, f"{what} {details}", accounts, place]
        for time, who, what, _subject, details, accounts, place in rows
    ]
    assert len(told) == 120
    assert told == shown


def test_the_file_is_itself_recorded_and_not_in_itself(log, history):
    client, chief, _peer = history
    assert len(file_rows(client, f"account__id__exact={log.west.pk}")) == 2
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.details) == ("exported", chief, {"log": True})
    assert [*entry.accounts.all()] == [log.west]
    assert table(client)[0][2] == "导出 操作日志"


def test_names_that_are_formulas_are_texts_in_the_file(log):
    log.write("exported", log.east, actor_name="=HYPERLINK(1)", subject="@x", details={})
    rows = file_rows(log.reader(log.member("chief", "administrator", log.east)))
    assert rows[1][1:4:2] == ["'=HYPERLINK(1)", "'@x"]


def test_a_file_of_several_chunks(log, history, monkeypatch):
    client, _chief, _peer = history
    whole = file_rows(client, "kind=syncs&kind=signing_in")
    monkeypatch.setattr(sys.modules["followers.admin.audit.admin"], "CHUNK", 1)
    assert file_rows(client, "kind=syncs&kind=signing_in") == whole
    assert [row[1] for row in file_rows(client)].count("root") == 1


def test_each_deed_has_a_kind_and_every_fact_its_words(log):
    from followers.admin.audit.filters import KINDS

    kinds = {action for _label, its in KINDS.values() for action in its}
    assert kinds == {*AuditEntry.Action}


def test_every_file_of_figures_has_a_title():
    from followers.admin.audit.facts import FIGURES
    from followers.admin.growth.views import FIGURES as PAGES
    from followers.admin.segments.growth import FIGURES as OF_SEGMENTS
    from followers.management.commands.export_statistics import TABLES

    assert {*PAGES, *OF_SEGMENTS, *TABLES} == set(FIGURES)
