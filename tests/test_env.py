"""What the readers of settings take, and what they refuse."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from wxadmin import env
from wxadmin.env_file import EnvFile

NAME = "SOME_SETTING"


@pytest.fixture
def given(monkeypatch):
    return lambda value: monkeypatch.setenv(NAME, value)


def refused(read, *arguments, **keywords):
    with pytest.raises(ImproperlyConfigured) as refusal:
        read(NAME, *arguments, **keywords)
    said = str(refusal.value)
    assert said.startswith(NAME)
    assert "\n" not in said
    return said


BLANKS = ["", "  ", "\t\n"]


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize(
    ("read", "default"),
    [
        (lambda: env.text(NAME, "x"), "x"),
        (lambda: env.switch(NAME, True), True),
        (lambda: env.whole(NAME, 7, most=10), 7),
        (lambda: env.share(NAME, 0.8), 0.8),
        (lambda: env.one_of(NAME, "en", ["en"]), "en"),
        (lambda: env.hosts(NAME, ["localhost"]), ["localhost"]),
        (lambda: env.origins(NAME), []),
        (lambda: env.address(NAME, "https://a.b"), "https://a.b"),
        (lambda: env.address(NAME, ""), ""),
        (lambda: env.redis(NAME), ""),
    ],
)
def test_blank_is_not_set(given, blank, read, default):
    given(blank)
    assert read() == default


@pytest.mark.parametrize("value", ["on", "ON", " true ", "1", "Yes"])
def test_a_switch_that_is_on(given, value):
    given(value)
    assert env.switch(NAME, False) is True


@pytest.mark.parametrize("value", ["off", "False", "0", "no "])
def test_a_switch_that_is_off(given, value):
    given(value)
    assert env.switch(NAME, True) is False


@pytest.mark.parametrize("value", ["maybe", "2", "ｏｎ", "onn", "开", '"on"', "on,off"])
def test_no_switch(given, value):
    given(value)
    assert "on or off" in refused(env.switch, False)


@pytest.mark.parametrize(("value", "number"), [("1", 1), (" 12 ", 12), ("007", 7), ("99", 99)])
def test_a_whole_number(given, value, number):
    given(value)
    assert env.whole(NAME, 5, most=99) == number


@pytest.mark.parametrize(
    "value",
    [
        "0",
        "-1",
        "+1",
        "100",
        "9" * 5000,
        "2m",
        "1e3",
        "1_0",
        "1,0",
        "1.0",
        "12.5",
        "1 0",
        "0x1",
        "８",
        "٣",
        "²",
        "many",
        "nan",
        "inf",
        '"2"',
        "'2'",
        "2 # two",
        "2;",
        "$WORKERS",
    ],
)
def test_no_whole_number(given, value):
    given(value)
    assert "a whole number from 1 to 99" in refused(env.whole, 5, most=99)


def test_quotation_marks_are_named(given):
    given('"2"')
    assert "without quotation marks" in refused(env.whole, 5, most=99)


@pytest.mark.parametrize(("value", "share"), [("0.8", 0.8), (".5", 0.5), ("1", 1), ("1.0", 1)])
def test_a_share(given, value, share):
    given(value)
    assert env.share(NAME, 0.3) == share


@pytest.mark.parametrize(
    "value", ["0", "0.0", "-0.5", "1.1", "80", "80%", "0,8", "8e-1", "０.８", "nan", "inf", "1e-3"]
)
def test_no_share(given, value):
    given(value)
    assert "between 0 and 1" in refused(env.share, 0.3)


@pytest.mark.parametrize("value", ["zh-hans", "ZH-HANS", " zh-Hans "])
def test_a_word_in_any_case(given, value):
    given(value)
    assert env.one_of(NAME, "en", ["en", "zh-hans"]) == "zh-hans"


@pytest.mark.parametrize("value", ["fr", "zh", "zh_hans", "en,zh-hans", "'en'"])
def test_no_such_word(given, value):
    given(value)
    assert "one of en, zh-hans" in refused(env.one_of, "en", ["zh-hans", "en"])


@pytest.mark.parametrize(
    ("value", "hosts"),
    [
        ("127.0.0.1, wx.example.com", ["127.0.0.1", "wx.example.com"]),
        ("WX.Example.com,", ["wx.example.com"]),
        (" a.b ,, c.d ", ["a.b", "c.d"]),
        ("*", ["*"]),
    ],
)
def test_lists_are_cleaned(given, value, hosts):
    given(value)
    assert env.hosts(NAME, ["x"]) == hosts


@pytest.mark.parametrize("value", [",", " , ,", "a.b;c.d", "a.b c.d", "a.b，c.d", "['a.b']"])
def test_lists_that_are_none(given, value):
    given(value)
    assert "comma" in refused(env.hosts, ["x"])


def test_what_is_not_utf_8_is_refused(given):
    given("\udcd6\udcd0")
    assert "UTF-8" in refused(env.text)


@pytest.mark.parametrize("least", [5, 6])
def test_a_number_that_makes_sense_only_above_another(least):
    with pytest.raises(ImproperlyConfigured, match=rf"A \(5\) must be more than B \({least}\)\."):
        env.more("A", 5, "B", least)
    env.more("A", 7, "B", least)


@pytest.mark.parametrize(("there", "words"), [(True, "was read"), (False, "is not there")])
def test_what_is_missing_says_which_file_was_read(given, tmp_path, there, words):
    given(" ")
    file = EnvFile(tmp_path / ".env", there)
    said = refused(env.required, file, lambda: "Make one.")
    assert f"{tmp_path / '.env'} (which {words}). Make one." in said
