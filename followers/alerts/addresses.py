"""What a form asks for, as an Apprise address, and what of an address may be shown.

An address holds secrets: whoever knows it can write to the group. Wrong input is refused with a
ValidationError that says where to find the right one; its code is "secret" for a signing secret.
"""

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

import requests
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from ..models import AlertTarget

Service = AlertTarget.Service
MAX_RECIPIENTS = 20
MAX_CHARS = 2000
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}")
# A signing secret as DingTalk and Feishu make it.
SECRET = re.compile(r"[A-Za-z0-9]{8,128}")
SEPARATORS = re.compile(r"[\s,;，；、]+")


@sensitive_variables()
def make_address(service: str, recipients: str = "", webhook: str = "", secret: str = "") -> str:
    """The Apprise address; raises ValidationError."""
    if service == Service.EMAIL:
        return email_address(recipients)
    if service == Service.WECOM:
        return wecom_address(webhook)
    if service == Service.DINGTALK:
        return dingtalk_address(webhook, secret)
    if service == Service.FEISHU:
        return feishu_address(webhook, secret)
    return webhook_address(webhook)


# https://appriseit.com/services/email/
def email_address(recipients: str) -> str:
    found = list(dict.fromkeys(filter(None, SEPARATORS.split(recipients))))
    if not found:
        raise ValidationError(_("Enter at least one e-mail address."))
    if len(found) > MAX_RECIPIENTS:
        text = _("Enter at most %(number)s e-mail addresses.")
        raise ValidationError(text % {"number": MAX_RECIPIENTS})
    for each in found:
        try:
            validate_email(each)
        except ValidationError:
            text = _("“%(text)s” is no e-mail address. Write one on each line.")
            raise ValidationError(text % {"text": each[:80]}) from None
    return f"mailto:{','.join(found)}"


# https://developer.work.weixin.qq.com/document/path/91770
def wecom_address(webhook: str) -> str:
    parts = _split(webhook)
    key = dict(parse_qsl(parts.query)).get("key", "")
    if _place(parts) != "qyapi.weixin.qq.com/cgi-bin/webhook/send" or not TOKEN.fullmatch(key):
        raise ValidationError(
            _(
                "This is not the webhook address of a WeCom group bot. In the WeCom group, open "
                "its settings → Group bots, choose or add the bot, and copy its webhook address; "
                "it begins with https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key="
            )
        )
    return f"wecombot://{key}"


# https://open.dingtalk.com/document/orgapp/custom-robot-access
# https://open.dingtalk.com/document/robots/customize-robot-security-settings
def dingtalk_address(webhook: str, secret: str = "") -> str:
    parts, secret = _split(webhook), secret.strip()
    token = dict(parse_qsl(parts.query)).get("access_token", "")
    if _place(parts) != "oapi.dingtalk.com/robot/send" or not re.fullmatch(
        r"[A-Za-z0-9]{8,128}", token
    ):
        raise ValidationError(
            _(
                "This is not the webhook address of a DingTalk group bot. In the DingTalk group, "
                "open its settings → Bots, add a custom bot or open it, and copy its webhook "
                "address; it begins with https://oapi.dingtalk.com/robot/send?access_token="
            )
        )
    if secret and not (secret.startswith("SEC") and SECRET.fullmatch(secret)):
        raise ValidationError(
            _(
                "This is not the signing secret of a DingTalk bot. It begins with SEC, and stands "
                "in the bot's security settings beside “Sign” (加签)."
            ),
            code="secret",
        )
    return f"dingtalk://{secret}@{token}/" if secret else f"dingtalk://{token}/"


# https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
# https://open.larksuite.com/document/client-docs/bot-v3/add-custom-bot
def feishu_address(webhook: str, secret: str = "") -> str:
    parts, secret = _split(webhook), secret.strip()
    schemes = {"open.feishu.cn": "feishu", "open.larksuite.com": "lark"}
    host, _slash, path = _place(parts).partition("/")
    token = path.removeprefix("open-apis/bot/v2/hook/")
    if host not in schemes or token == path or not re.fullmatch(r"[A-Za-z0-9-]{8,128}", token):
        raise ValidationError(
            _(
                "This is not the webhook address of a Feishu group bot. In the Feishu group, open "
                "its settings → Bots, add a custom bot or open it, and copy its webhook address; "
                "it begins with https://open.feishu.cn/open-apis/bot/v2/hook/"
            )
        )
    if secret and not SECRET.fullmatch(secret):
        raise ValidationError(
            _(
                "This is not the signing secret of a Feishu bot: it has letters and digits alone, "
                "and stands in the bot's security settings beside “Signature verification” "
                "(签名校验)."
            ),
            code="secret",
        )
    return f"{schemes[host]}://{secret}@{token}/" if secret else f"{schemes[host]}://{token}/"


# https://appriseit.com/services/json/
def webhook_address(webhook: str) -> str:
    """json:// or jsons://; its query parameters have a - before their names, as Apprise asks.

    Apart from that it is kept as it was given: `webhook_url` gives exactly that again.
    """
    parts = _split(webhook)
    wrong = ValidationError(
        _(
            "This is no address that can be called. Write http:// or https://, the host, and the "
            "path that whoever runs the other system told you, like https://example.com/hooks/alerts"
        )
    )
    try:
        # Encodes Chinese hosts and paths as browsers do.
        parts = urlsplit(requests.Request("POST", parts.geturl()).prepare().url or "")
        port = parts.port
    except (requests.RequestException, ValueError):
        raise wrong from None
    if not parts.hostname or parts.fragment or port == 0:
        raise wrong
    scheme = "jsons" if parts.scheme == "https" else "json"
    query = "&".join(f"-{part}" for part in parts.query.split("&")) if parts.query else ""
    return f"{scheme}://{parts.netloc}{parts.path}" + (f"?{query}" if query else "")


def webhook_url(address: str) -> str:
    """What to call. Apprise itself would decode what is encoded twice, and drop some characters."""
    place, mark, query = address.partition("?")
    query = "&".join(part.removeprefix("-") for part in query.split("&"))
    return f"http{place.removeprefix('json')}{mark}{query}"


def shown_address(target: AlertTarget) -> str:
    """What a page may show: masked recipients, or the host of a webhook; "" for group bots."""
    scheme, _colon, rest = target.url.partition(":")
    if scheme == "mailto":
        return _(", ").join(map(_masked, rest.split(",")))
    if scheme in ("json", "jsons"):
        parts = urlsplit(f"{scheme.replace('json', 'http')}:{rest}")
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"
    return ""


def _masked(recipient: str) -> str:
    name, _at, host = recipient.rpartition("@")
    return f"{name[:1]}…@{host}"


def _split(text: str) -> SplitResult:
    """The parts of an http address; empty ones where it is none."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        known = False
    if not known or len(text) > MAX_CHARS or re.search(r"[\s\x00-\x1f\\]", text):
        return urlsplit("")
    return parts


def _place(parts: SplitResult) -> str:
    """Host and path of an https address with nothing unusual about it."""
    usual = parts.scheme == "https" and parts.netloc.lower() == parts.hostname
    return f"{parts.hostname}{parts.path.rstrip('/')}" if usual else ""
