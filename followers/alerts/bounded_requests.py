"""What Apprise's plugins take for the module `requests`: bounded calls whose answers are kept.

Apprise only says whether a message was sent, and takes HTTP 200 for that; but the group bots answer
200 and an error code for a wrong key. It also has no deadline for a whole call, follows redirects
(a POST becomes a GET) and reads answers of any length.
"""

import json
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import requests

from ..wechat.scrubbing import without_logs
from ..wechat.transport import DeadlineAdapter
from ..wechat.transport_errors import TRANSPORT_ERRORS, as_retriable
from . import answers
from .answers import Answer

MAX_BODY = 65_536
TIMEOUT = 8.0
UNKNOWN = Answer(ok=False, key=answers.UNKNOWN)
# Of the group bots: WeCom and DingTalk, Feishu and Lark, Feishu's older answers.
ERROR_CODES = ("errcode", "code", "StatusCode")


@dataclass
class Call:
    """One message on its way.

    bot: the answer's body tells. url: what to call instead of what Apprise makes of an address, and
    with its credentials. payload: changes what is sent.
    """

    bot: bool
    url: str = ""
    payload: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    answer: Answer = UNKNOWN


current_call: ContextVar[Call] = ContextVar("alert_call")


@dataclass(frozen=True)
class Reply:
    """What the plugins read of a response."""

    status_code: int
    content: bytes


class BoundedRequests:
    codes = requests.codes
    RequestException = requests.RequestException

    def post(self, url: str, **options: Any) -> Reply:
        return self.request("POST", url, **options)

    def request(self, method: str, url: str, **options: Any) -> Reply:
        """Raises RequestException without the address."""
        call = current_call.get()
        try:
            reply = _exchange(call, method, url, options)
        except TRANSPORT_ERRORS as error:
            call.answer = answer_of_error(error)
            raise requests.RequestException from None
        call.answer = answer_of_reply(reply, bot=call.bot)
        return reply


def _exchange(call: Call, method: str, url: str, options: dict[str, Any]) -> Reply:
    data = options["data"]
    if call.payload:
        data = json.dumps(call.payload(json.loads(data)), ensure_ascii=False).encode()
    with without_logs(), requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, DeadlineAdapter())
        response = session.request(
            method,
            call.url or url,
            data=data,
            headers=options.get("headers"),
            params=None if call.url else options.get("params"),
            auth=None if call.url else options.get("auth"),
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        )
        # A webhook's body says nothing, and may never end.
        body = response.raw.read(MAX_BODY, decode_content=True) if call.bot else b""
        response.close()
    return Reply(response.status_code, body)


def answer_of_error(error: BaseException) -> Answer:
    found = as_retriable(error)
    keys = {"dns": answers.NO_SUCH_HOST, "tls": answers.CERTIFICATE}
    reached = answers.TIMED_OUT if found.kind == "timeout" else answers.UNREACHABLE
    return Answer(ok=False, key=keys.get(found.params.get("reason", ""), reached))


def answer_of_reply(reply: Reply, *, bot: bool) -> Answer:
    code = _error_code(reply.content) if bot else None
    if code:
        return Answer(ok=False, key=answers.REFUSED, code=code)
    if 300 <= reply.status_code < 400:
        return Answer(ok=False, key=answers.REDIRECTED, code=reply.status_code)
    if not 200 <= reply.status_code < 300:
        return Answer(ok=False, key=answers.HTTP, code=reply.status_code)
    if bot and code is None:
        return Answer(ok=False, key=answers.NOT_UNDERSTOOD)
    return Answer(ok=True, key=answers.SENT)


def _error_code(content: bytes) -> int | None:
    """A group bot's own error code, 0 for success; None if the body has none."""
    try:
        found = json.loads(content)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    codes = [found[name] for name in ERROR_CODES if isinstance(found.get(name), int)]
    # The database's column has 32 bits.
    return next((code if abs(code) < 2**31 else -1 for code in codes), None)
