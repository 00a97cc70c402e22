"""How the API says that a call succeeded, or why it was refused."""

import secrets
import time
from typing import Any

from ..texts import ERRMSG


def ok() -> dict[str, Any]:
    return {"errcode": 0, "errmsg": ERRMSG[0]}


class Refused(Exception):  # noqa: N818
    """The call is answered with an errcode; `params` fill the text (the caller's IP)."""

    def __init__(self, code: int, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def body(self) -> dict[str, Any]:
        """What is sent, always with HTTP status 200."""
        params = {"ip": "127.0.0.1", "hint": f"{secrets.token_urlsafe(6)}.gh-1"} | self.params
        errmsg = ERRMSG[self.code].format(**params)
        # The time in hexadecimal, then eight digits twice, as WeChat makes them.
        rid = f"{int(time.time()):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
        return {"errcode": self.code, "errmsg": f"{errmsg} rid: {rid}"}
