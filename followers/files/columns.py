"""The columns of every file that we write, and what is read of those that people bring.

Names and order are a contract. A value stands in its row by the column's name: of a follower that
is the field so called, or what `followers.export` looks up.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .cell_types import (
    BOOLEAN,
    DATE,
    ID,
    INTEGER,
    NUMERAL,
    PERCENT,
    TAG_NAMES,
    TEXT,
    TIME,
    CellType,
)


# By identity: a translation is equal to another one only in some languages.
@dataclass(frozen=True, eq=False)
class Column:
    """header: written in the language of whoever asks. titles: what else people call it.

    label: what pages call a column of the import; width: in a workbook, in characters.
    """

    name: str
    header: str | Promise
    type: CellType
    titles: tuple[str, ...] = ()
    label: str | Promise = ""
    width: int = 0


FOLLOWER_COLUMNS = (
    Column("account", _("account"), ID),
    Column("openid", _("openid"), ID, ("open id", "open_id"), label="OpenID", width=34),
    Column("subscribed", _("subscribed"), BOOLEAN),
    Column("unionid", _("unionid"), ID),
    Column("remark", _("remark"), TEXT, ("备注",), label=_("remark"), width=24),
    Column("tags", _("tags"), TAG_NAMES, ("tag",), label=_("tags"), width=30),
    Column("subscribe_time", _("subscribe_time"), TIME),
    Column("subscribe_scene", _("subscribe_scene"), TEXT),
    Column("qr_scene", _("qr_scene"), NUMERAL),
    Column("qr_scene_str", _("qr_scene_str"), TEXT),
    Column("language", _("language"), TEXT),
    Column("blacklisted", _("blacklisted"), BOOLEAN),
    Column("first_seen_at", _("first_seen_at"), TIME),
    Column("unsubscribed_at", _("unsubscribed_at"), TIME),
)
# On request, these follow.
NOTE_COLUMNS = (Column("note", _("internal_note"), TEXT, label=_("internal note"), width=40),)
CHANNEL_COLUMNS = (
    Column("channel", _("channel"), TEXT),
    Column("channel_group", _("channel_group"), TEXT),
)
# A file that people bring names followers by the openid; the others can be changed.
IMPORT_COLUMNS = tuple(it for it in FOLLOWER_COLUMNS + NOTE_COLUMNS if it.label)

REASON = Column("reason", _("reason"), TEXT)
# What became of each follower in a change.
PEOPLE_COLUMNS = (Column("openid", _("openid"), ID), Column("remark", _("remark"), TEXT), REASON)
# What became of each id of a kept list.
PASTED_COLUMNS = (
    Column("pasted", _("pasted_id"), ID),
    Column("found", _("found"), BOOLEAN),
    FOLLOWER_COLUMNS[1],
    FOLLOWER_COLUMNS[0],
)
# Behind those that a file has itself.
LEFT_OUT_COLUMNS = (Column("line", _("line"), INTEGER), REASON)

# Of the dictionary of channels. The titles are those of the followers' file as well.
SCENE_TITLES = (
    *("qr_scene", "qr_scene_str", "qr scene", "场景值", "带参数二维码场景值"),
    *("二维码参数", "二维码参数（数字）", "二维码参数（文本）"),
)
GROUP_TITLES = ("channel_group", "channel group", "渠道分组")
CHANNEL_FILE_COLUMNS = (
    Column("scene", _("scene"), TEXT, SCENE_TITLES),
    Column("name", _("name"), TEXT, ("channel", "channel name", "渠道", "渠道名称")),
    Column("group", pgettext_lazy("channels", "group"), TEXT, GROUP_TITLES),
)

# Of the activity log.
LOG_COLUMNS = (
    Column("time", _("time"), TIME),
    Column("who", pgettext_lazy("log", "who"), TEXT),
    Column("what", _("what happened"), TEXT),
    Column("subject", pgettext_lazy("log", "to whom or what"), TEXT),
    Column("details", pgettext_lazy("log", "details"), TEXT),
    Column("accounts", _("Official Accounts"), TEXT),
    Column("from", pgettext_lazy("log", "from"), TEXT),
)

# Of the statistics; followers.statistics.meanings says what the numbers are.
_JOINED = Column("joined", pgettext_lazy("statistics", "joined"), INTEGER)
_LEFT = Column("left", pgettext_lazy("statistics", "left"), INTEGER)
_NET = Column("net", pgettext_lazy("statistics", "net"), INTEGER)
_TOTAL = Column("total", pgettext_lazy("statistics", "total"), INTEGER)
DAY_COLUMNS = (
    Column("date", pgettext_lazy("statistics", "date"), DATE),
    *(_JOINED, _LEFT, _NET, _TOTAL),
)
SOURCE_COLUMNS = (Column("source", _("source"), TEXT), _JOINED, _LEFT, _NET)
CHANNEL_FIGURE_COLUMNS = (
    Column("scene", _("scene"), TEXT),
    Column("channel", _("channel"), TEXT),
    Column("group", pgettext_lazy("channels", "group"), TEXT),
    Column("scans", pgettext_lazy("statistics", "scans"), INTEGER),
    _JOINED,
    _LEFT,
    Column("staying", pgettext_lazy("statistics", "staying"), INTEGER),
)


_AFTER = {
    "share": pgettext_lazy("statistics", "staying after {days} d"),
    "stayed": pgettext_lazy("statistics", "stayed {days} d"),
    "counted": pgettext_lazy("statistics", "of those {days} d ago"),
}


def _after(days: int, what: str) -> Promise:
    text: Promise = format_lazy(_AFTER[what], days=days)  # type: ignore[assignment]
    return text


# On pages of figures, and in their files, besides.
FIRST_DAY = Column("first", pgettext_lazy("statistics", "from"), DATE)
LAST_DAY = Column("last", pgettext_lazy("statistics", "to"), DATE)
FIGURES_COLUMNS = (_JOINED, _LEFT, _NET, _TOTAL)
REMARK = Column("note", pgettext_lazy("statistics", "note"), TEXT, width=40)
ACCOUNT_NAME = Column("account", _("account"), TEXT, width=24)
PAGE_DAY_COLUMNS = (*DAY_COLUMNS, REMARK)
PAGE_PERIOD_COLUMNS = (FIRST_DAY, LAST_DAY, *FIGURES_COLUMNS, REMARK)
PAGE_CHANNEL_COLUMNS = (
    *(CHANNEL_FIGURE_COLUMNS[1], CHANNEL_FIGURE_COLUMNS[2], CHANNEL_FIGURE_COLUMNS[0]),
    *(_JOINED, CHANNEL_FIGURE_COLUMNS[-1]),
    Column("share", pgettext_lazy("statistics", "staying share"), PERCENT),
    _LEFT,
)
PAGE_ACCOUNT_COLUMNS = (ACCOUNT_NAME, *FIGURES_COLUMNS)
COMPARED_COLUMNS = (
    Column("number", pgettext_lazy("statistics", "number"), TEXT),
    Column("now", pgettext_lazy("statistics", "this period"), INTEGER),
    Column("before", pgettext_lazy("statistics", "compared with"), INTEGER),
    Column("change", pgettext_lazy("statistics", "change"), INTEGER),
    Column("share", pgettext_lazy("statistics", "in percent"), PERCENT),
)

_RETENTION_DAYS = (1, 7, 30, 90)
RETENTION_COLUMNS = (
    _JOINED,
    *(
        column
        for days in _RETENTION_DAYS
        for column in (
            Column(f"rate_{days}", _after(days, "share"), PERCENT),
            Column(f"stayed_{days}", _after(days, "stayed"), INTEGER),
            Column(f"counted_{days}", _after(days, "counted"), INTEGER),
        )
    ),
)
# On pages, these stand below the share.
RETENTION_COUNTS = frozenset(
    f"{what}_{days}" for what in ("stayed", "counted") for days in _RETENTION_DAYS
)
HOUR_COLUMNS = (
    Column("weekday", pgettext_lazy("statistics", "weekday"), TEXT),
    *(Column(str(hour), str(hour), INTEGER, width=6) for hour in range(24)),
)
OVERLAP_COLUMNS = (
    ACCOUNT_NAME,
    Column("identified", pgettext_lazy("statistics", "with unionid"), INTEGER),
    Column("other", pgettext_lazy("statistics", "other account"), TEXT, width=24),
    Column("other_identified", pgettext_lazy("statistics", "with unionid"), INTEGER),
    Column("people", pgettext_lazy("statistics", "follow both"), INTEGER),
    Column("share", pgettext_lazy("statistics", "share of the first"), PERCENT),
    Column("other_share", pgettext_lazy("statistics", "share of the other"), PERCENT),
)
WECHAT_COLUMNS = (
    DAY_COLUMNS[0],
    _JOINED,
    Column("wechat_joined", pgettext_lazy("statistics", "joined, WeChat's"), INTEGER),
    Column("joined_difference", pgettext_lazy("statistics", "difference"), INTEGER),
    _LEFT,
    Column("wechat_left", pgettext_lazy("statistics", "left, WeChat's"), INTEGER),
    Column("left_difference", pgettext_lazy("statistics", "difference"), INTEGER),
    _TOTAL,
    Column("wechat_total", pgettext_lazy("statistics", "total, WeChat's"), INTEGER),
    Column("total_difference", pgettext_lazy("statistics", "difference"), INTEGER),
)
