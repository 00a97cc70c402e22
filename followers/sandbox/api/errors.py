"""The answer to a call that succeeds without a result, and the error answers."""

import secrets
import time
from typing import Any

from ..texts import ERRMSG


def ok() -> dict[str, Any]:
    return {"errcode": 0, "errmsg": ERRMSG[0]}


class ApiError(Exception):
    """The call is answered with this errcode; `params` are formatted into errmsg (the IP)."""

    def __init__(self, errcode: int, **params: str) -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.params = params

    def body(self) -> dict[str, Any]:
        """The JSON of the answer, which is sent with HTTP status 200."""
        params = {"ip": "127.0.0.1", "hint": f"{secrets.token_urlsafe(6)}.gh-1"} | self.params
        errmsg = ERRMSG[self.errcode].format(**params)
        # WeChat's form: the time in hexadecimal, then eight digits twice.
        rid = f"{int(time.time()):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
        return {"errcode": self.errcode, "errmsg": f"{errmsg} rid: {rid}"}
