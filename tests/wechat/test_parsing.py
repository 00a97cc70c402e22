"""Single fields of a response: what is tolerated, and what is refused."""

import pytest

from followers.wechat import parsing
from followers.wechat.errors import Retriable

from .fake import IDS


def refusal(parse, *arguments):
    """The reason with which a value is refused."""
    with pytest.raises(Retriable) as caught:
        parse(*arguments)
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
def test_characters_that_databases_reject_are_removed(text, cleaned):
    assert parsing.clean_text(text) == cleaned


@pytest.mark.parametrize("kind", [dict, list])
@pytest.mark.parametrize("value", [None, [], ""])
def test_empty_nested_values(kind, value):
    assert parsing.parse_nested(value, kind, "something") == kind()


def test_nested_values_have_the_expected_type():
    assert parsing.parse_nested({"a": 1}, dict, "an object") == {"a": 1}
    assert (
        refusal(parsing.parse_nested, "secret", dict, "an object") == "expected an object, not str"
    )
    assert refusal(parsing.parse_nested, [1], dict, "an object") == "expected an object, not list"
    assert refusal(parsing.parse_nested, 0, list, "a list") == "expected a list, not int"


GOOD = [IDS[0], "o", "o" * 64, "o-_=9"]
BAD = ["o" * 65, "o 1", "o,1", "ö", "<b>", "o\u200b1"]


@pytest.mark.parametrize("text", GOOD)
def test_valid_openids(text):
    assert parsing.parse_openid(text) == text
    assert parsing.parse_openid(f" {text}\r\n\x00") == text


@pytest.mark.parametrize("value", [None, "", "  ", "\x00"])
def test_blank_openids(value):
    assert parsing.parse_openid(value) == ""


@pytest.mark.parametrize("text", BAD)
def test_an_invalid_openid_is_shown(text):
    assert refusal(parsing.parse_openid, text).startswith("expected an openid, not ")


def test_a_long_invalid_openid_is_truncated():
    assert len(refusal(parsing.parse_openid, "<" * 5_000)) < 100


@pytest.mark.parametrize("value", [7, ["o"], {}, b"o", True])
def test_an_openid_must_be_a_string(value):
    assert (
        refusal(parsing.parse_openid, value)
        == f"expected a string as openid, not {type(value).__name__}"
    )


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
    assert parsing.parse_openids(values) == found


@pytest.mark.parametrize("odd", [*BAD, 7, ["o"]])
def test_one_invalid_openid_among_thousands(odd):
    refusal(parsing.parse_openids, [*IDS, *["o" * 28] * 10_000, odd])


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, 0), (23_000, 23_000), ("23000", 23_000), (" 7 ", 7), (7.9, 7), (2**70, 2**70),
        (-1, None), ("-1", None), (True, None), (False, None), (None, None), ("", None),
        ("many", None), ("1e3", None), ([], None), (float("inf"), None), (float("nan"), None),
    ],
)  # fmt: skip
def test_numbers(value, number):
    assert parsing.parse_int(value) == number


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
def test_texts(value, text):
    assert parsing.parse_text(value) == text


def test_wrong_type_does_not_show_the_value():
    error = parsing.wrong_type("a token", "5ecret")
    assert error.params == {"reason": "expected a token, not str"}
    assert "5ecret" not in str(error)
