"""Invite a member, or give a known one another role and accounts; prints the invitation's link."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from ...accounts import invitations, members
from ...accounts.access import OPERATOR
from ...accounts.mail import can_send_mail
from ...accounts.members import Facts
from ...accounts.roles import LABELS
from ...accounts.sign_in_names import bearers_of
from ..console import errors_in_words, get_account


class Command(BaseCommand):
    help = (
        "Invite a member and print the link with which they set their password, once, within 72 "
        "hours. Of a known name, in whatever case, the role, the accounts and the address are "
        "changed, where given. "
        "Exit status: 0, 1 the mail could not be sent, 2 bad usage or unknown APP_ID."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="the name to sign in with")
        parser.add_argument("--email", help="needed for --mail")
        parser.add_argument("--full-name", help="the name that others see")
        parser.add_argument("--role", choices=[*LABELS])
        parser.add_argument(
            "--account",
            action="append",
            metavar="APP_ID",
            help="an account that they belong to, instead of those before; may be repeated",
        )
        parser.add_argument("--mail", action="store_true", help="send the link to the address")

    @errors_in_words()
    def handle(self, *args: Any, name: str, mail: bool, **options: Any) -> None:
        # Names that are no UTF-8 reach Python as something that no database takes.
        name = User.normalize_username(name.encode(errors="replace").decode())
        accounts = options["account"]
        facts = Facts(
            name=options["full_name"],
            email=options["email"],
            role=options["role"],
            accounts=None if accounts is None else [get_account(it).pk for it in accounts],
        )
        user = known = _known(name)
        _check(user or User(username=name), facts, mail=mail)
        needs_link = mail
        with transaction.atomic():
            if user is None:
                user = self._invite(name, facts)
            else:
                needs_link |= members.change(OPERATOR, user, facts)
                self.stdout.write(_("%(name)s was updated.") % {"name": user.get_username()})
        user = User.objects.select_related("invitation").get(pk=user.pk)
        if not user.has_usable_password() or needs_link:
            # A new one has a link already.
            invited = members.renew_invitation(OPERATOR, user) if known else user
            self._print_link(invited, mail=mail)

    def _invite(self, name: str, facts: Facts) -> User:
        if facts.role is None:
            raise CommandError(_("A new member needs --role."), returncode=2)
        user = members.invite(OPERATOR, name, facts)
        self.stdout.write(_("%(name)s was added.") % {"name": name})
        return user

    def _print_link(self, user: User, *, mail: bool) -> None:
        link = invitations.link(user)
        self.stdout.write(link)
        if link.startswith("/"):
            text = _("Put this site's address in front of it, or set SITE_URL.")
            self.stderr.write(text)
        if mail and not invitations.send(user, link):
            raise CommandError(_("The mail could not be sent. The link works all the same."))


def _known(name: str) -> User | None:
    """Who bears the name, however it is spelled."""
    found = bearers_of(name)
    if len(found) > 1:
        text = _("Which of these is meant? %(names)s")
        names = ", ".join(it.get_username() for it in found)
        raise CommandError(text % {"names": names}, returncode=2)
    return found[0] if found else None


def _check(user: User, facts: Facts, *, mail: bool) -> None:
    """Raises CommandError with status 2 for what no form would take."""
    text = ""
    if user.pk and not (user.is_active and user.is_staff):
        text = _("%(name)s is deactivated. Activate them on their page first.")
    elif user.is_superuser and (facts.role is not None or facts.accounts is not None):
        text = _("%(name)s is a superuser, who has all accounts and needs no role.")
    if text:
        raise CommandError(text % {"name": user.get_username()}, returncode=2)
    email = user.email if facts.email is None else facts.email
    if mail and not email:
        raise CommandError(_("--mail needs --email."), returncode=2)
    if mail and not can_send_mail():
        raise CommandError(_("--mail needs EMAIL_URL."), returncode=2)
    user.email = email
    user.first_name = user.first_name if facts.name is None else facts.name
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise CommandError(" ".join(error.messages), returncode=2) from None
