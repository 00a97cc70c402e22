"""Forms and addresses are UTF-8, whatever a request says of itself."""

import re
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)


def without_charset(application: Application) -> Application:
    """The application, to which no Content-Type names a charset.

    Browsers name none, or UTF-8. Django would read even the address by it, and fail for rot13
    before any middleware, and again on the page that says that something failed.
    """

    def inner(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["CONTENT_TYPE"] = _CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
        return application(environ, start_response)

    return inner
