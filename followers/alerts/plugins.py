"""Apprise's plugins for our services. Importing this takes half a second."""

import base64
import hashlib
import hmac
import time
from typing import Any
from urllib.parse import unquote

from apprise.plugins import custom_json, dingtalk, feishu, lark, wecombot
from apprise.plugins.base import NotifyBase

from .addresses import webhook_url
from .bounded_requests import BoundedRequests, Call, current_call
from .texts import Message


class DingTalk(dingtalk.NotifyDingTalk):
    def get_signature(self) -> tuple[str, str]:
        """Time and signature; Apprise encodes it for the address, and requests does so again."""
        timestamp, encoded = super().get_signature()
        return timestamp, unquote(encoded)


PLUGINS: dict[str, type[NotifyBase]] = {
    "wecombot": wecombot.NotifyWeComBot,
    "dingtalk": DingTalk,
    "feishu": feishu.NotifyFeishu,
    "lark": lark.NotifyLark,
    "json": custom_json.NotifyJSON,
    "jsons": custom_json.NotifyJSON,
}
for module in (custom_json, dingtalk, feishu, lark, wecombot):
    module.requests = BoundedRequests()  # type: ignore[attr-defined]

# Group bots can demand a word that stands in every message.
KEYWORD = "wxadmin"
# https://developer.work.weixin.qq.com/document/path/91770
WECOM_BYTES = 2048


def notify(address: str, message: Message) -> Call:
    """Send to a group bot or a webhook; raises what Apprise raises for a broken address."""
    scheme = address.partition(":")[0]
    kind = PLUGINS[scheme]
    plugin: Any = kind(**(kind.parse_url(address) or {}))
    call = Call(bot=not scheme.startswith("json"))
    if call.bot:
        body = text_of(message)
        if scheme in ("feishu", "lark") and plugin.user:
            call.payload = lambda payload: {**signature(plugin.user, time.time()), **payload}
    else:
        body, call.url = message.body, webhook_url(address)
        # An empty name leaves the field out.
        plugin.payload_extras = {"attachments": "", "url": message.url}
    token = current_call.set(call)
    try:
        plugin.notify(title="" if call.bot else message.title, body=body, body_format="text")
    finally:
        current_call.reset(token)
    return call


def text_of(message: Message) -> str:
    """The message as one text, shortened to what the strictest service accepts."""
    end = "".join(f"\n{line}" for line in (message.url, f"– {KEYWORD}") if line)
    room = WECOM_BYTES - len(end.encode())
    text = f"{message.title}\n{message.body}".encode()
    if len(text) > room:
        text = text[: room - len("…".encode())].decode(errors="ignore").encode() + "…".encode()
    return text.decode() + end


# https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot (签名校验)
def signature(secret: str, now: float) -> dict[str, str]:
    """The fields of Feishu's signature. Unlike DingTalk's, time and secret are the key."""
    timestamp = str(int(now))
    digest = hmac.new(f"{timestamp}\n{secret}".encode(), digestmod=hashlib.sha256).digest()
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}
