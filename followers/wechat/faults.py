"""Faults of the transport as errors that carry no URL, because the URL carries the token."""

import http.client
import ssl
from collections.abc import Iterator

import requests
import urllib3
from urllib3.exceptions import (
    DecodeError,
    NameResolutionError,
    ProxyError,
    ReadTimeoutError,
)

from .errors import Retriable

# ValueError is what requests lets through for host names that cannot be encoded.
TRANSPORT_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)

# The first row of which something is found in the chain of causes decides.
_KINDS: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    ((NameResolutionError,), "connection", "dns"),
    ((ssl.SSLCertVerificationError,), "connection", "tls"),
    ((ProxyError,), "connection", "proxy"),
    # Not ConnectTimeoutError: urllib3 derives refused connections from it.
    ((ReadTimeoutError, requests.Timeout, TimeoutError), "timeout", ""),
    ((DecodeError,), "garbage", ""),
)
_DEEPEST = 20


def fault(error: BaseException) -> Retriable:
    """What went wrong in words that are safe to show: kind, reason and the cause's class name."""
    chain = list(_chain(error))
    params = {"cause": type(chain[-1]).__name__}
    for classes, kind, reason in _KINDS:
        if any(isinstance(link, classes) for link in chain):
            return Retriable(kind, params=params | ({"reason": reason} if reason else {}))
    return Retriable("connection", params=params)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it wraps: requests and urllib3 keep the original in args or `reason`."""
    for _depth in range(_DEEPEST):
        if error is None:
            return
        yield error
        inner = [getattr(error, "reason", None), *error.args, error.__cause__, error.__context__]
        error = next((one for one in inner if isinstance(one, BaseException)), None)
