"""One field of an answer: what is read leniently, and what is no answer."""

import pytest

from followers.wechat import fields
from followers.wechat.errors import Retriable

from .fake import IDS


def shape(read, *arguments):
    """What a refusal says of a field that has a wrong shape."""
    with pytest.raises(Retriable) as caught:
        read(*arguments)
    assert caught.value.kind == "shape"
    return caught.value.params["reason"]


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("老客户 🎈", "老客户 🎈"),
        ("a\x00b\x1f\n\t\x7fc", "abc"),
        ("a\ud83db", "ab"),
        ("a\x80\u2028b", "a\x80\u2028b"),
    ],
)
def test_what_databases_refuse_is_taken_out(text, cleaned):
    assert fields.clean(text) == cleaned


@pytest.mark.parametrize("kind", [dict, list])
@pytest.mark.parametrize("value", [None, [], ""])
def test_an_empty_part_is_written_in_many_ways(kind, value):
    assert fields.part(value, kind, "something") == kind()


def test_a_part_is_of_its_kind():
    assert fields.part({"a": 1}, dict, "an object") == {"a": 1}
    assert shape(fields.part, "secret", dict, "an object") == "expected an object, not str"
    assert shape(fields.part, [1], dict, "an object") == "expected an object, not list"
    assert shape(fields.part, 0, list, "a list") == "expected a list, not int"


GOOD = [IDS[0], "o", "o" * 64, "o-_=9"]
BAD = ["o" * 65, "o 1", "o,1", "ö", "<b>", "o\u200b1"]


@pytest.mark.parametrize("text", GOOD)
def test_an_openid(text):
    assert fields.openid(text) == text
    assert fields.openid(f" {text}\r\n\x00") == text


@pytest.mark.parametrize("value", [None, "", "  ", "\x00"])
def test_no_openid(value):
    assert fields.openid(value) == ""


@pytest.mark.parametrize("text", BAD)
def test_what_cannot_be_an_openid_is_shown(text):
    assert shape(fields.openid, text).startswith("expected an openid, not ")


def test_a_long_one_is_shown_in_part():
    assert len(shape(fields.openid, "<" * 5_000)) < 100


@pytest.mark.parametrize("value", [7, ["o"], {}, b"o", True])
def test_another_thing_than_a_text_is_no_openid(value):
    assert shape(fields.openid, value) == f"expected a string as openid, not {type(value).__name__}"


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], ()),
        (["", None], ()),
        (GOOD, tuple(GOOD)),
        ([IDS[0], "", IDS[0], None], (IDS[0], IDS[0])),
        ([" o1", "o2\r", " "], ("o1", "o2")),
    ],
)
def test_openids(values, found):
    assert fields.openids(values) == found


@pytest.mark.parametrize("odd", [*BAD, 7, ["o"]])
def test_one_odd_id_among_thousands_is_found(odd):
    shape(fields.openids, [*IDS, *["o" * 28] * 10_000, odd])


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, 0), (23_000, 23_000), ("23000", 23_000), (" 7 ", 7), (7.9, 7), (2**70, 2**70),
        (-1, None), ("-1", None), (True, None), (False, None), (None, None), ("", None),
        ("many", None), ("1e3", None), ([], None), (float("inf"), None), (float("nan"), None),
    ],
)  # fmt: skip
def test_a_number(value, number):
    assert fields.number(value) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\x07b", "ab"),
        ("", ""),
        (7, "7"),
        (-7, "-7"),
        (True, None),
        (None, None),
        (1.5, None),
        ([], None),
    ],
)
def test_a_text(value, text):
    assert fields.text(value) == text


def test_what_stands_in_a_wrong_place_is_not_told():
    error = fields.odd("a token", "5ecret")
    assert error.params == {"reason": "expected a token, not str"}
    assert "5ecret" not in str(error)
