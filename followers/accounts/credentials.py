"""Validation of AppIDs and AppSecrets in forms, and replacing an AppSecret."""

import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from ..audit import Action, record
from ..models import EPOCH, AccessToken, OfficialAccount

APP_ID_LENGTH = 18
# Characters around a copied text; str.strip only removes whitespace.
_INVISIBLE = r"[\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
_SURROUNDING = re.compile(rf"^{_INVISIBLE}|{_INVISIBLE}$")


def clean_app_id(text: str) -> str:
    """The AppID without surrounding characters; raises ValidationError with the reason.

    wx and 16 letters or digits: Tencent documents no format, all samples have this one.
    """
    app_id = _SURROUNDING.sub("", text)
    invalid = re.search("[^0-9A-Za-z]", app_id)
    if app_id.startswith("gh_"):
        problem = _("gh_… is the original ID (原始ID); the AppID stands in another place.")
    elif not app_id.startswith("wx"):
        problem = _("This one does not begin with wx.")
    elif invalid:
        problem = _("This one holds “%(character)s”.") % {"character": invalid[0]}
    elif len(app_id) != APP_ID_LENGTH:
        problem = _("This one has %(length)s.") % {"length": len(app_id)}
    else:
        return app_id
    rule = _("An AppID has 18 characters: wx, then 16 letters and digits.")
    raise ValidationError(f"{rule} {problem}")


def clean_secret(text: str) -> str:
    """The AppSecret without surrounding characters; raises ValidationError if it is invalid.

    Printable ASCII without blanks: Tencent documents no alphabet, samples are hexadecimal.
    """
    secret = _SURROUNDING.sub("", text)
    if not re.fullmatch("[!-~]*", secret):
        raise ValidationError(
            _(
                "An AppSecret consists of letters and digits without spaces. Copy it again from "
                "the WeChat console."
            )
        )
    return secret


@transaction.atomic
def replace_secret(account: OfficialAccount, secret: str) -> None:
    """Store another AppSecret and delete the token that was fetched with the old one."""
    account.app_secret = secret
    # What was refused until tomorrow is asked for again at once.
    account.wechat_figures_due_at = None
    account.save(update_fields=["app_secret", "wechat_figures_due_at"])
    AccessToken.objects.filter(account=account).update(
        value="", use_until=EPOCH, fetching_until=EPOCH, version=F("version") + 1
    )
    # That it was replaced; never what it is.
    record(Action.SECRET_REPLACED, subject=account.name, accounts=[account])
