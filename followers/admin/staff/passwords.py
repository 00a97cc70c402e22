"""Setting a password: with an invitation, or with a link that somebody who forgot it asked for."""

from threading import Thread
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from followers.accounts import invitations, mail
from followers.accounts.mail import can_send_mail

from ..shared.cache import call_cache

BACKEND = "followers.accounts.backend.StaffBackend"
NOBODY = 0
MAIL_EVERY = 120


class SetPassword(views.PasswordResetConfirmView):
    """Django's: it keeps the token in the session, so that the address is left without it."""

    template_name = "registration/set_password.html"
    post_reset_login = True
    post_reset_login_backend = BACKEND
    success_url = reverse_lazy("admin:index")
    reset_url_token = "set"  # noqa: S105
    title = _("Set your password")

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if user is not None and user.is_active and user.is_staff else None

    def form_valid(self, form: Any) -> Any:
        # Whoever sets a password needs no invitation any more.
        invitations.mark_used(form.user)
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}


class Invited(SetPassword):
    token_generator = invitations.tokens
    extra_context = {"invited": True}

    @transaction.atomic
    def form_valid(self, form: Any) -> Any:
        """Of two who open the link at the same moment, one sets the password."""
        if invitations.mark_used(form.user):
            return super().form_valid(form)
        self.validlink = False
        return self.render_to_response(self.get_context_data())


class ForgotForm(PasswordResetForm):
    """Django's; the mail is sent beside the request, which takes as long without one.

    A person gets one in MAIL_EVERY seconds, whoever asks.
    """

    def get_users(self, email: str) -> list[User]:
        # For an address that nobody has, the same is done for nobody.
        return list(super().get_users(email)) or [User(pk=NOBODY, username="-", email=email)]

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: Any,
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        # In this thread, which has the reader's language.
        subject = " ".join(render_to_string(subject_template_name, context).split())
        text = render_to_string(email_template_name, context)
        key = f"forgotten-password:{context['user'].pk}"
        if call_cache(cache.add, key, 1, MAIL_EVERY) is False or context["user"].pk == NOBODY:
            return
        Thread(target=mail.send, args=(to_email, subject, text), daemon=True).start()


class _WithMail:
    """404 where no mail can be sent."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not can_send_mail():
            raise Http404
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return answer


class ForgotPassword(_WithMail, views.PasswordResetView):
    """The same answer for every address, known or not."""

    form_class = ForgotForm
    template_name = "registration/forgot_password.html"
    email_template_name = "registration/forgot_password_mail.txt"
    subject_template_name = "registration/forgot_password_subject.txt"
    success_url = reverse_lazy("forgot_password_sent")
    title = _("Forgotten your password?")

    def form_valid(self, form: Any) -> Any:
        self.extra_email_context = {"site_url": settings.SITE_URL.rstrip("/")}
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}


class ForgotPasswordSent(_WithMail, views.PasswordResetDoneView):
    template_name = "registration/forgot_password_sent.html"
    title = _("Look into your mailbox")
    extra_context = {"minutes": MAIL_EVERY // 60}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}
