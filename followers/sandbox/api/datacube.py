"""The endpoints of WeChat's own statistics: who followed and left on each day."""

import re
from collections import Counter
from datetime import date
from typing import Any

from .account import Account
from .calls import Call
from .errors import ApiError
from .tokens import beijing_day

_MAX_DAYS = 7
_READY_SECONDS = 8 * 3600
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAY_0 = date(1970, 1, 1).toordinal()
_FIRST_DAY = date(2014, 12, 1).toordinal() - _DAY_0
# 0 is what WeChat calls 其他合计: the sources that have no number of their own.
_OTHERS = 0
_USER_SOURCES = {
    "ADD_SCENE_SEARCH": 1,
    "ADD_SCENE_PROFILE_CARD": 17,
    "ADD_SCENE_QR_CODE": 30,
    "ADD_SCENE_PROFILE_LINK": 57,
    "ADD_SCENE_WECHAT_ADVERTISEMENT": 100,
    "ADD_SCENE_WXA": 149,
    "ADD_SCENE_REPRINT": 161,
    "ADD_SCENE_CHANNELS": 200,
    "ADD_SCENE_LIVESTREAM": 201,
    # As little documented as the scene: a number of older lists.
    "ADD_SCENE_SMART_SCREEN": 35,
}


# https://developers.weixin.qq.com/doc/service/api/wedata/user/api_getusersummary
def user_summary(call: Call) -> dict[str, Any]:
    """A row for each day and source; WeChat leaves out those where nothing happened."""
    joined: Counter[tuple[int, int]] = Counter()
    left: Counter[tuple[int, int]] = Counter()
    for day, scene, joined_count, left_count in call.account.flow.changes(_days(call)):
        key = day, _USER_SOURCES.get(scene, _OTHERS)
        joined[key] += joined_count
        left[key] += left_count
    rows = [
        {
            "ref_date": ref_date(day),
            "user_source": source,
            "new_user": joined[day, source],
            "cancel_user": left[day, source],
        }
        for day, source in sorted(joined)
    ]
    return {"list": rows}


# https://developers.weixin.qq.com/doc/service/en/Analytics/User_Analysis_Data_Interface.html
def user_cumulate(call: Call) -> dict[str, Any]:
    totals = call.account.flow.totals(_days(call))
    return {"list": [{"ref_date": ref_date(day), "cumulate_user": total} for day, total in totals]}


def yesterday(account: Account) -> int:
    """The number of the last day that has figures."""
    return beijing_day(account.clock()) - 1


def ref_date(day: int) -> str:
    """A day's number as WeChat writes it."""
    return date.fromordinal(_DAY_0 + day).isoformat()


def _days(call: Call) -> range:
    """The days asked for. Raises ApiError (61500, 61501, 61503)."""
    first, last = (_parse_day(call.json_body.get(key)) for key in ("begin_date", "end_date"))
    newest = yesterday(call.account)
    if not _FIRST_DAY <= first <= last <= newest or last - first >= _MAX_DAYS:
        raise ApiError(61501)
    ready = beijing_day(call.account.clock() - _READY_SECONDS) - 1
    if last > ready:
        raise ApiError(61503)
    return range(first, last + 1)


def _parse_day(value: object) -> int:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ApiError(61500)
    try:
        return date.fromisoformat(value).toordinal() - _DAY_0
    except ValueError:
        raise ApiError(61500) from None
