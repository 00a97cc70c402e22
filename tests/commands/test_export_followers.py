import csv
import os
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.translation import override
from openpyxl import load_workbook

from followers.files.cells import unescape_formula
from followers.files.columns import FOLLOWER_COLUMNS
from followers.models import ExportLog, FollowerTag, OfficialAccount, Segment, Tag
from tests.factories import follow, make_unsubscribed


def exported(*arguments: str) -> list[list[str]]:
    out = StringIO(newline="")
    with override("en"):
        call_command("export_followers", *arguments, stdout=out)
    assert out.getvalue()[0] == "\ufeff"
    return list(csv.reader(StringIO(out.getvalue()[1:], newline="")))


@pytest.fixture(autouse=True)
def _people(account):
    follow(account, "oHere")
    make_unsubscribed(account, "oGone")


@pytest.mark.parametrize(
    ("arguments", "openids"),
    [
        ([], ["oHere"]),
        (["--status", "subscribed"], ["oHere"]),
        (["--status", "unsubscribed"], ["oGone"]),
        (["--status", "all"], ["oHere", "oGone"]),
    ],
)
def test_status_chooses_the_followers(account, arguments, openids):
    header, *rows = exported(account.app_id, *arguments)
    assert header == [column.name for column in FOLLOWER_COLUMNS]
    assert [row[1] for row in rows] == openids


@pytest.mark.parametrize(
    ("query", "openids"),
    [
        ("", ["oHere"]),
        ("q=o", ["oHere"]),
        ("?q=oHe&p=2&o=-1", ["oHere"]),
        ("subscribed__exact=0", ["oGone"]),
        ("subscribed__exact=all&q=o", ["oHere", "oGone"]),
        ("q=nobody", []),
    ],
)
def test_a_query_chooses_as_the_list_does_whatever_the_status(account, query, openids):
    rows = exported(account.app_id, "--status", "unsubscribed", "--query", query)[1:]
    assert [row[1] for row in rows] == openids


def test_following_elsewhere_means_any_other_account(account):
    other = OfficialAccount.objects.create(name="B", app_id="wx0000000000000009")
    follow(account, "oBoth", unionid="u1", unionid_is_shared=True)
    follow(other, "oThere", unionid="u1", unionid_is_shared=True)
    assert [row[1] for row in exported(account.app_id, "--query", "elsewhere=1")[1:]] == ["oBoth"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("openid__regex=o", "openid__regex"),
        ("subscribed__exact=2", "2"),
        ("followed_from=yesterday", "yesterday"),
        ("account__id__exact=999999", "999999"),
        ("tags__id__exact=7", "7"),
        ("q=%00", "character"),
        ("q=\udcff", "cannot be read"),
        ("e=1", "e"),
        ("foo=", "foo"),
    ],
)
def test_a_query_that_cannot_be_read_is_bad_usage_and_writes_nothing(account, capsys, query, said):
    with pytest.raises(CommandError, match=said) as error:
        exported(account.app_id, "--query", query)
    assert error.value.returncode == 2
    assert (capsys.readouterr().out, ExportLog.objects.exists()) == ("", False)


@pytest.fixture
def segment(account):
    query = "q=o&subscribed__exact=0"
    return Segment.objects.create(account=account, name="以前的粉丝", query=query)


@pytest.mark.parametrize(
    ("arguments", "openids"),
    [
        ([], ["oGone"]),
        (["--status", "subscribed"], ["oGone"]),
        (["--query", "q=oG"], ["oGone"]),
        (["--query", "q=oH"], []),
        (["--query", "subscribed__exact=1"], []),
    ],
)
def test_a_segment_chooses_whatever_the_status(account, segment, arguments, openids):
    rows = exported(account.app_id, "--segment", "以前的粉丝", *arguments)[1:]
    assert [row[1] for row in rows] == openids
    assert ExportLog.objects.get().filters["segments"][str(segment.pk)]["name"] == "以前的粉丝"


def test_a_segment_in_a_query(account, segment):
    rows = exported(account.app_id, "--query", f"segment={segment.pk}")[1:]
    assert [row[1] for row in rows] == ["oGone"]


def test_a_segment_without_a_status_is_those_who_follow(account):
    Segment.objects.create(account=account, name="all", query="q=o")
    assert [row[1] for row in exported(account.app_id, "--segment", "all")[1:]] == ["oHere"]


@pytest.mark.parametrize("name", ["unknown", "of another", "no tag", "\udcff"])
def test_a_segment_that_cannot_be_answered_is_bad_usage_and_writes_nothing(account, capsys, name):
    other = OfficialAccount.objects.create(name="B", app_id="wx0000000000000009")
    Segment.objects.create(account=other, name="of another", query="q=o")
    Segment.objects.create(account=account, name="no tag", query="tags__id__exact=999")
    with pytest.raises(CommandError) as error:
        exported(account.app_id, "--segment", name)
    assert error.value.returncode == 2
    assert (capsys.readouterr().out, ExportLog.objects.exists()) == ("", False)


def test_a_workbook_has_the_same_rows(account, tmp_path, capsys):
    tag = Tag.objects.create(account=account, wechat_id=101, name="a;b")
    person = follow(account, "o=1", remark="=1+1", note="a\x01b", qr_scene=1043, unionid="u1")
    FollowerTag.objects.create(follower=person, tag=tag)
    arguments = [account.app_id, "--query", "subscribed__exact=all"]
    header, *rows = exported(*arguments, "--notes")
    ExportLog.objects.all().delete()
    file, out = tmp_path / "followers.xlsx", StringIO()
    with override("en"):
        call_command("export_followers", *arguments, "--notes", "--xlsx", str(file), stdout=out)
    (sheet,) = load_workbook(file).worksheets
    found = [["" if it is None else str(it) for it in row] for row in sheet.values]
    plain = [[unescape_formula(cell) for cell in row] for row in rows]
    assert (found, out.getvalue()) == ([header, *plain], "")
    assert {cell.data_type for row in sheet.rows for cell in row} <= {"s", "n"}
    log = ExportLog.objects.get()
    assert (log.rows, log.complete) == (3, True)


def test_a_workbook_that_cannot_be_written_is_a_sentence(account, tmp_path):
    file = tmp_path / "no" / "x.xlsx"
    text = f"The file {file} cannot be written: No such file or directory"
    with pytest.raises(CommandError, match=text) as error, override("en"):
        call_command("export_followers", account.app_id, "--xlsx", str(file))
    assert error.value.returncode == 2
    assert not ExportLog.objects.exists()


def test_a_broken_query_writes_no_workbook(account, tmp_path):
    file = tmp_path / "x.xlsx"
    with pytest.raises(CommandError) as error, override("en"):
        call_command("export_followers", account.app_id, "--query", "x=1", "--xlsx", str(file))
    assert error.value.returncode == 2
    assert not file.exists()


def test_the_names_of_channels_on_request(account):
    assert exported(account.app_id, "--channels")[0][-2:] == ["channel", "channel_group"]


def test_the_command_logs_itself_without_a_user(account):
    exported(account.app_id)
    log = ExportLog.objects.get()
    assert (log.requested_by, log.account, log.rows, log.complete) == (None, account, 1, True)
    assert log.filters == {"params": {"subscribed__exact": ["1"]}, "selected": None}


def test_an_unknown_account_is_bad_usage(account):
    with pytest.raises(CommandError, match="wxunknown") as error:
        exported("wxunknown")
    assert error.value.returncode == 2
    assert not ExportLog.objects.exists()


def test_an_unknown_status_is_bad_usage(account):
    with pytest.raises(CommandError, match="nobody"):
        exported(account.app_id, "--status", "nobody")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the command opens the test's own file")
@pytest.mark.django_db(transaction=True)
def test_a_reader_that_has_seen_enough_ends_it_quietly(account, settings):
    for number in range(3000):
        follow(account, f"o{number:04}")
    database = settings.DATABASES["default"]["NAME"]
    process = subprocess.Popen(
        [sys.executable, "manage.py", "export_followers", account.app_id],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{database}"},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(1)
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 0
    assert errors == b""
    assert not ExportLog.objects.get().complete


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device")
def test_a_full_disk_is_a_sentence(tmp_path):
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], env=environment, check=True)
    secret = {**environment, "WECHAT_APP_SECRET": "5ec2e7" * 5}
    subprocess.run(
        [*manage, "add_account", "wx5a4db0c5a4db0c50", "--name", "A"], env=secret, check=True
    )
    with open("/dev/full", "w") as full:
        command = [*manage, "export_followers", "wx5a4db0c5a4db0c50"]
        done = subprocess.run(command, env=environment, stdout=full, stderr=subprocess.PIPE)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 1
    assert len(lines) == 1
    assert "No space left on device" in lines[0]


def test_a_closed_output_is_no_traceback(tmp_path):
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}
    for command in ("migrate -v0", "rebuild_statistics", "check"):
        script = f"exec {sys.executable} manage.py {command} >&-"
        done = subprocess.run(
            ["sh", "-c", script], env=environment, stderr=subprocess.PIPE, check=True
        )
        assert b"Traceback" not in done.stderr
