"""What comes back from a target: a key and a number that are stored, and their words.

An answer never holds an address or a text of the other side.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from ..formats import join_sentences


@dataclass(frozen=True)
class Answer:
    """code: an HTTP status, an SMTP reply or the service's own error code."""

    ok: bool
    key: str
    code: int | None = None


SENT = "sent"
REFUSED = "refused"
HTTP = "http"
REDIRECTED = "redirected"
TIMED_OUT = "timed_out"
UNREACHABLE = "unreachable"
NO_SUCH_HOST = "no_such_host"
CERTIFICATE = "certificate"
NOT_UNDERSTOOD = "not_understood"
MAIL_REFUSED = "mail_refused"
MAIL_LOGIN = "mail_login"
MAIL_NOT_CONFIGURED = "mail_not_configured"
UNREADABLE = "unreadable"
UNKNOWN = "unknown"

Words = tuple[Promise, Promise]
COPY_AGAIN = gettext_lazy(
    "Copy the bot's webhook address again, or add a new bot, and enter it here anew."
)
LATER = gettext_lazy("It is tried again by itself.")

# key: what it means, and what to do.
WORDS: dict[str, Words] = {
    SENT: (gettext_lazy("Sent."), gettext_lazy("")),
    REFUSED: (
        gettext_lazy("The service refused the message (error %(code)s)."),
        gettext_lazy("Look the number up in the service's documentation of its group bots."),
    ),
    HTTP: (
        gettext_lazy("The other side answered with HTTP %(code)s."),
        gettext_lazy("Check the address with whoever runs the other system."),
    ),
    REDIRECTED: (
        gettext_lazy("The other side answered with a redirect (HTTP %(code)s)."),
        gettext_lazy("Redirects are not followed: enter the address that it leads to."),
    ),
    TIMED_OUT: (
        gettext_lazy("The other side did not answer in time."),
        gettext_lazy("Check that it is running, and that this server may reach it."),
    ),
    UNREACHABLE: (
        gettext_lazy("The other side cannot be reached."),
        gettext_lazy(
            "Check host and port, and that firewall and proxy let this server connect to it."
        ),
    ),
    NO_SUCH_HOST: (
        gettext_lazy("The host's name was not found."),
        gettext_lazy("Check the address for typing errors, and the DNS of this server."),
    ),
    CERTIFICATE: (
        gettext_lazy("The other side's certificate is not valid."),
        gettext_lazy("Have it renewed, or use the name that it was made out for."),
    ),
    NOT_UNDERSTOOD: (
        gettext_lazy("Something answered that is not the service."),
        gettext_lazy("Often a proxy or a sign-in page of the network stands in between."),
    ),
    MAIL_REFUSED: (
        gettext_lazy("The mail server refused the message (%(code)s)."),
        gettext_lazy(
            "Check the recipients, and that DEFAULT_FROM_EMAIL is an address that this mail server "
            "lets its user send from."
        ),
    ),
    MAIL_LOGIN: (
        gettext_lazy("The mail server refused user name or password (%(code)s)."),
        gettext_lazy(
            "Check EMAIL_URL. Many mail services want an authorization code instead of the "
            "password."
        ),
    ),
    MAIL_NOT_CONFIGURED: (
        gettext_lazy("No mail server is set up."),
        gettext_lazy("Ask whoever runs this server to set EMAIL_URL; the README says how."),
    ),
    UNREADABLE: (
        gettext_lazy("The stored address cannot be decrypted."),
        gettext_lazy("Enter it again, or restore the key that is missing in ENCRYPTION_KEYS."),
    ),
    UNKNOWN: (
        gettext_lazy("It could not be sent, for a reason that is not known."),
        gettext_lazy("Enter the address again; if that does not help, report it with the time."),
    ),
}

# (service, error code): what it means, and what to do.
# https://developer.work.weixin.qq.com/document/path/90313
# https://open.dingtalk.com/document/orgapp/custom-robot-access
# https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
REASONS: dict[tuple[str, int], Words] = {
    ("wecom", 93000): (
        gettext_lazy("WeCom does not know this bot (93000): its key is wrong, or it was removed."),
        COPY_AGAIN,
    ),
    ("wecom", 45009): (
        gettext_lazy("WeCom accepts 20 messages a minute from a bot, and this was one more."),
        LATER,
    ),
    ("wecom", 40058): (
        gettext_lazy("WeCom refused the message's form (40058)."),
        gettext_lazy("Report this with the time: the fault is not yours."),
    ),
    ("dingtalk", 310000): (
        gettext_lazy("DingTalk refused the message for the bot's security settings (310000)."),
        gettext_lazy(
            "With “Sign” (加签), enter its secret here. With keywords, set one that stands in "
            "every message: “wxadmin”. With IP addresses, add that of this server."
        ),
    ),
    ("dingtalk", 300001): (gettext_lazy("DingTalk does not know this bot."), COPY_AGAIN),
    ("dingtalk", 300005): (gettext_lazy("DingTalk does not know this bot's token."), COPY_AGAIN),
    ("dingtalk", 400101): (gettext_lazy("DingTalk does not know this bot's token."), COPY_AGAIN),
    ("dingtalk", 400102): (
        gettext_lazy("The bot was switched off in DingTalk."),
        gettext_lazy("Switch it on in the group's settings, or add a new bot."),
    ),
    ("dingtalk", 400013): (
        gettext_lazy("The DingTalk group was dissolved."),
        gettext_lazy("Add a bot to another group."),
    ),
    ("dingtalk", 410100): (
        gettext_lazy("DingTalk accepts 20 messages a minute from a bot, and this was one more."),
        LATER,
    ),
    ("dingtalk", 430104): (gettext_lazy("DingTalk takes the message for an advertisement."), LATER),
    ("feishu", 19021): (
        gettext_lazy("Feishu refused the signature (19021)."),
        gettext_lazy(
            "Enter the secret that stands beside “Signature verification” (签名校验) in the bot's "
            "settings, and have this server's clock set by NTP."
        ),
    ),
    ("feishu", 19022): (
        gettext_lazy("Feishu refused this server's IP address (19022)."),
        gettext_lazy("Add it to the bot's list of IP addresses, or switch that off."),
    ),
    ("feishu", 19024): (
        gettext_lazy("The message has none of the bot's keywords (19024)."),
        gettext_lazy("Set a keyword that stands in every message: “wxadmin”."),
    ),
    ("feishu", 19001): (gettext_lazy("Feishu does not know this bot (19001)."), COPY_AGAIN),
    ("feishu", 9499): (
        gettext_lazy("Feishu refused the message, or there were too many at once (9499)."),
        LATER,
    ),
    ("feishu", 11232): (
        gettext_lazy("Feishu accepts 5 messages a second from a bot, and this was one more."),
        LATER,
    ),
}


def explain(service: str, key: str, code: int | None = None) -> tuple[str, str]:
    """(what it means, what to do) in the active language; unknown keys are unknown reasons."""
    special = REASONS.get((service, code or 0)) if key == REFUSED else None
    meaning, advice = special or WORDS.get(key, WORDS[UNKNOWN])
    return str(meaning) % {"code": code if code is not None else "–"}, str(advice)


def sentence(service: str, key: str, code: int | None = None) -> str:
    """Both in one line."""
    return join_sentences(*explain(service, key, code))
