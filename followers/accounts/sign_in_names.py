"""Names to sign in with. Those that differ only in case are one, wherever somebody is named."""

import re
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

NAME_LENGTH = User._meta.get_field("username").max_length or 0


def fold(name: str) -> str:
    """The same for all spellings of a name."""
    return User.normalize_username(name).casefold()


def bearers_of(name: str) -> list[User]:
    """Who is meant: several only where names of old differ in case, none spelled as typed."""
    if len(name) > NAME_LENGTH:
        return []
    # SQLite knows no case beyond ASCII but in Python's own regular expressions.
    spelled = re.escape(User.normalize_username(name))
    rows = User.objects.filter(username__iregex=f"^{spelled}$").order_by("pk")
    # Those of Python and PostgreSQL equate a few letters more, such as the two Turkish ones.
    found = [user for user in rows if fold(user.username) == fold(name)]
    return [user for user in found if user.username == name] or found


def refuse_twin(sender: Any, instance: User, raw: bool = False, **_signal: Any) -> None:
    """Before a user is added, in any way, `createsuperuser` among them. Raises ValidationError."""
    if raw or not instance._state.adding:
        return
    twins = [it for it in bearers_of(instance.username) if it.username != instance.username]
    if twins:
        text = _("There is already a member “%(name)s”. Upper and lower case are the same.")
        raise ValidationError(text % {"name": twins[0].get_username()})


def bearer_of(name: str) -> User | None:
    """The one who is meant; None for nobody and for several."""
    found = bearers_of(name)
    return found[0] if len(found) == 1 else None
