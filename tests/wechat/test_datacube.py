"""WeChat's own figures: what is asked, how answers are read, and the sandbox's count."""

import json
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest

from followers.wechat import datacube
from followers.wechat.datacube import CumulateRow, SummaryRow
from followers.wechat.errors import Fatal, Limited, Retriable, WeChatError

from .fake import FakeTransport, fake_client

FIRST, LAST = date(2014, 12, 2), date(2014, 12, 7)
# A day has a row for each source; 0 is one of them, not their sum.
SUMMARY = {
    "list": [
        {"ref_date": "2014-12-07", "user_source": 0, "new_user": 3, "cancel_user": 1},
        {"ref_date": "2014-12-07", "user_source": 30, "new_user": 12, "cancel_user": 0},
    ]
}
SUMMARY_ROWS = (SummaryRow(LAST, 0, 3, 1), SummaryRow(LAST, 30, 12, 0))
CUMULATE = {"list": [{"ref_date": "2014-12-07", "cumulate_user": 1217056}]}
CUMULATE_ROWS = (CumulateRow(LAST, 1217056),)
# method of the client, path, answer, rows
ENDPOINTS = [
    ("user_summary", "/datacube/getusersummary", SUMMARY, SUMMARY_ROWS),
    ("user_cumulate", "/datacube/getusercumulate", CUMULATE, CUMULATE_ROWS),
]
METHODS = ("user_summary", "user_cumulate")


def ask(client, method, first=FIRST, last=LAST):
    return getattr(client, method)(first, last)


@pytest.mark.parametrize(("method", "path", "answer", "rows"), ENDPOINTS)
def test_what_is_asked_and_answered(method, path, answer, rows):
    transport = FakeTransport(answer)
    assert ask(fake_client(transport), method) == rows
    request = transport.requests[-1]
    assert (request.method, urlsplit(request.url).path) == ("POST", path)
    assert json.loads(request.body) == {"begin_date": "2014-12-02", "end_date": "2014-12-07"}


@pytest.mark.parametrize("method", METHODS)
def test_days_without_rows(method):
    assert ask(fake_client(FakeTransport({"list": []})), method) == ()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("days", [-1, 0, 8])
def test_a_span_that_wechat_refuses_is_not_sent(method, days):
    transport = FakeTransport(SUMMARY)
    with pytest.raises(ValueError, match=f"1 to 7 days, not {days}"):
        ask(fake_client(transport), method, last=FIRST + timedelta(days=days - 1))
    assert not transport.requests


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("days", [1, 7])
def test_the_longest_and_the_shortest_span(method, days):
    client = fake_client(FakeTransport({"list": []}))
    assert ask(client, method, last=FIRST + timedelta(days=days - 1)) == ()


def read(row, parse_row=datacube.summary_row):
    return datacube.rows({"list": [row]}, parse_row, FIRST, LAST)


ROW = SUMMARY["list"][0]


def test_numbers_may_be_texts():
    texts = {key: str(value) for key, value in ROW.items()}
    assert read(texts) == (SummaryRow(LAST, 0, 3, 1),)
    row = {"ref_date": "2014-12-07", "cumulate_user": "7"}
    assert read(row, datacube.cumulate_row) == (CumulateRow(LAST, 7),)


@pytest.mark.parametrize("source", [35, 43, 51, 123456])
def test_a_source_that_is_not_documented(source):
    assert read(ROW | {"user_source": source}) == (SummaryRow(LAST, source, 3, 1),)


def test_rows_of_one_day_and_source_stay_apart():
    twice = datacube.rows({"list": [ROW, ROW]}, datacube.summary_row, FIRST, LAST)
    assert twice == (SummaryRow(LAST, 0, 3, 1),) * 2


def test_fields_that_are_not_documented_are_ignored():
    row = {"ref_date": "2014-12-07", "cumulate_user": 7, "user_source": 0}
    assert read(row, datacube.cumulate_row) == (CumulateRow(LAST, 7),)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"list": None},
        {"list": {}},
        {"list": ""},
        {"list": [None]},
        {"list": [[]]},
        *({"list": [ROW | {key: None}]} for key in ROW),
        *({"list": [ROW | {key: -1}]} for key in ROW),
        *({"list": [ROW | {key: "many"}]} for key in ROW),
        *({"list": [{name: ROW[name] for name in ROW if name != key}]} for key in ROW),
        *(
            {"list": [ROW | {"ref_date": day}]}
            for day in ("2014-12-32", "2014-12-01", "2014-12-08")
        ),
    ],
)
def test_another_shape_is_refused(answer):
    with pytest.raises(Retriable) as caught:
        datacube.rows(answer, datacube.summary_row, FIRST, LAST)
    assert caught.value.kind == "shape"


def test_a_total_without_number_is_refused():
    with pytest.raises(Retriable):
        read({"ref_date": "2014-12-07"}, datacube.cumulate_row)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("code", "kind"), [(61500, Fatal), (61501, Fatal), (61503, Limited), (48001, Fatal)]
)
def test_refusals_are_not_retried_at_once(method, code, kind):
    client = fake_client(FakeTransport({"errcode": code, "errmsg": "no"}))
    with pytest.raises(WeChatError) as caught:
        ask(client, method)
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert caught.value.wait == (3600 if code == 61503 else None)
    assert client.calls[caught.value.params["path"]] == 1
