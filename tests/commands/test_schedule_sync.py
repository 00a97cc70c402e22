from datetime import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django.utils.translation import override

from followers.models import OfficialAccount, SyncSchedule
from followers.rows.clock import db_now


def run(account, *arguments, language="en"):
    out = StringIO()
    with override(language):
        call_command("schedule_sync", account.app_id, *arguments, stdout=out)
    return out.getvalue().splitlines()


def fields():
    row = SyncSchedule.objects.get()
    return row.every, row.time, row.weekday, row.hours, row.stages, row.paused


def test_without_a_schedule_it_says_so(account):
    assert run(account)[0].startswith("There is no schedule")


def test_daily(account):
    lines = run(account, "--daily", "03:00")
    next_at = timezone.localtime(SyncSchedule.objects.get().next_at)
    assert lines == ["Every day at 03:00", f"Next sync: {next_at:%Y-%m-%d} 03:00"]
    assert next_at > db_now()
    assert run(account) == lines
    assert fields() == ("day", time(3), None, None, [], False)


@pytest.mark.parametrize(
    ("day", "number"),
    [("mon", 0), ("Sunday", 6), ("周三", 2), ("星期五", 4), ("7", 6), ("周日", 6)],
)
def test_weekly(account, day, number):
    lines = run(account, "--weekly", day, "08:30")
    row = SyncSchedule.objects.get()
    assert (row.every, row.weekday, row.time) == ("week", number, time(8, 30))
    assert timezone.localtime(row.next_at).weekday() == number
    assert lines[0].endswith("at 08:30")


def test_every_some_hours_only_some_stages(account):
    lines = run(account, "--every", "6", "--only", "listing", "tags")
    assert lines[:2] == ["Every 6 hours", "Only: listing tags"]
    assert fields()[3:] == (6, ["listing", "tags"], False)
    assert run(account, "--every", "1")[0] == "Every hour"
    assert fields()[4] == []


def test_off_and_on_again(account):
    run(account, "--weekly", "mon", "08:00")
    assert run(account, "--off") == ["Every Monday at 08:00", "Next sync: paused"]
    assert SyncSchedule.objects.get().next_at is None
    run(account, "--daily", "04:00")
    assert fields()[5] is False


def test_an_account_without_a_schedule_can_be_switched_off(account):
    run(account, "--off")
    assert fields()[5] is True


def test_only_changes_the_stages(account):
    run(account, "--daily", "03:00")
    run(account, "--only", "tags")
    assert fields() == ("day", time(3), None, None, ["tags"], False)


def test_stages_are_kept_once_and_all_of_them_as_all(account):
    run(account, "--daily", "03:00", "--only", "tags", "listing", "tags")
    assert fields()[4] == ["listing", "tags"]
    run(account, "--off", "--only", "details")
    assert fields()[4:] == (["details"], True)
    run(account, "--daily", "03:00", "--only", "listing", "tags", "blacklist", "details")
    assert fields()[4] == []


def test_a_time_at_which_details_are_never_read_is_said(account):
    run(account, "--daily", "03:00")
    SyncSchedule.objects.update(details_from=time(1), details_until=time(5))
    assert len(run(account)) == 2
    warning = "Details are never read at that time: their hours are 01:00 to 05:00."
    assert run(account, "--daily", "12:00")[-1] == warning
    assert warning not in run(account, "--every", "6")
    assert warning not in run(account, "--daily", "12:00", "--only", "tags")


def test_in_chinese(account):
    assert run(account, "--weekly", "周一", "08:00", language="zh-hans")[0] == "每星期一 08:00"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--daily", "25:00"],
        ["--daily", "3"],
        ["--weekly", "someday", "03:00"],
        ["--weekly", "mon", "x"],
        ["--every", "0"],
        ["--every", "169"],
        ["--every", "1" * 5000],
        ["--every", "x"],
        ["--every", "٣"],
        ["--only", "tags"],
    ],
)
def test_bad_usage_is_a_sentence_and_changes_nothing(account, arguments):
    with pytest.raises(CommandError) as error:
        run(account, *arguments)
    assert error.value.returncode == 2
    assert not SyncSchedule.objects.exists()


def test_an_unknown_account(db):
    with pytest.raises(CommandError) as error:
        run(OfficialAccount(app_id="wx0000000000000009"))
    assert error.value.returncode == 2
