"""Each way that a call can end, with real servers; and no address in any log."""

import base64
import hashlib
import hmac
import io
import json
import logging
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from requests import Response
from urllib3 import HTTPResponse

from followers.alerts import addresses, plugins
from followers.alerts.sending import send
from followers.alerts.texts import Message
from followers.fields import Undecryptable
from followers.models import AlertTarget
from followers.wechat.transport import DeadlineAdapter

from .servers import Webhook

MESSAGE = Message("同步失败", "请检查 AppSecret。", "https://wx.example.com/admin/")
WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4"
DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=ab12cd34ef56ab12"
FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook/0b1c2d3e-aaaa-bbbb"
LARK = "https://open.larksuite.com/open-apis/bot/v2/hook/0b1c2d3e-aaaa-bbbb"


def target(service="webhook", **given):
    return AlertTarget(name="Ops", service=service, url=addresses.make_address(service, **given))


def outcome(answer):
    return answer.ok, answer.key, answer.code


BEHAVIOURS = [
    ("ok", (True, "sent", None)),
    ("500", (False, "http", 500)),
    ("hang", (False, "timed_out", None)),
    ("drip_head", (False, "timed_out", None)),
    # The head said that it was taken.
    ("drip_body", (True, "sent", None)),
    ("close", (False, "unreachable", None)),
    ("redirect", (False, "redirected", 302)),
]


@pytest.mark.parametrize(("behaviour", "expected"), BEHAVIOURS)
def test_a_webhook(serve, impatient, behaviour, expected):
    server = serve(Webhook(behaviour))
    assert outcome(send(target(webhook=server.url), MESSAGE)) == expected
    assert server.requests == [("POST", "/hook/s3cr3t?token=t0ps3cret")]


def test_what_a_webhook_gets(webhook):
    send(target(webhook=webhook.url), MESSAGE)
    assert webhook.got == [
        {
            "version": "1.0",
            "title": MESSAGE.title,
            "message": MESSAGE.body,
            "type": "info",
            "url": MESSAGE.url,
        }
    ]


def test_nobody_listens(serve):
    server = serve(Webhook())
    url = server.url
    server.shutdown()
    server.server_close()
    assert outcome(send(target(webhook=url), MESSAGE)) == (False, "unreachable", None)


def test_no_such_host():
    found = send(target(webhook="http://nowhere.invalid/x"), MESSAGE)
    assert outcome(found) in [(False, "no_such_host", None), (False, "timed_out", None)]


def test_an_address_that_cannot_be_decrypted():
    broken = AlertTarget(name="Ops", service="webhook", url=Undecryptable("gAAA"))
    assert outcome(send(broken, MESSAGE)) == (False, "unreadable", None)


def test_a_broken_address():
    broken = AlertTarget(name="Ops", service="webhook", url="nonsense://x")
    assert outcome(send(broken, MESSAGE)) == (False, "unknown", None)


# --- Mail ---------------------------------------------------------------------------------------


def mail_target():
    return target("email", recipients="li@example.com\nwang@example.com")


def test_a_mail(mail_server, settings):
    server = mail_server("ok")
    assert outcome(send(mail_target(), MESSAGE)) == (True, "sent", None)
    [(recipients, text)] = server.mails
    assert recipients == ["li@example.com", "wang@example.com"]
    assert "=?utf-8?" in text


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        ("refuse", (False, "mail_refused", 550)),
        ("hang", (False, "timed_out", None)),
        ("drip", (False, "timed_out", None)),
    ],
)
def test_a_mail_server(mail_server, impatient, behaviour, expected):
    mail_server(behaviour)
    assert outcome(send(mail_target(), MESSAGE)) == expected


def test_a_wrong_password(mail_server, settings):
    mail_server("login")
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "u", "p"
    assert outcome(send(mail_target(), MESSAGE)) == (False, "mail_login", 535)


def test_no_mail_server_is_set_up(settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "followers.alerts.mail.DeadlineBackend", ""
    assert outcome(send(mail_target(), MESSAGE)) == (False, "mail_not_configured", None)


def test_a_title_cannot_add_headers(mail_server):
    server = mail_server("ok")
    assert send(mail_target(), Message("a\r\nBcc: x@example.com", "b", "")).ok
    assert "\r\nBcc:" not in server.mails[0][1]


# --- Group bots, faked at the transport -----------------------------------------------------------


@pytest.fixture
def service(monkeypatch):
    """Answers every call with `service.status` and `service.body`."""

    class Service:
        status, body = 200, b"{}"
        sent = []

        def send(self, adapter, request, **options):
            self.sent.append(request)
            response = Response()
            response.status_code, response.url = self.status, request.url
            response.raw = HTTPResponse(
                io.BytesIO(self.body), status=self.status, preload_content=False
            )
            return response

    fake = Service()
    fake.sent = []
    monkeypatch.setattr(DeadlineAdapter, "send", lambda *args, **kw: fake.send(*args, **kw))
    return fake


BOTS = [
    ("wecom", WECOM, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4"),
    ("dingtalk", DINGTALK, DINGTALK),
    ("feishu", FEISHU, f"{FEISHU}/"),
    ("feishu", LARK, LARK),
]
ANSWERS = [
    ("wecom", {"errcode": 0, "errmsg": "ok"}, (True, "sent", None)),
    ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, (False, "refused", 93000)),
    ("dingtalk", {"errcode": 0, "errmsg": "ok"}, (True, "sent", None)),
    ("dingtalk", {"errcode": 310000, "errmsg": "sign not match"}, (False, "refused", 310000)),
    ("feishu", {"code": 0, "msg": "success", "data": {}}, (True, "sent", None)),
    ("feishu", {"StatusCode": 0, "StatusMessage": "success"}, (True, "sent", None)),
    ("feishu", {"code": 19021, "msg": "sign match fail"}, (False, "refused", 19021)),
    ("feishu", {"code": 2**40}, (False, "refused", -1)),
    ("wecom", {}, (False, "not_understood", None)),
    ("wecom", [], (False, "not_understood", None)),
]
ADDRESSES = {"wecom": WECOM, "dingtalk": DINGTALK, "feishu": FEISHU}


@pytest.mark.parametrize(("name", "given", "called"), BOTS)
def test_a_bot_is_called_at_its_address(service, name, given, called):
    service.body = b'{"errcode": 0, "code": 0}'
    assert send(target(name, webhook=given), MESSAGE).ok
    assert [request.url for request in service.sent] == [called]
    text = json.dumps(json.loads(service.sent[0].body), ensure_ascii=False)
    assert all(part in text for part in (MESSAGE.title, MESSAGE.body, MESSAGE.url, "wxadmin"))


@pytest.mark.parametrize(("name", "body", "expected"), ANSWERS)
def test_a_bot_answers(service, name, body, expected):
    service.body = json.dumps(body).encode()
    assert outcome(send(target(name, webhook=ADDRESSES[name]), MESSAGE)) == expected


def test_a_sign_in_page_is_no_success(service):
    service.body = b"<html>please sign in"
    assert send(target("wecom", webhook=WECOM), MESSAGE).key == "not_understood"


def test_a_bots_http_error(service):
    service.status, service.body = 502, b"<html>"
    assert outcome(send(target("wecom", webhook=WECOM), MESSAGE)) == (False, "http", 502)


def test_the_signature_of_dingtalk(service):
    service.body, secret = b'{"errcode": 0}', "SECabc123def"
    assert send(target("dingtalk", webhook=DINGTALK, secret=secret), MESSAGE).ok
    query = parse_qs(urlsplit(service.sent[0].url).query)
    [stamp], [sign] = query["timestamp"], query["sign"]
    # https://open.dingtalk.com/document/robots/customize-robot-security-settings
    wanted = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    assert sign == base64.b64encode(wanted).decode()


def test_the_signature_of_feishu(service):
    service.body = b'{"code": 0}'
    assert send(target("feishu", webhook=FEISHU, secret="Abc123xyz"), MESSAGE).ok
    body = json.loads(service.sent[0].body)
    assert plugins.signature("Abc123xyz", int(body["timestamp"]))["sign"] == body["sign"]


def test_the_example_of_feishus_documentation():
    """Made with the code that stands there."""
    key = b"1599360473\ndemo"
    wanted = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert plugins.signature("demo", 1599360473.9) == {"timestamp": "1599360473", "sign": wanted}


def test_a_long_text_fits_into_wecom():
    text = plugins.text_of(Message("标题", "粉丝" * 2000, "https://wx.example.com/"))
    assert len(text.encode()) <= 2048
    assert text.endswith("…\nhttps://wx.example.com/\n– wxadmin")


# --- Secrets --------------------------------------------------------------------------------------

SECRETS = re.compile("s3cr3t|t0ps3cret|693a91f6|ab12cd34|SECabc123def|0b1c2d3e|Abc123xyz")


@pytest.mark.parametrize("behaviour", [name for name, _expected in BEHAVIOURS])
def test_no_log_holds_an_address(serve, impatient, caplog, behaviour):
    caplog.set_level(logging.DEBUG)
    server = serve(Webhook(behaviour))
    assert SECRETS.search(server.url)
    send(target(webhook=server.url), MESSAGE)
    assert not SECRETS.search(caplog.text)


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("body", [b'{"errcode": 93000, "code": 19021}', b"<html>"])
def test_no_log_holds_a_bots_secret(service, caplog, name, body):
    caplog.set_level(logging.DEBUG)
    service.body = body
    secret = {"dingtalk": "SECabc123def", "feishu": "Abc123xyz"}.get(name, "")
    send(target(name, webhook=ADDRESSES[name], secret=secret), MESSAGE)
    assert not SECRETS.search(caplog.text)
