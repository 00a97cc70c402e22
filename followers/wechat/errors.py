"""Everything that can go wrong with a call, what it means, and how long to wait.

WeChatError            .code .kind .params .fate .wait
├── Retriable          passing trouble, quick tries are used up: try again later
├── Limited            a limit that lifts by itself after `.wait`
├── TokenRefused       the access token is bad: renew it and repeat once
└── Fatal              only a person can change this
"""

import ipaddress
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, NamedTuple

from django.utils.translation import gettext as _

from .codes import CODES, KINDS, MIDNIGHT, OTHER_TOKEN_USER, REASONS, UNKNOWN, Fate
from .functions import quoted

# China has had no daylight saving time since 1991, and a fixed offset needs no zone database.
BEIJING = timezone(timedelta(hours=8))
FIRST_PAUSE, MAX_PAUSE = 60, 600
# A moment too early would show as 23:59, and ask before the new day.
AFTER_MIDNIGHT = 5
ERRMSG_LIMIT = 300

_RID = re.compile(r"rid:\s*([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})")
_ADDRESS = re.compile(r"[0-9a-fA-F.:]{3,}")


class WeChatError(Exception):
    """A call failed.

    code: WeChat's errcode; None for faults of the transport.
    kind: "api", "connection", "timeout", "http", "garbage" or "shape".
    params: JSON-able facts for `explain`: path, errmsg, rid, ip, status, reason, …; no secrets.
    wait: seconds or "midnight" where the table says when to go on.
    """

    fate: ClassVar[Fate]

    def __init__(
        self,
        kind: str = "api",
        code: int | None = None,
        params: Mapping[str, Any] | None = None,
        wait: int | str | None = None,
    ) -> None:
        self.kind, self.code, self.params, self.wait = kind, code, dict(params or {}), wait
        super().__init__()

    def __str__(self) -> str:
        return detail(self.code, self.kind, self.params)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.kind, self.code, self.params, self.wait)


class Retriable(WeChatError):  # noqa: N818
    """Passing trouble."""

    fate = Fate.RETRY


class Limited(WeChatError):  # noqa: N818
    """A limit that lifts by itself."""

    fate = Fate.WAIT


class TokenRefused(WeChatError):  # noqa: N818
    """The access token is not valid, or no longer."""

    fate = Fate.RENEW


class Fatal(WeChatError):  # noqa: N818
    """Only a person can change this."""

    fate = Fate.STOP


_CLASSES: dict[Fate, type[WeChatError]] = {
    cls.fate: cls for cls in (Retriable, Limited, TokenRefused, Fatal)
}


def refusal(code: int, errmsg: str, path: str, *, asking_for_token: bool = False) -> WeChatError:
    """The error for an answer with a non-zero errcode; `errmsg` must hold no secret.

    Where a token is asked for, 40001 means that the AppSecret is wrong and becomes 40125.
    """
    params: dict[str, Any] = {"path": path, "errmsg": errmsg[:ERRMSG_LIMIT]}
    if asking_for_token and code == 40001:
        code, params["errcode"] = 40125, 40001
    if rid := _RID.search(errmsg):
        params["rid"] = rid[1]
    row = CODES.get(code, UNKNOWN)
    if code in (40164, 45035, 61004) and (ip := find_ip(errmsg)):
        params["ip"] = ip
    return _CLASSES[row.fate]("api", code, params, row.wait)


def find_ip(errmsg: str) -> str | None:
    """The caller's address as WeChat names it in a refusal, IPv4 before IPv6, or None."""
    found = [one for one in _ADDRESS.findall(errmsg) if _is_address(one)]
    return min(found, key=lambda one: ":" in one, default=None)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class Explanation(NamedTuple):
    """What happened, what to do next, and the engineer's detail, in the active language."""

    meaning: str
    advice: str
    detail: str


def explain(code: int | None, kind: str, params: Mapping[str, Any]) -> Explanation:
    """Words for an error in the language that is active now; `params` may come from storage."""
    row = KINDS.get(kind, KINDS["connection"]) if code is None else CODES.get(code, UNKNOWN)
    meaning, advice = row.meaning, row.advice
    if code is None and params.get("reason") in REASONS:
        meaning = REASONS[params["reason"]]
    if params.get("renewed"):
        advice = OTHER_TOKEN_USER
    facts = {
        "ip": _("its public IP address"),
        "errmsg": "",
        "status": "?",
        "function": quoted(params.get("path", "")),
        **params,
        "code": code,
    }
    return Explanation(str(meaning) % facts, str(advice) % facts, detail(code, kind, params))


def detail(code: int | None, kind: str, params: Mapping[str, Any]) -> str:
    """One untranslated line for engineers and logs."""
    head = f"errcode {code}" if code is not None else kind
    names = ("path", "status", "reason", "cause", "errmsg", "body")
    facts = [f"{name} {params[name]}" for name in names if params.get(name)]
    if params.get("rid") and params["rid"] not in str(params.get("errmsg", "")):
        facts.append(f"rid {params['rid']}")
    return " · ".join([head, *facts])


def wait_seconds(error: WeChatError, now: datetime, pauses: int = 0) -> float | None:
    """Seconds from `now` (aware) until another try is worth while; None for never by itself.

    `pauses` counts the pauses for passing trouble since something last worked: 1, 2, 4 … 10 min.
    """
    if error.fate is Fate.STOP:
        return None
    if error.wait == MIDNIGHT:
        return _until_midnight(now)
    if isinstance(error.wait, int):
        # A limit that is met again and again needs longer, up to the longest pause.
        return float(max(error.wait, min(error.wait * 2 ** min(pauses, 10), MAX_PAUSE)))
    return float(min(FIRST_PAUSE * 2 ** min(pauses, 10), MAX_PAUSE))


def _until_midnight(now: datetime) -> float:
    here = now.astimezone(BEIJING)
    today = here.replace(hour=0, minute=0, second=0, microsecond=0)
    # WeChat's clock or its reset may lag behind: just after midnight the old day's quota still
    # answers, and waiting for the next midnight would cost a day.
    if here - today < timedelta(minutes=10):
        return float(MAX_PAUSE)
    return (today + timedelta(days=1, seconds=AFTER_MIDNIGHT) - here).total_seconds()
