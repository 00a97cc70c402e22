import json
import pickle
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from followers.wechat.codes import KINDS, REASONS
from followers.wechat.errors import (
    BEIJING,
    CODES,
    Fatal,
    Fate,
    Limited,
    Retriable,
    TokenRefused,
    WeChatError,
    explain,
    find_ip,
    refusal,
    wait_seconds,
)

RID = "61250a39-612fed42-36740516"
BAD_IP = f"invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: {RID}"
NOON = datetime(2026, 3, 1, 12, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-1, Retriable),
        (61450, Retriable),
        (45009, Limited),
        (45011, Limited),
        (89503, Limited),
        (40001, TokenRefused),
        (40014, TokenRefused),
        (42001, TokenRefused),
        (40003, Fatal),
        (40013, Fatal),
        (40125, Fatal),
        (40164, Fatal),
        (48001, Fatal),
        (50002, Fatal),
        (424242, Fatal),
    ],
)
def test_a_code_has_its_fate(code, kind):
    error = refusal(code, "no", "/cgi-bin/user/get")
    assert type(error) is kind
    assert (error.code, error.kind) == (code, "api")


def test_40001_where_a_token_is_asked_for_is_a_wrong_secret():
    error = refusal(40001, "invalid credential", "/cgi-bin/stable_token", asking_for_token=True)
    assert (error.code, error.fate) == (40125, Fate.STOP)
    assert error.params["errcode"] == 40001


def test_parameters_are_json_with_address_and_rid():
    params = refusal(40164, BAD_IP, "/cgi-bin/stable_token").params
    assert (params["ip"], params["rid"]) == ("203.0.113.7", RID)
    assert json.loads(json.dumps(params)) == params


def test_a_long_errmsg_is_cut():
    assert len(refusal(40003, "x" * 5000, "/p").params["errmsg"]) == 300


@pytest.mark.parametrize(
    ("errmsg", "ip"),
    [
        ("access clientip is not registered requestIP: 203.0.113.9 rid: 1-2-3", "203.0.113.9"),
        ("invalid ip 2001:db8::7, not in whitelist", "2001:db8::7"),
        ("invalid ip 203.0.113.7, not in whitelist", "203.0.113.7"),
        (f"not in whitelist rid: {RID}", None),
        ("hint: [10:22:33] not in whitelist", None),
    ],
)
def test_the_address_is_found(errmsg, ip):
    assert find_ip(errmsg) == ip


def test_errors_survive_pickling():
    error = pickle.loads(pickle.dumps(refusal(45009, "limit", "/p")))
    assert (type(error), error.code, error.wait) == (Limited, 45009, "midnight")


@pytest.mark.parametrize(
    ("code", "now", "seconds"),
    [
        (45009, NOON, 12 * 3600),
        (45009, NOON.astimezone(UTC), 12 * 3600),
        (45009, datetime(2026, 3, 1, 23, 59, 59, tzinfo=BEIJING), 1),
        (45009, datetime(2026, 2, 28, 16, 30, tzinfo=UTC), 23.5 * 3600),
        (45009, NOON.replace(hour=0, minute=3), 600),
        (45011, NOON, 60),
        (89503, NOON, 600),
        (89506, NOON, 86400),
        (89507, NOON, 3600),
        (-1, NOON, 60),
        (40125, NOON, None),
        (424242, NOON, None),
    ],
)
def test_how_long_to_wait(code, now, seconds):
    assert wait_seconds(refusal(code, "", "/p"), now) == seconds


@pytest.mark.parametrize(("pauses", "minutes"), [(0, 1), (1, 2), (2, 4), (3, 8), (4, 10), (99, 10)])
def test_pauses_grow_to_ten_minutes(pauses, minutes):
    assert wait_seconds(Retriable("connection"), NOON, pauses) == minutes * 60


def test_a_wait_never_ends_before_the_quota_is_back():
    for minute in range(0, 24 * 60, 7):
        now = NOON.replace(hour=0) + timedelta(minutes=minute)
        later = now + timedelta(seconds=wait_seconds(refusal(45009, "", "/p"), now))
        assert later.astimezone(BEIJING).date() > now.date() or minute < 10


def test_the_address_to_whitelist_is_said_verbatim():
    error = refusal(40164, BAD_IP, "/p")
    for language in ("en", "zh-hans"):
        with translation.override(language):
            words = explain(error.code, error.kind, error.params)
        assert "203.0.113.7" in words.advice
        assert "IP白名单" in words.advice
        assert RID in words.detail


def test_an_unknown_code_is_shown_as_it_is():
    words = explain(424242, "api", {"errmsg": "100% odd"})
    assert "424242" in words.meaning
    assert "100% odd" in words.meaning


@pytest.mark.parametrize("code", [*CODES, None, 424242])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_code_has_words_without_parameters(code, language):
    with translation.override(language):
        words = explain(code, "connection", {})
    assert words.meaning
    assert words.advice
    assert "%(" not in words.meaning + words.advice


def _texts():
    rows = [*CODES.values(), *KINDS.values()]
    return {str(text) for row in rows for text in row[1:3]} | {str(t) for t in REASONS.values()}


def test_every_text_is_translated():
    with translation.override("en"):
        english = _texts()
    with translation.override("zh-hans"):
        assert not english & _texts()


def test_words_are_made_in_the_language_of_the_moment():
    said = set()
    for language in ("en", "zh-hans"):
        with translation.override(language):
            said.add(explain(45009, "api", {}).meaning)
    assert len(said) == 2


@pytest.mark.parametrize("reason", REASONS)
def test_a_known_reason_is_told(reason):
    assert explain(None, "connection", {"reason": reason}).meaning == REASONS[reason]


def test_a_token_refused_twice_names_the_other_system():
    with translation.override("en"):
        words = explain(40001, "api", {"renewed": True})
    assert "another system" in words.advice


def test_the_text_of_an_error_is_for_engineers():
    assert (
        str(WeChatError("http", None, {"path": "/p", "status": 502}))
        == "http · path /p · status 502"
    )
