"""Typed access to environment variables: valid and invalid values."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from wxadmin import env
from wxadmin.env_file import EnvFile

NAME = "SOME_SETTING"


@pytest.fixture
def set_variable(monkeypatch):
    return lambda value: monkeypatch.setenv(NAME, value)


def refusal(read, *arguments, **keywords):
    with pytest.raises(ImproperlyConfigured) as raised:
        read(NAME, *arguments, **keywords)
    message = str(raised.value)
    assert message.startswith(NAME)
    assert "\n" not in message
    return message


BLANKS = ["", "  ", "\t\n"]


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize(
    ("read", "default"),
    [
        (lambda: env.get_text(NAME, "x"), "x"),
        (lambda: env.get_bool(NAME, True), True),
        (lambda: env.get_int(NAME, 7, maximum=10), 7),
        (lambda: env.get_fraction(NAME, 0.8), 0.8),
        (lambda: env.get_choice(NAME, "en", ["en"]), "en"),
        (lambda: env.get_hosts(NAME, ["localhost"]), ["localhost"]),
        (lambda: env.get_origins(NAME), []),
        (lambda: env.get_base_url(NAME, "https://a.b"), "https://a.b"),
        (lambda: env.get_base_url(NAME, ""), ""),
        (lambda: env.get_redis_url(NAME), ""),
    ],
)
def test_blank_counts_as_unset(set_variable, blank, read, default):
    set_variable(blank)
    assert read() == default


@pytest.mark.parametrize("value", ["on", "ON", " true ", "1", "Yes"])
def test_true(set_variable, value):
    set_variable(value)
    assert env.get_bool(NAME, False) is True


@pytest.mark.parametrize("value", ["off", "False", "0", "no "])
def test_false(set_variable, value):
    set_variable(value)
    assert env.get_bool(NAME, True) is False


@pytest.mark.parametrize("value", ["maybe", "2", "ｏｎ", "onn", "开", '"on"', "on,off"])
def test_invalid_bool(set_variable, value):
    set_variable(value)
    assert "on or off" in refusal(env.get_bool, False)


@pytest.mark.parametrize(("value", "number"), [("1", 1), (" 12 ", 12), ("007", 7), ("99", 99)])
def test_int(set_variable, value, number):
    set_variable(value)
    assert env.get_int(NAME, 5, maximum=99) == number


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
def test_invalid_int(set_variable, value):
    set_variable(value)
    assert "a whole number from 1 to 99" in refusal(env.get_int, 5, maximum=99)


def test_quotation_marks_are_mentioned(set_variable):
    set_variable('"2"')
    assert "without quotation marks" in refusal(env.get_int, 5, maximum=99)


@pytest.mark.parametrize(("value", "fraction"), [("0.8", 0.8), (".5", 0.5), ("1", 1), ("1.0", 1)])
def test_fraction(set_variable, value, fraction):
    set_variable(value)
    assert env.get_fraction(NAME, 0.3) == fraction


@pytest.mark.parametrize(
    "value", ["0", "0.0", "-0.5", "1.1", "80", "80%", "0,8", "8e-1", "０.８", "nan", "inf", "1e-3"]
)
def test_invalid_fraction(set_variable, value):
    set_variable(value)
    assert "between 0 and 1" in refusal(env.get_fraction, 0.3)


@pytest.mark.parametrize("value", ["zh-hans", "ZH-HANS", " zh-Hans "])
def test_choice_in_any_case(set_variable, value):
    set_variable(value)
    assert env.get_choice(NAME, "en", ["en", "zh-hans"]) == "zh-hans"


@pytest.mark.parametrize("value", ["fr", "zh", "zh_hans", "en,zh-hans", "'en'"])
def test_invalid_choice(set_variable, value):
    set_variable(value)
    assert "one of en, zh-hans" in refusal(env.get_choice, "en", ["zh-hans", "en"])


@pytest.mark.parametrize(
    ("value", "hosts"),
    [
        ("127.0.0.1, wx.example.com", ["127.0.0.1", "wx.example.com"]),
        ("WX.Example.com,", ["wx.example.com"]),
        (" a.b ,, c.d ", ["a.b", "c.d"]),
        ("*", ["*"]),
    ],
)
def test_hosts(set_variable, value, hosts):
    set_variable(value)
    assert env.get_hosts(NAME, ["x"]) == hosts


@pytest.mark.parametrize("value", [",", " , ,", "a.b;c.d", "a.b c.d", "a.b，c.d", "['a.b']"])
def test_invalid_hosts(set_variable, value):
    set_variable(value)
    assert "comma" in refusal(env.get_hosts, ["x"])


def test_invalid_utf_8_is_refused(set_variable):
    set_variable("\udcd6\udcd0")
    assert "UTF-8" in refusal(env.get_text)


@pytest.mark.parametrize("minimum", [5, 6])
def test_check_greater(minimum):
    with pytest.raises(ImproperlyConfigured, match=rf"A \(5\) must be more than B \({minimum}\)\."):
        env.check_greater("A", 5, "B", minimum)
    env.check_greater("A", 7, "B", minimum)


@pytest.mark.parametrize(("exists", "words"), [(True, "was read"), (False, "is not there")])
def test_a_missing_variable_names_the_file(set_variable, tmp_path, exists, words):
    set_variable(" ")
    file = EnvFile(tmp_path / ".env", exists)
    message = refusal(env.get_required, file, lambda: "Make one.")
    assert f"{tmp_path / '.env'} (which {words}). Make one." in message
