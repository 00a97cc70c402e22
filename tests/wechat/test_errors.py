import json
import pickle
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from followers.wechat.error_table import KINDS, REASONS
from followers.wechat.errors import (
    BEIJING,
    CODES,
    Fatal,
    Fate,
    Limited,
    Retriable,
    TokenRefused,
    WeChatError,
    errcode_error,
    explain,
    find_ip,
    wait_seconds,
)

RID = "61250a39-612fed42-36740516"
BAD_IP = f"invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: {RID}"
NOON = datetime(2026, 3, 1, 12, tzinfo=BEIJING)


# All known errcodes by their error class.
FATES = {
    Retriable: (-1, 45159, 61450),
    TokenRefused: (40001, 40014, 42001),
    Limited: (
        *(45009, 45011, 45047, 45169, 61503),
        *(89501, 89502, 89503, 89504, 89505, 89506, 89507),
    ),
    Fatal: (
        *(40002, 40003, 40013, 40031, 40032, 40033, 40035, 40050, 40051, 40066, 40092, 40097),
        *(40117, 40125, 40152, 40164, 40243, 41001, 41002, 41004, 41009, 42007, 43002, 43003),
        *(43004, 43019, 44002, 45016, 45017, 45018, 45035, 45056, 45057, 45058, 45059, 45157),
        *(45158, 46004, 47001, 48001, 48002, 48003, 48004, 48006, 48008, 49003, 50001, 50002),
        *(50005, 61004, 61007, 61024, 61451, 61500, 61501, 76001, 76002, 76003, 76021, 76022),
    ),
}


@pytest.mark.parametrize(("kind", "codes"), FATES.items())
def test_a_code_has_its_fate(kind, codes):
    for code in (*codes, *([424242] if kind is Fatal else [])):
        error = errcode_error(code, "no", "/cgi-bin/user/get")
        assert (type(error), error.code, error.kind) == (kind, code, "api")


def test_no_code_is_missing_above():
    assert set(CODES) == {code for codes in FATES.values() for code in codes}


def test_40001_from_the_token_endpoint_is_a_wrong_secret():
    error = errcode_error(40001, "invalid credential", "/cgi-bin/stable_token", for_token=True)
    assert (error.code, error.fate) == (40125, Fate.STOP)
    assert error.params["errcode"] == 40001


def test_params_are_json_with_ip_and_rid():
    params = errcode_error(40164, BAD_IP, "/cgi-bin/stable_token").params
    assert (params["ip"], params["rid"]) == ("203.0.113.7", RID)
    assert json.loads(json.dumps(params)) == params


def test_a_long_errmsg_is_truncated():
    assert len(errcode_error(40003, "x" * 5000, "/p").params["errmsg"]) == 300


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
def test_find_ip(errmsg, ip):
    assert find_ip(errmsg) == ip


def test_errors_can_be_pickled():
    error = pickle.loads(pickle.dumps(errcode_error(45009, "limit", "/p")))
    assert (type(error), error.code, error.wait) == (Limited, 45009, "midnight")


@pytest.mark.parametrize(
    ("code", "now", "seconds"),
    [
        (45009, NOON, 12 * 3600 + 5),
        (45009, NOON.astimezone(UTC), 12 * 3600 + 5),
        (45009, datetime(2026, 3, 1, 23, 59, 59, tzinfo=BEIJING), 1 + 5),
        (45009, datetime(2026, 2, 28, 16, 30, tzinfo=UTC), 23.5 * 3600 + 5),
        (45009, NOON.replace(hour=0, minute=3), 600),
        (45011, NOON, 60),
        (45159, NOON, 60),
        (45169, NOON, 60),
        (89503, NOON, 600),
        (89506, NOON, 86400),
        (89507, NOON, 3600),
        (-1, NOON, 60),
        (40125, NOON, None),
        (424242, NOON, None),
    ],
)
def test_wait_seconds(code, now, seconds):
    assert wait_seconds(errcode_error(code, "", "/p"), now) == seconds


@pytest.mark.parametrize(("pauses", "minutes"), [(0, 1), (1, 2), (2, 4), (3, 8), (4, 10), (99, 10)])
def test_pauses_grow_to_ten_minutes(pauses, minutes):
    assert wait_seconds(Retriable("connection"), NOON, pauses) == minutes * 60


def test_a_wait_never_ends_before_the_quota_is_reset():
    for minute in range(0, 24 * 60, 7):
        now = NOON.replace(hour=0) + timedelta(minutes=minute)
        later = now + timedelta(seconds=wait_seconds(errcode_error(45009, "", "/p"), now))
        assert later.astimezone(BEIJING).date() > now.date() or minute < 10


def test_the_advice_names_the_ip_to_whitelist():
    error = errcode_error(40164, BAD_IP, "/p")
    for language in ("en", "zh-hans"):
        with translation.override(language):
            explanation = explain(error.code, error.kind, error.params)
        assert "203.0.113.7" in explanation.advice
        assert "IP白名单" in explanation.advice
        assert RID in explanation.detail


def test_an_unknown_code_shows_code_and_errmsg():
    explanation = explain(424242, "api", {"errmsg": "100% odd"})
    assert "424242" in explanation.meaning
    assert "100% odd" in explanation.meaning


@pytest.mark.parametrize("code", [*CODES, None, 424242])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_code_is_explained_without_parameters(code, language):
    with translation.override(language):
        explanation = explain(code, "connection", {})
    assert explanation.meaning
    assert explanation.advice
    assert "%(" not in explanation.meaning + explanation.advice


def _texts():
    rows = [*CODES.values(), *KINDS.values()]
    return {str(text) for row in rows for text in row[1:3]} | {str(t) for t in REASONS.values()}


def test_every_text_is_translated():
    with translation.override("en"):
        english = _texts()
    with translation.override("zh-hans"):
        assert not english & _texts()


@pytest.mark.parametrize(
    ("code", "meaning", "advice"),
    [
        (40092, "备注名", "30 个字节"),
        (45056, "100 个标签", "删除"),
        (45057, "10 万", "移除该标签"),
        (45058, "系统标签", "自建"),
        (45059, "20 个标签", "移除一个标签"),
        (45157, "重名", "换一个"),
        (45158, "过长", "30 个字节"),
        (45159, "其他标签操作", "自动重试"),
        (45169, "频繁", "自动重试"),
        (49003, "另一个公众号", "正确的公众号"),
        (50005, "没有关注", "同步"),
    ],
)
def test_advice_in_chinese(code, meaning, advice):
    with translation.override("zh-hans"):
        explanation = explain(code, "api", {})
    assert meaning in explanation.meaning
    assert advice in explanation.advice


def test_explanations_use_the_active_language():
    meanings = set()
    for language in ("en", "zh-hans"):
        with translation.override(language):
            meanings.add(explain(45009, "api", {}).meaning)
    assert len(meanings) == 2


@pytest.mark.parametrize("reason", REASONS)
def test_a_known_reason_replaces_the_meaning(reason):
    assert explain(None, "connection", {"reason": reason}).meaning == REASONS[reason]


def test_a_token_refused_twice_names_the_other_system():
    with translation.override("en"):
        explanation = explain(40001, "api", {"renewed": True})
    assert "another system" in explanation.advice


def test_str_is_the_technical_detail():
    assert (
        str(WeChatError("http", None, {"path": "/p", "status": 502}))
        == "http · path /p · status 502"
    )
