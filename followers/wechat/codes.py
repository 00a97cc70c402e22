"""WeChat's error codes as one table: what each one means, what to do about it, and its fate.

The numbers and meanings follow WeChat's published list of return codes and the code lists of the
common open-source clients; where the two disagree, what real answers showed decides.
"""

from enum import StrEnum
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Fate(StrEnum):
    """What a caller does about an error."""

    RETRY = "retry"
    """Passing trouble: try again soon, with growing pauses."""
    WAIT = "wait"
    """A limit that lifts by itself at a known time: wait for it."""
    STOP = "stop"
    """Only a person can change this: stop and say how."""
    RENEW = "renew"
    """The access token is refused: take a new one and repeat once."""


MIDNIGHT = "midnight"
"""Wait until the next midnight in Beijing, when daily quotas are assumed to start again."""


class Code(NamedTuple):
    """One row: `wait` is seconds, or MIDNIGHT, and None where the fate is not WAIT."""

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
WHITELIST = _(
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
    "account is verified (微信认证) and may call user management."
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
CONFIRM = _("WeChat waits for the administrator to confirm that this server may call.")
NO_MESSAGES = _("WeChat does not let this account send this message.")
MAY_NOT = _("This account may not use %(function)s.")
BAD_RID = _("WeChat cannot explain that request number.")
BAD_PATH = _("WeChat does not count calls of that address, or does not show them.")


# Reference: https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
CODES: dict[int, Code] = {
    **dict.fromkeys(
        (40002, 40033, 40066, 41001, 41002, 41009, 43002, 43003, 44002, 47001),
        Code(Fate.STOP, BAD_REQUEST, OUR_FAULT),
    ),
    **dict.fromkeys((40031, 40032), Code(Fate.STOP, BAD_LIST, OUR_FAULT)),
    **dict.fromkeys((40035, 40097, 61451, 61500, 61501), Code(Fate.STOP, BAD_VALUE, OUR_FAULT)),
    **dict.fromkeys(
        (40050, 40051, 40117, 40152, 45016, 45017, 45018),
        Code(Fate.STOP, LEGACY_GROUP, SYNC_TAGS),
    ),
    **dict.fromkeys((89501, 89502, 89503, 89504, 89505), Code(Fate.WAIT, CONFIRM, ASK_ADMIN, 600)),
    -1: Code(Fate.RETRY, _("WeChat is busy."), WAITS_BY_ITSELF),
    61450: Code(Fate.RETRY, _("WeChat reports an error of its own."), WAITS_BY_ITSELF),
    # Access tokens and who may call.
    **dict.fromkeys((40001, 40014, 42001), Code(Fate.RENEW, TOKEN_REFUSED, OTHER_TOKEN_USER)),
    42007: Code(Fate.STOP, _("The authorisation of this account has ended."), REAUTHORISE),
    40013: Code(Fate.STOP, _("WeChat does not know this AppID."), FIX_APP_ID),
    40125: Code(Fate.STOP, _("The AppSecret is wrong."), FIX_SECRET),
    41004: Code(Fate.STOP, _("The AppSecret is missing."), FIX_SECRET),
    **dict.fromkeys((40164, 45035, 61004), Code(Fate.STOP, NOT_LISTED, WHITELIST)),
    40243: Code(
        Fate.STOP,
        _("The AppSecret is frozen."),
        _(
            "Ask the account's administrator to unfreeze the AppSecret in the WeChat console "
            "(微信公众平台 → 设置与开发 → 开发接口管理 → 基本配置). It works ten minutes later."
        ),
    ),
    48001: Code(Fate.STOP, MAY_NOT, CHECK_PERMISSION),
    48004: Code(Fate.STOP, _("WeChat has banned %(function)s for the account."), SEE_CONSOLE),
    50001: Code(Fate.STOP, MAY_NOT, CHECK_PERMISSION),
    50002: Code(Fate.STOP, _("WeChat has restricted or frozen this account."), SEE_CONSOLE),
    61007: Code(Fate.STOP, _("This account has not authorised %(function)s."), REAUTHORISE),
    61024: Code(
        Fate.STOP,
        _("This AppID belongs to a third-party platform, not to an Official Account."),
        FIX_APP_ID,
    ),
    89506: Code(
        Fate.WAIT,
        _("The administrator refused this server's address twice; WeChat blocks it for a day."),
        ASK_ADMIN,
        24 * 3600,
    ),
    89507: Code(
        Fate.WAIT,
        _("The administrator refused this server's address; WeChat blocks it for an hour."),
        ASK_ADMIN,
        3600,
    ),
    # Limits.
    45009: Code(
        Fate.WAIT,
        _("Today's calls of %(function)s are used up."),
        _(
            "Nothing to do: it goes on after midnight, Beijing time. If it cannot wait, the "
            "account's administrator can reset the quota in the WeChat console, ten times a month."
        ),
        MIDNIGHT,
    ),
    45011: Code(Fate.WAIT, _("Too many calls within a minute."), WAITS_BY_ITSELF, 60),
    45047: Code(Fate.WAIT, _("Too many messages to this follower."), WAITS_BY_ITSELF, 3600),
    45169: Code(Fate.WAIT, _("Tags are being changed too fast."), WAITS_BY_ITSELF, 60),
    48006: Code(
        Fate.STOP,
        _("No quota reset is left this month."),
        _("Wait for the daily quota to start again after midnight, Beijing time."),
    ),
    61503: Code(
        Fate.WAIT, _("WeChat has not finished these statistics yet."), WAITS_BY_ITSELF, 3600
    ),
    # Followers.
    40003: Code(Fate.STOP, NOT_A_FOLLOWER, SYNC_AGAIN),
    43004: Code(Fate.STOP, _("This person does not follow the account."), SYNC_AGAIN),
    43019: Code(
        Fate.STOP,
        _("This follower is in the blacklist."),
        _("Take the follower out of the blacklist first."),
    ),
    46004: Code(Fate.STOP, NOT_A_FOLLOWER, SYNC_AGAIN),
    49003: Code(
        Fate.STOP,
        _("This OpenID belongs to another account."),
        _("Check that the right account is selected."),
    ),
    50005: Code(Fate.STOP, _("This person does not follow the account."), SYNC_AGAIN),
    48002: Code(Fate.STOP, NO_MESSAGES, CHECK_PERMISSION),
    48003: Code(Fate.STOP, NO_MESSAGES, SEE_CONSOLE),
    48008: Code(Fate.STOP, NO_MESSAGES, CHECK_PERMISSION),
    # Remarks and tags.
    40092: Code(Fate.STOP, _("WeChat did not accept this remark."), SHORTEN),
    45056: Code(
        Fate.STOP,
        _("The account already has 100 tags, the most that WeChat allows."),
        _("Delete a tag that is no longer needed first."),
    ),
    45057: Code(
        Fate.STOP,
        _("WeChat does not delete a tag with more than 100,000 followers."),
        _("Remove the tag from its followers first."),
    ),
    45058: Code(
        Fate.STOP,
        _("This tag belongs to WeChat itself and cannot be changed."),
        _("Choose a tag of your own."),
    ),
    45059: Code(
        Fate.STOP,
        _("A follower already has 20 tags, the most that WeChat allows."),
        _("Remove a tag from that follower first."),
    ),
    45157: Code(
        Fate.STOP,
        _("WeChat did not accept this tag name, or another tag has it."),
        _("Choose another name."),
    ),
    45158: Code(Fate.STOP, _("This tag name is too long."), SHORTEN),
    # Also the answer to tagging in parallel, which passes.
    45159: Code(
        Fate.RETRY,
        _("WeChat does not know this tag, or is still busy with another change of tags."),
        _(
            "It is tried again by itself. If this keeps happening, the tag was probably deleted in "
            "the WeChat console: sync the account again, then repeat what you did."
        ),
    ),
    # Explaining requests and quotas.
    **dict.fromkeys((76001, 76002, 76003), Code(Fate.STOP, BAD_RID, OUR_FAULT)),
    **dict.fromkeys((76021, 76022), Code(Fate.STOP, BAD_PATH, OUR_FAULT)),
}

UNKNOWN = Code(
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
KINDS: dict[str, Code] = {
    "connection": Code(Fate.RETRY, _("WeChat could not be reached."), CHECK_SERVER),
    "timeout": Code(Fate.RETRY, _("WeChat did not answer in time."), CHECK_SERVER),
    "http": Code(Fate.RETRY, _("WeChat's server answered with HTTP %(status)s."), WAITS_BY_ITSELF),
    "garbage": Code(Fate.RETRY, _("WeChat's answer could not be read."), WAITS_BY_ITSELF),
    "secret": Code(
        Fate.STOP,
        _("The stored AppSecret cannot be decrypted with the present ENCRYPTION_KEYS."),
        _(
            "Whoever runs this system has to put the old key back, or to enter the AppSecret "
            "again. There is no need to reset it at WeChat."
        ),
    ),
    "shape": Code(Fate.RETRY, _("WeChat's answer does not look as documented."), WAITS_BY_ITSELF),
}
REASONS: dict[str, Promise] = {
    "dns": _("The name of WeChat's server could not be resolved."),
    "tls": _("The certificate of WeChat's server could not be verified."),
    "proxy": _("The proxy between this server and WeChat refused the connection."),
}
