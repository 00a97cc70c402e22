"""A file against the simulated WeChat over HTTP: what is asked for, what is told, and kills."""

import csv
import io
import json
import os
import signal
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from openpyxl import Workbook

from followers.changes.change import Change
from followers.changes.progress import change_progress
from followers.changes.record import record
from followers.changes.undo import undo
from followers.models import EditRun, Follower, FollowerTag, OfficialAccount
from followers.runs import engine
from followers.sandbox import Sandbox
from tests.files.workbooks import saved, workbook
from tests.stack import ROOT, wait_for
from tests.sync.driver import APP_ID, SECRET
from tests.sync.test_processes import database_url

FOLLOWERS = 300
TAGGING = "/cgi-bin/tags/members/batchtagging"
CREATE = "/cgi-bin/tags/create"
REMARK = "/cgi-bin/user/info/updateremark"


@pytest.fixture(scope="module")
def running():
    with Sandbox(followers=FOLLOWERS, app_id=APP_ID, app_secret=SECRET) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running, transactional_db, account, settings):
    """Just synced."""
    running.reset()
    settings.WECHAT_API_BASE_URL = running.url
    call_command("sync_followers", APP_ID, stdout=io.StringIO())
    running.simulation.log.clear()
    yield running
    running.clear()


@pytest.fixture
def people(sandbox):
    """The openids of everybody who can be tagged, in a fixed order."""
    return sorted(sandbox.followers() - sandbox.blacklist())


@pytest.fixture
def write(tmp_path):
    def write(*rows, header=("openid", "remark", "tags", "note")):
        path = tmp_path / "vip.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return path

    return write


def command(path, *options):
    """(exit code, what it printed, its JSON line if it was asked for one)"""
    out, code = io.StringIO(), 0
    with translation.override("en"):
        try:
            call_command("import_followers", APP_ID, str(path), *options, stdout=out)
        except SystemExit as end:
            code = end.code
    lines = out.getvalue().splitlines()
    return code, json.loads(lines[-1]) if "--json" in options else out.getvalue()


def writes(sandbox):
    return [call["path"] for call in sandbox.log if call["path"] in (TAGGING, CREATE, REMARK)]


def holders(sandbox, name):
    return next((set(tag.openids) for tag in sandbox.tags().values() if tag.name == name), set())


def equal(sandbox):
    """Whether our rows are what WeChat has."""
    ours = {
        tag.name: set(
            FollowerTag.objects.filter(tag=tag).values_list("follower__openid", flat=True)
        )
        for tag in OfficialAccount.objects.get().tags.all()
    }
    remarks = dict(Follower.objects.values_list("openid", "remark"))
    assert ours == {tag.name: set(tag.openids) for tag in sandbox.tags().values()}
    assert remarks == {it["openid"]: it["remark"] for it in sandbox.profiles()}
    return True


def test_the_preview_sends_nothing(sandbox, people, write):
    path = write((people[0], "Li", "Fresh", "x"), ("oNobody", "x", "", ""))
    code, line = command(path, "--json")
    assert line == {"edit_run": None, "lines": 2, "changes": 3, "skipped": 1, "failed": 0}
    assert code == 3
    assert sandbox.log == []
    assert not EditRun.objects.exists()


def test_a_file_is_applied(sandbox, people, write):
    rows = [(one, "Li" if n < 3 else "", "Fresh;a\\;b", "Called.") for n, one in enumerate(people)]
    code, line = command(write(*rows), "--apply", "--json")
    changes = 3 * len(people) + 3
    assert line == {
        "edit_run": EditRun.objects.get().pk,
        "lines": len(people),
        "changes": changes,
        "skipped": 0,
        "failed": 0,
    }
    assert list(line) == ["edit_run", "lines", "changes", "skipped", "failed"]
    assert code == 0
    assert holders(sandbox, "Fresh") == holders(sandbox, "a;b") == set(people)
    assert Follower.objects.filter(note="Called.").count() == len(people)
    assert writes(sandbox).count(REMARK) == 3
    assert equal(sandbox)


def test_a_workbook_is_applied(sandbox, people, tmp_path):
    path = tmp_path / "vip.xlsx"
    path.write_bytes(workbook(("openid", "remark"), (people[0], "Li")).getvalue())
    assert command(path, "--apply")[0] == 0
    assert sandbox.profile(people[0])["remark"] == "Li"


def test_bad_lines_are_left_out_and_told(sandbox, people, write, capsys):
    path = write((people[0], "x" * 31, "", ""), (people[1], "Li", "", ""))
    code, line = command(path, "--apply", "--json")
    assert (code, line["lines"], line["changes"], line["skipped"]) == (3, 2, 1, 1)
    assert "Line 2: The remark has 31 bytes" in capsys.readouterr().err
    assert equal(sandbox)


@pytest.mark.parametrize(
    "cell", ["#N/A", "1.38E+10", "\ue085", "#名称?", "4.4E17", "ÍõÐ¡Ã÷", "1234567890123450", "???"]
)
def test_what_a_spreadsheet_broke_reaches_nobody(sandbox, people, write, capsys, cell):
    tags = sandbox.tags()
    path = write(
        (people[0], cell, "", ""), (people[1], "", f"VIP;{cell}", ""), (cell, "Li", "", "")
    )
    code, line = command(path, "--apply", "--json")
    assert (code, line["edit_run"], line["skipped"]) == (1, None, 3)
    assert "Line 2: " in capsys.readouterr().err
    assert (writes(sandbox), sandbox.tags()) == ([], tags)


def test_openids_that_a_spreadsheet_wrapped(sandbox, people, tmp_path):
    path = tmp_path / "vip.csv"
    rows = [f'"=""{people[0]}""",Li', f"\u200b{people[1]},Li", f"{people[2]}\ufeff,Li"]
    path.write_text("\n".join(["\ufeff\ufeffsep=,", "openid,remark", *rows]))
    assert command(path, "--apply")[0] == 0
    assert {sandbox.profile(one)["remark"] for one in people[:3]} == {"Li"}


def test_tags_with_commas_are_split_unless_they_are_kept(sandbox, people, write):
    path = write((people[0], "", "老客户，新客", ""))
    code, _line = command(path, "--apply", "--json", "--keep-commas")
    assert code == 0
    assert holders(sandbox, "老客户，新客") == {people[0]}
    # The name exists now, and is meant as it stands.
    assert command(path, "--apply", "--json")[1]["changes"] == 0
    assert command(write((people[0], "", "甲,乙", "")), "--apply")[0] == 0
    assert holders(sandbox, "甲") == holders(sandbox, "乙") == {people[0]}


def hidden_workbook(path, people):
    book = Workbook()
    book.active.append(("not", "this"))
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("名单")
    for row in (("openid", "remark"), (people[0], "Li"), (people[1], "Li")):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    path.write_bytes(saved(book).getvalue())
    return path


def test_hidden_sheets_and_rows(sandbox, people, tmp_path, capsys):
    path = hidden_workbook(tmp_path / "vip.xlsx", people)
    code, line = command(path, "--apply", "--json")
    said = capsys.readouterr().err
    assert (code, line["lines"], line["changes"]) == (0, 1, 1)
    assert "Sheet: 名单" in said
    assert "1 line is hidden in the sheet, by a filter or by hand, and is left out." in said
    assert sandbox.profile(people[1])["remark"] != "Li"
    assert command(path, "--apply", "--json", "--include-hidden")[1]["changes"] == 1
    assert sandbox.profile(people[1])["remark"] == "Li"


def test_columns_are_named_on_the_command_line(sandbox, people, tmp_path):
    path = tmp_path / "vip.csv"
    path.write_text(f"Li,{people[0]}\n")
    chosen = ("--column", "openid=2", "--column", "remark=1")
    assert command(path, *chosen, "--json")[1]["changes"] == 1
    assert command(path, *chosen, "--header", "1", "--json")[1]["lines"] == 0
    for wrong in ("openid", "openid=0", "name=1", "openid=１", "openid=1"):
        with pytest.raises(CommandError) as refused:
            command(path, "--column", wrong)
        assert refused.value.returncode == 2


def test_the_preview_tells_new_tags_samples_and_lines_left_out(sandbox, people, write, tmp_path):
    path = write((people[0], "Li", "Fresh", "x"), ("oNobody", "x", "", ""))
    left_out = tmp_path / "left.csv"
    _code, text = command(path, "--left-out", str(left_out))
    assert "+ Fresh (1 follower)" in text
    assert f"Line 2 {people[0]}: remark “" in text
    assert "oNobody,x,,,3," in left_out.read_text()


def test_again_there_is_nothing_to_do(sandbox, people, write):
    path = write((people[0], "Li", "Fresh", ""))
    assert command(path, "--apply")[0] == 0
    sandbox.simulation.log.clear()
    code, line = command(path, "--apply", "--json")
    assert (code, line["edit_run"], line["changes"]) == (0, None, 0)
    assert writes(sandbox) == []


def test_tags_are_replaced_when_so_chosen(sandbox, people, write):
    one = people[0]
    command(write((one, "", "Fresh;Old", "")), "--apply")
    path = write((one, "", "New", ""))
    assert command(path, "--apply")[0] == 0
    assert one in holders(sandbox, "Old")
    assert command(path, "--apply", "--replace-tags")[0] == 0
    assert one not in holders(sandbox, "Old") | holders(sandbox, "Fresh")
    assert one in holders(sandbox, "New")
    assert equal(sandbox)


def test_an_undo_deletes_the_created_tags_that_nobody_else_uses(sandbox, people, write):
    command(write((people[0], "", "甲;乙", "")), "--apply")
    (used,) = [number for number, tag in sandbox.tags().items() if tag.name == "乙"]
    sandbox.change(people[1], tags=[used])
    undoing = undo(EditRun.objects.get(), None)
    while undoing.status in ("queued", "running"):
        engine.advance(EditRun, undoing.pk, undoing.ticket, in_foreground=True)
        undoing.refresh_from_db()
    assert undoing.status == "succeeded"
    names = {tag.name for tag in sandbox.tags().values()}
    assert ("甲" in names, "乙" in names) == (False, True)
    assert holders(sandbox, "乙") == {people[1]}
    assert [reason["number"] for reason in change_progress(undoing)["skips"]] == [1]


def test_no_good_line(sandbox, write):
    code, line = command(write(("oNobody", "x", "", "")), "--apply", "--json")
    assert (code, line["edit_run"], line["skipped"]) == (1, None, 1)


def test_what_wechat_refuses_for_one_follower(sandbox, people, write):
    others = [number for number in sandbox.tags() if number > 2]
    others += [sandbox.console.create_tag(f"t{number}") for number in range(20 - len(others))]
    sandbox.change(people[0], tags=others)
    path = write(*((one, "", "Fresh", "") for one in people[:60]))
    code, line = command(path, "--apply", "--json")
    assert (code, line["changes"], line["failed"]) == (3, 59, 1)
    assert holders(sandbox, "Fresh") == set(people[1:60])


def test_a_used_up_quota_ends_the_command_and_the_same_command_joins_the_run(
    sandbox, people, write
):
    path = write(*((one, f"Li {n}", "", "") for n, one in enumerate(people[:5])))
    sandbox.fault("45009", path=REMARK, after=2)
    code, line = command(path, "--apply", "--json")
    assert (code, line["changes"], line["failed"]) == (3, 2, 0)
    run = EditRun.objects.get()
    assert run.status == "waiting"
    assert command(path, "--apply", "--json")[1]["edit_run"] == run.pk
    assert EditRun.objects.count() == 1


def test_a_tag_whose_answer_was_lost_is_not_created_twice(sandbox, people, write):
    sandbox.fault("truncated", path=CREATE, count=1)
    path = write((people[0], "", "Fresh", ""))
    assert command(path, "--apply")[0] == 3
    assert engine.retry(EditRun.objects.get())
    assert command(path, "--apply")[0] == 0
    assert [tag.name for tag in sandbox.tags().values()].count("Fresh") == 1
    assert holders(sandbox, "Fresh") == {people[0]}


def test_an_older_change_that_nobody_works_on_is_finished_first(sandbox, people, write):
    first = Follower.objects.filter(openid=people[0])
    older = record(
        OfficialAccount.objects.get(), first, Change("note", text="x"), user=None, selection=""
    )
    assert command(write((people[1], "Li", "", "")), "--apply")[0] == 0
    older.refresh_from_db()
    assert older.status == "succeeded"


BIG5 = "openid,remark\noA1,老客戶\n".encode("big5")


@pytest.mark.parametrize("data", [b"", b"\x89PNG\0", b"PK\x03\x04x", b"name\nx\n", BIG5])
def test_a_file_that_cannot_be_read(account, tmp_path, data):
    path = tmp_path / "vip.csv"
    path.write_bytes(data)
    with pytest.raises(CommandError) as refused:
        command(path, "--json")
    assert refused.value.returncode == 1


def test_bad_usage(account, tmp_path, write):
    with pytest.raises(CommandError, match="cannot be opened") as refused:
        command(tmp_path / "none.csv")
    assert refused.value.returncode == 2
    with pytest.raises(CommandError) as refused:
        call_command("import_followers", "wx0000000000000001", str(write()))
    assert refused.value.returncode == 2


def process(path, sandbox):
    environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    environment |= {
        "DATABASE_URL": database_url(),
        "WECHAT_API_BASE_URL": sandbox.url,
        "LANGUAGE_CODE": "en",
        "SYNC_LEASE_SECONDS": "3",
        "SYNC_STEP_SECONDS": "2",
    }
    order = [sys.executable, "manage.py", "import_followers", APP_ID, str(path)]
    return subprocess.Popen(
        [*order, "--apply", "--json"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_killed_at_any_instant_the_same_command_ends_the_work(sandbox, people, write):
    """Before the run is recorded, while a tag is created, among tags, among remarks."""
    rows = [(one, f"Li {n}" if n < 40 else "", "Fresh", "x") for n, one in enumerate(people)]
    path = write(*rows)
    sandbox.fault("slow", seconds=0.05)
    moments = [
        lambda: True,
        lambda: EditRun.objects.exists(),
        lambda: CREATE in writes(sandbox),
        lambda: TAGGING in writes(sandbox),
        lambda: writes(sandbox).count(REMARK) > 10,
    ]
    for moment in moments:
        victim = process(path, sandbox)
        wait_for(moment, 60)
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
        assert victim.returncode == -signal.SIGKILL
    last = process(path, sandbox)
    out, err = last.communicate(timeout=120)
    assert last.returncode == 0, err
    run = EditRun.objects.get()
    assert json.loads(out.splitlines()[-1])["edit_run"] == run.pk
    assert run.done + run.skipped + run.failed == run.selected
    assert (run.status, run.failed, run.skipped) == ("succeeded", 0, 0)
    assert holders(sandbox, "Fresh") == set(people)
    # One call for each fifty and each remark, and at most one more for each kill.
    assert len(writes(sandbox)) <= 1 + -(-len(people) // 50) + 40 + len(moments)
    assert equal(sandbox)
