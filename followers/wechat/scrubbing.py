"""Removes access tokens and AppSecrets from messages and logs.

WeChat requires the access token in the URL, and urllib3 logs URLs.
"""

import logging
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import quote

MASK = "***"
_IN_URL = re.compile(r"((?:access_token|secret|appsecret)\"?\s*[=:]\s*\"?)[^&\s\"'<>]+", re.I)
# A logger's filter does not apply to child loggers, so each logger that logs URLs gets one.
_LOGGERS = ("connection", "connectionpool", "poolmanager", "response", "util.retry")
# A truncated body may end with the beginning of a token; a shorter prefix reveals nothing.
_PREFIX_CHARACTERS = 10
_MAX_SECRETS = 16


class MaskedStr(str):
    """A string whose repr is masked, for tracebacks that show local variables."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{MASK}'"


def mask_parameters(text: str) -> str:
    """`text` with the values of access_token and secret parameters masked."""
    return _IN_URL.sub(rf"\1{MASK}", text)


class Scrubber:
    """Masks secrets, also truncated ones; keeps the newest 16 of them."""

    def __init__(self, *secrets: str) -> None:
        self._patterns: deque[re.Pattern[str]] = deque(maxlen=_MAX_SECRETS)
        self._secrets: deque[str] = deque(maxlen=_MAX_SECRETS)
        for secret in secrets:
            self.add_secret(secret)

    def __repr__(self) -> str:
        return f"Scrubber({MASK})"

    def add_secret(self, secret: str) -> None:
        if not secret or secret in self._secrets:
            return
        starts = {secret[:_PREFIX_CHARACTERS], quote(secret[:_PREFIX_CHARACTERS], safe="")}
        tail = r"[\w\-+/=%.~]*" if len(secret) > _PREFIX_CHARACTERS else ""
        self._secrets.append(MaskedStr(secret))
        self._patterns.append(
            re.compile(f"(?:{'|'.join(map(re.escape, starts))}){tail}|{re.escape(secret)}")
        )

    def scrub(self, text: str) -> str:
        """`text` without secrets."""
        for pattern in tuple(self._patterns):
            text = pattern.sub(MASK, text)
        return mask_parameters(text)


_is_secret: ContextVar[bool] = ContextVar("is_secret", default=False)


@contextmanager
def without_logs() -> Iterator[None]:
    """Nothing that urllib3 does here is logged: for addresses that are secret as a whole."""
    mask_logs()
    token = _is_secret.set(True)
    try:
        yield
    finally:
        _is_secret.reset(token)


class _MaskUrls(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if _is_secret.get():
            return False
        record.msg, record.args = mask_parameters(record.getMessage()), ()
        return True


_filter = _MaskUrls()


def mask_logs() -> None:
    """Mask URLs in urllib3's log lines; may be called repeatedly."""
    for name in _LOGGERS:
        logging.getLogger(f"urllib3.{name}").addFilter(_filter)
