"""The errors of a call, their explanations, and how long to wait.

WeChatError            .code .kind .params .fate .wait
├── Retriable          temporary, and quick retries have failed: retry later
├── Limited            a limit that ends after `.wait`
├── TokenRefused       the access token was refused: renew it and retry once
└── Fatal              requires a person
"""

import ipaddress
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, NamedTuple

from django.utils.translation import gettext as _

from .error_table import CODES, KINDS, MIDNIGHT, OTHER_TOKEN_USER, REASONS, UNKNOWN, Fate
from .function_names import quoted_function_name

# China has had no daylight saving time since 1991, and a fixed offset needs no zone database.
BEIJING = timezone(timedelta(hours=8))
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 60, 600
# Without it, the time could be shown as 23:59, and the call be made before the reset.
AFTER_MIDNIGHT_SECONDS = 5
MAX_ERRMSG_CHARACTERS = 300

_RID = re.compile(r"rid:\s*([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})")
_ADDRESS = re.compile(r"[0-9a-fA-F.:]{3,}")


class WeChatError(Exception):
    """A call failed.

    code: WeChat's errcode; None for transport errors.
    kind: "api", "connection", "timeout", "http", "garbage" or "shape".
    params: JSON-serializable values for `explain` (path, errmsg, rid, ip, status, …), no secrets.
    wait: seconds or "midnight", from the error table.
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
    """Temporary, such as a busy server or a broken connection."""

    fate = Fate.RETRY


class Limited(WeChatError):  # noqa: N818
    """A rate limit or quota that ends by itself."""

    fate = Fate.WAIT


class TokenRefused(WeChatError):  # noqa: N818
    """The access token is invalid or has expired."""

    fate = Fate.RENEW


class Fatal(WeChatError):  # noqa: N818
    """Requires a person, for example to change a setting or a permission."""

    fate = Fate.STOP


_CLASSES: dict[Fate, type[WeChatError]] = {
    cls.fate: cls for cls in (Retriable, Limited, TokenRefused, Fatal)
}


def errcode_error(code: int, errmsg: str, path: str, *, for_token: bool = False) -> WeChatError:
    """The error for a response with a non-zero errcode; `errmsg` must not contain secrets.

    From the token endpoint, 40001 means that the AppSecret is wrong and becomes 40125.
    """
    params: dict[str, Any] = {"path": path, "errmsg": errmsg[:MAX_ERRMSG_CHARACTERS]}
    if for_token and code == 40001:
        code, params["errcode"] = 40125, 40001
    if rid := _RID.search(errmsg):
        params["rid"] = rid[1]
    row = CODES.get(code, UNKNOWN)
    if code in (40164, 45035, 61004) and (ip := find_ip(errmsg)):
        params["ip"] = ip
    return _CLASSES[row.fate]("api", code, params, row.wait)


def find_ip(errmsg: str) -> str | None:
    """Our IP address as quoted in a refusal, preferably IPv4; None where there is none."""
    found = [one for one in _ADDRESS.findall(errmsg) if _is_address(one)]
    return min(found, key=lambda one: ":" in one, default=None)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class Explanation(NamedTuple):
    """What happened and what to do, in the active language, and the technical detail."""

    meaning: str
    advice: str
    detail: str


def explain(code: int | None, kind: str, params: Mapping[str, Any]) -> Explanation:
    """Explain an error in the active language; `params` may come from the database."""
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
        "function": quoted_function_name(params.get("path", "")),
        **params,
        "code": code,
    }
    return Explanation(str(meaning) % facts, str(advice) % facts, detail(code, kind, params))


def detail(code: int | None, kind: str, params: Mapping[str, Any]) -> str:
    """One untranslated line, for engineers and logs."""
    head = f"errcode {code}" if code is not None else kind
    names = ("path", "status", "reason", "cause", "errmsg", "body")
    facts = [f"{name} {params[name]}" for name in names if params.get(name)]
    if params.get("rid") and params["rid"] not in str(params.get("errmsg", "")):
        facts.append(f"rid {params['rid']}")
    return " · ".join([head, *facts])


def wait_seconds(error: WeChatError, now: datetime, pauses: int = 0) -> float | None:
    """Seconds from `now` (aware) until the next retry; None where retrying does not help.

    `pauses`: number of pauses since the last success; they grow: 1, 2, 4 … 10 minutes.
    """
    if error.fate is Fate.STOP:
        return None
    if error.wait == MIDNIGHT:
        return _seconds_until_midnight(now)
    if isinstance(error.wait, int):
        # Repeated limits wait longer, up to the maximum pause.
        return float(max(error.wait, min(error.wait * 2 ** min(pauses, 10), MAX_PAUSE_SECONDS)))
    return float(min(FIRST_PAUSE_SECONDS * 2 ** min(pauses, 10), MAX_PAUSE_SECONDS))


def _seconds_until_midnight(now: datetime) -> float:
    here = now.astimezone(BEIJING)
    today = here.replace(hour=0, minute=0, second=0, microsecond=0)
    # WeChat's clock or its reset may be late: just after midnight, the old quota may still apply,
    # and waiting for the next midnight would cost a day.
    if here - today < timedelta(minutes=10):
        return float(MAX_PAUSE_SECONDS)
    return (today + timedelta(days=1, seconds=AFTER_MIDNIGHT_SECONDS) - here).total_seconds()
