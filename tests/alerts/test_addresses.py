import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from followers.alerts.addresses import make_address, shown_address, webhook_url
from followers.models import AlertTarget

WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
DINGTALK = "https://oapi.dingtalk.com/robot/send"
FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook"
LARK = "https://open.larksuite.com/open-apis/bot/v2/hook"
KEY = "693a91f6-7xxx-4bc4-97a0"
TOKEN = "ab12cd34ef56ab12cd34ef56"

GOOD = [
    ("email", {"recipients": "li@example.com"}, "mailto:li@example.com"),
    (
        "email",
        {"recipients": " li@example.com；wang@example.com,\nli@example.com "},
        "mailto:li@example.com,wang@example.com",
    ),
    ("wecom", {"webhook": f" {WECOM}?key={KEY} "}, f"wecombot://{KEY}"),
    ("wecom", {"webhook": f"{WECOM}?debug=1&key={KEY}"}, f"wecombot://{KEY}"),
    ("dingtalk", {"webhook": f"{DINGTALK}?access_token={TOKEN}"}, f"dingtalk://{TOKEN}/"),
    (
        "dingtalk",
        {"webhook": f"{DINGTALK}?access_token={TOKEN}", "secret": " SECabc123def "},
        f"dingtalk://SECabc123def@{TOKEN}/",
    ),
    ("feishu", {"webhook": f"{FEISHU}/{KEY}"}, f"feishu://{KEY}/"),
    ("feishu", {"webhook": f"{FEISHU}/{KEY}/", "secret": "Abc123xy"}, f"feishu://Abc123xy@{KEY}/"),
    ("feishu", {"webhook": f"{LARK}/{KEY}"}, f"lark://{KEY}/"),
    ("webhook", {"webhook": "http://127.0.0.1:8000/a"}, "json://127.0.0.1:8000/a"),
    ("webhook", {"webhook": "https://example.com"}, "jsons://example.com/"),
    ("webhook", {"webhook": "https://x.com/a?t=1+2&e="}, "jsons://x.com/a?-t=1+2&-e="),
    ("webhook", {"webhook": "http://[::1]:80/x"}, "json://[::1]:80/x"),
    ("webhook", {"webhook": "https://u:p%40w@x.com/"}, "jsons://u:p%40w@x.com/"),
    ("webhook", {"webhook": "https://中文.com/路"}, "jsons://xn--fiq228c.com/%E8%B7%AF"),
]
BAD = [
    ("email", {"recipients": ""}),
    ("email", {"recipients": "li"}),
    ("email", {"recipients": "li@example.com, Wang <wang@example.com>"}),
    ("email", {"recipients": " ".join(f"u{n}@example.com" for n in range(21))}),
    ("wecom", {"webhook": ""}),
    ("wecom", {"webhook": KEY}),
    ("wecom", {"webhook": f"{WECOM}?key="}),
    ("wecom", {"webhook": f"http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"}),
    ("wecom", {"webhook": f"https://qyapi.weixin.qq.com.evil.com/cgi-bin/webhook/send?key={KEY}"}),
    ("wecom", {"webhook": f"https://u@qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"}),
    ("wecom", {"webhook": f"{WECOM}?key={KEY}@evil.com"}),
    ("wecom", {"webhook": f"{DINGTALK}?access_token={TOKEN}"}),
    ("dingtalk", {"webhook": f"{WECOM}?key={KEY}"}),
    ("dingtalk", {"webhook": f"{DINGTALK}?access_token=a/b"}),
    ("dingtalk", {"webhook": f"{DINGTALK}?access_token={TOKEN}", "secret": "abc123def"}),
    ("feishu", {"webhook": f"{FEISHU}/"}),
    ("feishu", {"webhook": f"{FEISHU}/{KEY}/more"}),
    ("feishu", {"webhook": f"https://open.feishu.cn/open-apis/bot/hook/{KEY}"}),
    ("feishu", {"webhook": f"{FEISHU}/{KEY}", "secret": "a@b"}),
    ("webhook", {"webhook": ""}),
    ("webhook", {"webhook": "example.com/hook"}),
    ("webhook", {"webhook": "ftp://example.com"}),
    ("webhook", {"webhook": "https://"}),
    ("webhook", {"webhook": "https://x.com:99999/"}),
    ("webhook", {"webhook": "https://x.com/a b"}),
    ("webhook", {"webhook": "https://x.com/#part"}),
    ("webhook", {"webhook": "https://[::1/"}),
    ("webhook", {"webhook": "https://x.com/" + "a" * 3000}),
]


@pytest.mark.parametrize(("service", "given", "address"), GOOD)
def test_good(service, given, address):
    assert make_address(service, **given) == address


@pytest.mark.parametrize(("service", "given"), BAD)
def test_bad(service, given):
    with pytest.raises(ValidationError) as caught:
        make_address(service, **given)
    # The sentence says where to find the right one, and repeats no secret.
    assert KEY not in caught.value.message
    assert TOKEN not in caught.value.message


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mailto:li@example.com,wang@example.com", "l…@example.com, w…@example.com"),
        ("jsons://u:p@x.com:99/a?-t=1", "https://x.com:99/…"),
        ("json://[::1]/a", "http://[::1]/…"),
        (f"wecombot://{KEY}", ""),
        (f"dingtalk://SECabc@{TOKEN}/", ""),
        ("", ""),
    ],
)
def test_what_is_shown(url, shown):
    with translation.override("en"):
        assert shown_address(AlertTarget(url=url)) == shown


@pytest.mark.parametrize(
    "webhook",
    [
        "https://x.com/a?token=abc%25def&sig=ab%252Bcd",
        "http://x.com/ok//dbl;v=1?token=2&token=3&flag&-a=1&e=",
        "http://user@x.com/a%2Fb?q=1+2%2B3",
        "https://u:p%40w@x.com:8443/",
        "https://x.com/?",
    ],
)
def test_a_webhook_is_called_exactly_as_it_was_given(webhook):
    """Apprise would decode twice what is encoded, and drop what follows a semicolon."""
    assert webhook_url(make_address("webhook", webhook=webhook)) == webhook.removesuffix("?")
