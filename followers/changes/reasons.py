"""What a change, or a part of it, ended with, in words."""

from django.utils.translation import gettext_lazy as _

from ..runs.messages import Reason

REASONS: dict[str, Reason] = {
    "no_such_tag": (
        _("The tag no longer exists in WeChat."),
        _("Sync this account to see its present tags. Create the tag again if it is needed."),
    ),
    "all_refused": (
        _("WeChat refused the first %(number)s followers one by one; none was changed."),
        _("Sync this account, look at the reasons below, then try those who are left again."),
    ),
}
