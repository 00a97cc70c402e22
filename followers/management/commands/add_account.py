"""Create or update an Official Account; the AppSecret never appears on the command line."""

import os
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from ...accounts.credentials import clean_app_id, clean_secret, replace_secret
from ...audit import Action, record
from ...models import OfficialAccount
from ..console import errors_in_words


class Command(BaseCommand):
    help = (
        "Add an Official Account, or update the one with this AppID. The AppSecret is read from "
        "WECHAT_APP_SECRET or asked for. WeChat is not called."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("app_id", metavar="APP_ID")
        parser.add_argument("--name", required=True, help="the name that staff see")

    def handle(self, *args: Any, app_id: str, name: str, **options: Any) -> None:
        try:
            secret = os.environ.get("WECHAT_APP_SECRET") or getpass("AppSecret: ")
        except EOFError:
            secret = ""
        with errors_in_words():
            self._save(app_id, name, secret)

    def _save(self, app_id: str, name: str, secret: str) -> None:
        accounts = OfficialAccount.objects
        try:
            # A known AppID can be updated whatever its form.
            if not accounts.filter(app_id=app_id).exists():
                app_id = clean_app_id(app_id)
            account = accounts.filter(app_id=app_id).first() or OfficialAccount(app_id=app_id)
            known, name_before = account.pk is not None, account.name
            account.name, account.app_secret = name, clean_secret(secret)
            account.full_clean(validate_constraints=False)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from None
        if not account.app_secret:
            raise CommandError(_("The AppSecret is empty."), returncode=2)
        with transaction.atomic():
            account.save()
            self._record(account, known=known, name_before=name_before)
            if known:
                replace_secret(account, account.app_secret)
        sentence = _("%(name)s was updated.") if known else _("%(name)s was added.")
        self.stdout.write(sentence % {"name": f"{name} ({app_id})"})

    def _record(self, account: OfficialAccount, *, known: bool, name_before: str) -> None:
        if not known:
            record(Action.ACCOUNT_ADDED, subject=account.name, accounts=[account])
        elif account.name != name_before:
            names = {"renamed": [name_before, account.name]}
            record(Action.ACCOUNT_CHANGED, subject=account.name, accounts=[account], details=names)
