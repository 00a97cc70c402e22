"""WeChat's errcodes as one table: what each one means, what to do about it, and its fate.

The numbers and meanings follow WeChat's published list of return codes and the code lists of the
common open-source clients; where the two disagree, real responses decide.
"""

from enum import StrEnum
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Fate(StrEnum):
    """How a caller handles an error."""

    RETRY = "retry"
    """Temporary: retry soon, with growing pauses."""
    WAIT = "wait"
    """A limit that ends at a known time: wait until then."""
    STOP = "stop"
    """Requires a person: stop and tell them what to do."""
    RENEW = "renew"
    """The access token was refused: get a new one and retry once."""


MIDNIGHT = "midnight"
"""Wait until the next midnight in Beijing, when daily quotas are assumed to be reset."""


class Entry(NamedTuple):
    """One row of the table. `wait`: seconds or MIDNIGHT; None where the fate is not WAIT."""

    fate: Fate
    meaning: Promise
    advice: Promise
    wait: int | str | None = None


OUR_FAULT = _(
    "You did nothing wrong and cannot mend this in the browser. "
    "Give the technical detail below to whoever runs this system."
)
WAITS_BY_ITSELF = _("Nothing to do: it is tried again by itself after a pause.")
FIX_APP_ID = _(
    "Compare the AppID of this account with the one in the WeChat console "
    "(微信公众平台 → 设置与开发 → 开发接口管理 → 基本配置). Capital and small letters differ."
)
FIX_SECRET = _(
    "Enter the AppSecret again on the account page. If it is lost, the account's administrator "
    "resets it in the WeChat console (微信公众平台 → 设置与开发 → 开发接口管理 → 基本配置)."
)
WHITELIST_IP = _(
    "Ask the account's administrator to add %(ip)s to the IP whitelist in the WeChat console "
    "(微信公众平台 → 设置与开发 → 开发接口管理 → 基本配置 → IP白名单), "
    "wait about ten minutes and try again."
)
NOT_LISTED = _("WeChat refuses calls from this server's address, %(ip)s.")
OTHER_TOKEN_USER = _(
    "It is tried again by itself. If this keeps happening, another system probably refreshes the "
    "access token of the same account: let it use the stable token (stable_token) too."
)
TOKEN_REFUSED = _("WeChat refused the access token.")
CHECK_PERMISSION = _(
    "Check in the WeChat console (微信公众平台 → 设置与开发 → 开发接口管理 → 接口权限) that this "
    "account is verified (微信认证) and may use %(function)s."
)
SEE_CONSOLE = _(
    "Log in to the WeChat console (微信公众平台) and read its notices about this account."
)
SYNC_AGAIN = _("Sync the account again, then repeat what you did.")
SYNC_TAGS = _("Sync the account again so that its tags are up to date, then repeat what you did.")
SHORTEN = _("Choose a shorter text: at most 30 bytes, which is 10 Chinese characters.")
ASK_ADMIN = _(
    "Ask the account's administrator to confirm in the message that WeChat sent to their phone. "
    "It is tried again by itself after a pause."
)
REAUTHORISE = _("Have the account's administrator grant the authorisation again.")

LEGACY_GROUP = _("WeChat refused the old-style group.")
BAD_REQUEST = _("WeChat could not read the request.")
BAD_VALUE = _("WeChat did not accept a value in the request.")
BAD_LIST = _("WeChat does not accept a list of that many followers in one call.")
NOT_A_FOLLOWER = _("WeChat does not know this OpenID among the account's followers.")
UNCONFIRMED = _("WeChat waits for the administrator to confirm that this server may call.")
NO_MESSAGES = _("WeChat does not let this account send this message.")
NOT_ALLOWED = _("This account may not use %(function)s.")
BAD_RID = _("WeChat cannot explain that request number.")
BAD_PATH = _("WeChat does not count calls of that address, or does not show them.")


# Reference: https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
CODES: dict[int, Entry] = {
    **dict.fromkeys(
        (40002, 40033, 40066, 41001, 41002, 41009, 43002, 43003, 44002, 47001),
        Entry(Fate.STOP, BAD_REQUEST, OUR_FAULT),
    ),
    **dict.fromkeys((40031, 40032), Entry(Fate.STOP, BAD_LIST, OUR_FAULT)),
    **dict.fromkeys((40035, 40097, 61451, 61500, 61501), Entry(Fate.STOP, BAD_VALUE, OUR_FAULT)),
    **dict.fromkeys(
        (40050, 40051, 40117, 40152, 45016, 45017, 45018),
        Entry(Fate.STOP, LEGACY_GROUP, SYNC_TAGS),
    ),
    **dict.fromkeys(
        (89501, 89502, 89503, 89504, 89505), Entry(Fate.WAIT, UNCONFIRMED, ASK_ADMIN, 600)
    ),
    -1: Entry(Fate.RETRY, _("WeChat is busy."), WAITS_BY_ITSELF),
    61450: Entry(Fate.RETRY, _("WeChat reports an error of its own."), WAITS_BY_ITSELF),
    # Access tokens and who may call.
    **dict.fromkeys((40001, 40014, 42001), Entry(Fate.RENEW, TOKEN_REFUSED, OTHER_TOKEN_USER)),
    42007: Entry(Fate.STOP, _("The authorisation of this account has ended."), REAUTHORISE),
    40013: Entry(Fate.STOP, _("WeChat does not know this AppID."), FIX_APP_ID),
    40125: Entry(Fate.STOP, _("The AppSecret is wrong."), FIX_SECRET),
    41004: Entry(Fate.STOP, _("The AppSecret is missing."), FIX_SECRET),
    **dict.fromkeys((40164, 45035, 61004), Entry(Fate.STOP, NOT_LISTED, WHITELIST_IP)),
    40243: Entry(
        Fate.STOP,
        _("The AppSecret is frozen."),
        _(
            "Ask the account's administrator to unfreeze the AppSecret in the WeChat console "
            "(微信公众平台 → 设置与开发 → 开发接口管理 → 基本配置). It works ten minutes later."
        ),
    ),
    48001: Entry(Fate.STOP, NOT_ALLOWED, CHECK_PERMISSION),
    48004: Entry(Fate.STOP, _("WeChat has banned %(function)s for the account."), SEE_CONSOLE),
    50001: Entry(Fate.STOP, NOT_ALLOWED, CHECK_PERMISSION),
    50002: Entry(Fate.STOP, _("WeChat has restricted or frozen this account."), SEE_CONSOLE),
    61007: Entry(Fate.STOP, _("This account has not authorised %(function)s."), REAUTHORISE),
    61024: Entry(
        Fate.STOP,
        _("This AppID belongs to a third-party platform, not to an Official Account."),
        FIX_APP_ID,
    ),
    89506: Entry(
        Fate.WAIT,
        _("The administrator refused this server's address twice; WeChat blocks it for a day."),
        ASK_ADMIN,
        24 * 3600,
    ),
    89507: Entry(
        Fate.WAIT,
        _("The administrator refused this server's address; WeChat blocks it for an hour."),
        ASK_ADMIN,
        3600,
    ),
    # Limits.
    45009: Entry(
        Fate.WAIT,
        _("Today's calls of %(function)s are used up."),
        _(
            "Nothing to do: it goes on after midnight, Beijing time. If it cannot wait, the "
            "account's administrator can reset the quota in the WeChat console, ten times a month."
        ),
        MIDNIGHT,
    ),
    45011: Entry(Fate.WAIT, _("Too many calls within a minute."), WAITS_BY_ITSELF, 60),
    45047: Entry(Fate.WAIT, _("Too many messages to this follower."), WAITS_BY_ITSELF, 3600),
    45169: Entry(Fate.WAIT, _("Tags are being changed too fast."), WAITS_BY_ITSELF, 60),
    48006: Entry(
        Fate.STOP,
        _("No quota reset is left this month."),
        _("Wait for the daily quota to start again after midnight, Beijing time."),
    ),
    61503: Entry(
        Fate.WAIT, _("WeChat has not finished these statistics yet."), WAITS_BY_ITSELF, 3600
    ),
    # Followers.
    40003: Entry(Fate.STOP, NOT_A_FOLLOWER, SYNC_AGAIN),
    43004: Entry(Fate.STOP, _("This person does not follow the account."), SYNC_AGAIN),
    43019: Entry(
        Fate.STOP,
        _("This follower is in the blacklist."),
        _("Take the follower out of the blacklist first."),
    ),
    46004: Entry(Fate.STOP, NOT_A_FOLLOWER, SYNC_AGAIN),
    49003: Entry(
        Fate.STOP,
        _("This OpenID belongs to another account."),
        _("Check that the right account is selected."),
    ),
    50005: Entry(Fate.STOP, _("This person does not follow the account."), SYNC_AGAIN),
    48002: Entry(Fate.STOP, NO_MESSAGES, CHECK_PERMISSION),
    48003: Entry(Fate.STOP, NO_MESSAGES, SEE_CONSOLE),
    48008: Entry(Fate.STOP, NO_MESSAGES, CHECK_PERMISSION),
    # Remarks and tags.
    40092: Entry(Fate.STOP, _("WeChat did not accept this remark."), SHORTEN),
    45056: Entry(
        Fate.STOP,
        _("The account already has 100 tags, the most that WeChat allows."),
        _("Delete a tag that is no longer needed first."),
    ),
    45057: Entry(
        Fate.STOP,
        _("WeChat does not delete a tag with more than 100,000 followers."),
        _("Remove the tag from its followers first."),
    ),
    45058: Entry(
        Fate.STOP,
        _("This tag belongs to WeChat itself and cannot be changed."),
        _("Choose a tag of your own."),
    ),
    45059: Entry(
        Fate.STOP,
        _("A follower already has 20 tags, the most that WeChat allows."),
        _("Remove a tag from that follower first."),
    ),
    45157: Entry(
        Fate.STOP,
        _("WeChat did not accept this tag name, or another tag has it."),
        _("Choose another name."),
    ),
    45158: Entry(Fate.STOP, _("This tag name is too long."), SHORTEN),
    # Also returned for parallel changes of tags, which is temporary.
    45159: Entry(
        Fate.RETRY,
        _("WeChat does not know this tag, or is still busy with another change of tags."),
        _(
            "It is tried again by itself. If this keeps happening, the tag was probably deleted in "
            "the WeChat console: sync the account again, then repeat what you did."
        ),
    ),
    # Explaining requests and quotas.
    **dict.fromkeys((76001, 76002, 76003), Entry(Fate.STOP, BAD_RID, OUR_FAULT)),
    **dict.fromkeys((76021, 76022), Entry(Fate.STOP, BAD_PATH, OUR_FAULT)),
}

UNKNOWN = Entry(
    Fate.STOP,
    _("WeChat refused the request with code %(code)s: %(errmsg)s"),
    _(
        "This code is not known here. Give the technical detail below to whoever runs this "
        "system, or look the code up in WeChat's documentation."
    ),
)

CHECK_SERVER = _(
    "It is tried again by itself. If it lasts, ask whoever runs this system whether the server "
    "can reach the internet, and the address of the WeChat API in its settings."
)
KINDS: dict[str, Entry] = {
    "connection": Entry(Fate.RETRY, _("WeChat could not be reached."), CHECK_SERVER),
    "timeout": Entry(Fate.RETRY, _("WeChat did not answer in time."), CHECK_SERVER),
    "http": Entry(Fate.RETRY, _("WeChat's server answered with HTTP %(status)s."), WAITS_BY_ITSELF),
    "garbage": Entry(Fate.RETRY, _("WeChat's answer could not be read."), WAITS_BY_ITSELF),
    "secret": Entry(
        Fate.STOP,
        _("The stored AppSecret cannot be decrypted with the present ENCRYPTION_KEYS."),
        _(
            "Whoever runs this system has to put the old key back, or to enter the AppSecret "
            "again. There is no need to reset it at WeChat."
        ),
    ),
    "shape": Entry(Fate.RETRY, _("WeChat's answer does not look as documented."), WAITS_BY_ITSELF),
}
REASONS: dict[str, Promise] = {
    "dns": _("The name of WeChat's server could not be resolved."),
    "tls": _("The certificate of WeChat's server could not be verified."),
    "proxy": _("The proxy between this server and WeChat refused the connection."),
}
