import csv
import io
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from followers import export as module
from followers.export import Export, export, file_name
from followers.files.cell_types import TIME
from followers.files.columns import CHANNEL_COLUMNS, FOLLOWER_COLUMNS, NOTE_COLUMNS
from followers.models import Channel, ExportLog, Follower, OfficialAccount, Tag

from .factories import follow, make_unsubscribed


def rows(lines: Export) -> list[list[str]]:
    text = "".join(lines)
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def only_row(**values: object) -> dict[str, str]:
    account = OfficialAccount.objects.get()
    follow(account, "oOne", **values)
    with override("en"):
        header, row = rows(export(Follower.objects.all(), filters={}))
    return dict(zip(header, row, strict=True))


def test_the_header_is_in_the_language_of_the_request(account):
    with override("zh-hans"):
        lines = export(Follower.objects.all(), filters={})
    with override("en"):
        header = rows(lines)[0]
    assert header[:3] == ["公众号", "OpenID", "是否关注"]
    assert len(header) == len(FOLLOWER_COLUMNS)


def test_values_are_written_as_the_contract_says(account):
    row = only_row(
        remark="=cmd()",
        unionid="oUnion",
        qr_scene=-7,
        blacklisted=True,
        first_seen_at=datetime(2024, 10, 31, 16, 30, 5, 123, tzinfo=UTC),
    )
    assert row == {
        **dict.fromkeys(row, ""),
        "account": account.app_id,
        "openid": "oOne",
        "subscribed": "1",
        "unionid": "oUnion",
        "remark": "'=cmd()",
        "qr_scene": "-7",
        "blacklisted": "1",
        "first_seen_at": "2024-11-01T00:30:05+08:00",
    }


def test_hostile_text_stays_in_its_cell(account):
    text = 'a","b\r\n"<script>😀\u202eevil'
    assert only_row(remark=text)["remark"] == text


def test_tags_are_joined_in_one_cell(account):
    follower = follow(account, "oOne")
    for number, name in enumerate(["b;c", "=a"]):
        follower.tags.add(Tag.objects.create(account=account, wechat_id=100 + number, name=name))
    assert rows(export(Follower.objects.all(), filters={}))[1][5] == r"b\;c;=a"


def test_channels_are_two_more_columns_on_request(account):
    other = OfficialAccount.objects.create(name="B", app_id="wx0000000000000009")
    Channel.objects.create(account=account, scene="1043", name="=Shop", group="East")
    Channel.objects.create(account=other, scene="store", name="elsewhere")
    for openid, came in {"a": {"qr_scene": 1043}, "b": {"qr_scene_str": "store"}, "c": {}}.items():
        follow(account, openid, **came)
    with override("en"):
        header, *lines = rows(export(Follower.objects.all(), filters={}, channels=True))
    assert header[-2:] == ["channel", "channel_group"]
    assert [line[-2:] for line in lines] == [["'=Shop", "East"], ["", ""], ["", ""]]


def test_every_column_can_be_read_back(account):
    """The values that are read are those that are stored, whatever the column."""
    at = datetime(2024, 10, 31, 16, 30, 5, tzinfo=UTC)
    times = {column.name: at for column in FOLLOWER_COLUMNS if column.type is TIME}
    texts = {"remark": "=1+1", "note": "a\nb", "language": "zh_CN", "qr_scene_str": "-x"}
    ids = {"unionid": "-oU", "subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene": -7}
    follower = follow(account, "-oA1", blacklisted=True, **times, **texts, **ids)
    follower.tags.add(Tag.objects.create(account=account, wechat_id=100, name="=1;2"))
    Channel.objects.create(account=account, scene="-7", name="@Shop", group="East")
    columns = FOLLOWER_COLUMNS + NOTE_COLUMNS + CHANNEL_COLUMNS
    _header, cells = rows(export(Follower.objects.all(), filters={}, notes=True, channels=True))
    read = {it.name: it.type.read(cell) for it, cell in zip(columns, cells, strict=True)}
    follower.refresh_from_db()
    assert read == {
        **{name: getattr(follower, name, None) for name in read},
        "account": account.app_id,
        "tags": ("=1;2",),
        "channel": "@Shop",
        "channel_group": "East",
    }
    assert None not in read.values()


def test_chunks_cost_two_statements_each_whatever_their_size(account, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 10)
    for number in range(25):
        follow(account, f"o{number}")
    lines = export(Follower.objects.order_by("-pk"), filters={})
    with CaptureQueriesContext(
        connection,
    ) as queries:
        openids = [row[1] for row in rows(lines)[1:]]
    assert openids == [f"o{number}" for number in range(25)]
    # AppIDs; three chunks with their tags, the look for a fourth, the log's last line.
    assert len(queries) == 1 + 3 * 2 + 1 + 1


def test_followers_that_arrive_meanwhile_do_no_harm(account, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 2)
    for openid in "abcd":
        follow(account, openid)
    lines = export(Follower.objects.filter(subscribed=True), filters={})
    text = next(lines) + next(lines)
    Follower.objects.filter(openid="c").update(subscribed=False)
    follow(account, "e")
    text += "".join(lines)
    assert [row[1] for row in csv.reader(io.StringIO(text[1:]))][1:] == ["a", "b", "d", "e"]


def test_the_log_says_complete_when_the_last_row_was_taken(account):
    follow(account, "o1")
    lines = export(Follower.objects.all(), account=account, filters={"params": {"q": ["o"]}})
    before = ExportLog.objects.get()
    assert (before.rows, before.complete) == (None, False)
    list(lines)
    after = ExportLog.objects.get()
    assert (after.rows, after.complete, after.account) == (1, True, account)
    assert after.filters == {"params": {"q": ["o"]}}


def test_a_client_that_goes_leaves_an_incomplete_log(account, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 2)
    for openid in "abcde":
        follow(account, openid)
    lines = export(Follower.objects.all(), filters={})
    for _ in range(3):  # the header and two chunks, the second of which may not have arrived
        next(lines)
    lines.close()
    log = ExportLog.objects.get()
    assert (log.rows, log.complete) == (2, False)


def test_a_client_that_never_read_leaves_a_log_of_nothing(account):
    follow(account, "o1")
    export(Follower.objects.all(), filters={}).close()
    log = ExportLog.objects.get()
    assert (log.rows, log.complete) == (0, False)


def test_closing_after_the_end_changes_nothing(account):
    make_unsubscribed(account, "o1")
    lines = export(Follower.objects.all(), filters={})
    list(lines)
    lines.close()
    assert ExportLog.objects.get().complete


def test_a_failure_on_the_way_is_logged_as_incomplete(account, monkeypatch):
    follow(account, "o1")
    monkeypatch.setattr(module, "_tags", lambda pks: 1 / 0)
    lines = export(Follower.objects.all(), filters={})
    with pytest.raises(ZeroDivisionError):
        list(lines)
    log = ExportLog.objects.get()
    assert (log.rows, log.complete) == (0, False)


def test_file_names_carry_account_and_day_and_nothing_dangerous(account):
    account.name = 'a/b\\c:"\u202e\n店'
    assert file_name(account).startswith("a_b_c____店-粉丝-20")
    assert file_name(None).startswith("全部公众号-粉丝-20")
