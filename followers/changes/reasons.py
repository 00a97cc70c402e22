"""The texts for what a change ended with, and for why followers or tags were skipped."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..runs.messages import ReasonTexts
from .change import kinds

REASONS: dict[str, ReasonTexts] = {
    "no_such_tag": (
        _("The tag no longer exists in WeChat."),
        _("Sync this account to see its present tags. Create the tag again if it is needed."),
    ),
    "all_refused": (
        _("WeChat refused the first %(number)s followers one by one; none was changed."),
        _("Sync this account, look at the reasons below, then try those who are left again."),
    ),
}

# Reasons besides those of the kinds' skip_rules.
SKIPPED: dict[str, Promise] = {
    "gone": _("is no longer known here"),
    "as_wanted": _("has the tags as wanted already"),
    "changed_since": _("was changed by others since"),
    "tag_gone": _("the tag no longer exists"),
    "tag_renamed": _("the tag was renamed since, so it stays"),
    "tag_in_use": _("followers still have the tag, so it stays"),
}


def skip_reason_texts() -> dict[str, Promise]:
    """Why followers, or a tag itself, are skipped, by reason."""
    rules = (rule for kind in kinds() for rule in kind.skip_rules)
    return {rule.reason: rule.text for rule in rules} | SKIPPED


def skip_reason_text(reason: str) -> str | Promise:
    return skip_reason_texts().get(reason, reason)
