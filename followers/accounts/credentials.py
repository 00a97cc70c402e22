"""AppID and AppSecret: what people copy into a form, and what follows when a secret is replaced."""

import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from ..models import EPOCH, AccessToken, OfficialAccount

APP_ID_LENGTH = 18
# What surrounds a text that was copied from a page or a chat, of which str.strip knows but blanks.
_INVISIBLE = r"[\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
_AROUND = re.compile(rf"^{_INVISIBLE}|{_INVISIBLE}$")


def clean_app_id(text: str) -> str:
    """The AppID in a text that somebody has copied; raises ValidationError that says what is wrong.

    wx and 16 letters or digits: Tencent documents no form, all samples have it.
    """
    app_id = _AROUND.sub("", text)
    strange = re.search("[^0-9A-Za-z]", app_id)
    if app_id.startswith("gh_"):
        wrong = _("gh_… is the original ID (原始ID); the AppID stands in another place.")
    elif not app_id.startswith("wx"):
        wrong = _("This one does not begin with wx.")
    elif strange:
        wrong = _("This one holds “%(character)s”.") % {"character": strange[0]}
    elif len(app_id) != APP_ID_LENGTH:
        wrong = _("This one has %(length)s.") % {"length": len(app_id)}
    else:
        return app_id
    rule = _("An AppID has 18 characters: wx, then 16 letters and digits.")
    raise ValidationError(f"{rule} {wrong}")


def clean_secret(text: str) -> str:
    """The AppSecret in a text that somebody has copied; raises ValidationError where none can be.

    Printable ASCII without blanks: Tencent documents no alphabet, samples are hexadecimal.
    """
    secret = _AROUND.sub("", text)
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
    """Store another AppSecret; the token that the old one fetched is forgotten with it."""
    account.app_secret = secret
    account.save(update_fields=["app_secret"])
    AccessToken.objects.filter(account=account).update(
        value="", use_until=EPOCH, fetching_until=EPOCH, version=F("version") + 1
    )
