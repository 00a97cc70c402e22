"""Keeping access tokens and AppSecrets out of messages and logs.

WeChat wants the access token in the URL, and urllib3 writes URLs into its log lines.
"""

import logging
import re
from collections import deque
from urllib.parse import quote

MASK = "***"
_IN_URL = re.compile(r"((?:access_token|secret|appsecret)\"?\s*[=:]\s*\"?)[^&\s\"'<>]+", re.I)
# Filters do not reach records of child loggers, so each logger that prints URLs gets its own.
_LOGGERS = ("connection", "connectionpool", "poolmanager", "response", "util.retry")
# A cut-off body may hold a token's beginning; a shorter beginning gives nothing away.
_TELLING = 10
_REMEMBERED = 16


class Masked(str):
    """A string that dumps of local variables do not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{MASK}'"


def mask_parameters(text: str) -> str:
    """`text` with the values of access_token and secret parameters replaced."""
    return _IN_URL.sub(rf"\1{MASK}", text)


class Scrubber:
    """Replaces the secrets it was told about, whole or cut off; the newest few are remembered."""

    def __init__(self, *secrets: str) -> None:
        self._patterns: deque[re.Pattern[str]] = deque(maxlen=_REMEMBERED)
        self._known: deque[str] = deque(maxlen=_REMEMBERED)
        for secret in secrets:
            self.learn(secret)

    def __repr__(self) -> str:
        return f"Scrubber({MASK})"

    def learn(self, secret: str) -> None:
        """Hide `secret` from now on."""
        if not secret or secret in self._known:
            return
        starts = {secret[:_TELLING], quote(secret[:_TELLING], safe="")}
        tail = r"[\w\-+/=%.~]*" if len(secret) > _TELLING else ""
        self._known.append(Masked(secret))
        self._patterns.append(
            re.compile(f"(?:{'|'.join(map(re.escape, starts))}){tail}|{re.escape(secret)}")
        )

    def clean(self, text: str) -> str:
        """`text` without secrets."""
        for pattern in tuple(self._patterns):
            text = pattern.sub(MASK, text)
        return mask_parameters(text)


class _MaskUrls(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask_parameters(record.getMessage()), ()
        return True


_filter = _MaskUrls()


def mask_logs() -> None:
    """Make urllib3's log lines safe in this process; calling it again changes nothing."""
    for name in _LOGGERS:
        logging.getLogger(f"urllib3.{name}").addFilter(_filter)
