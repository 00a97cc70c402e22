"""What can be done to a member beside the form, by buttons: a link, mail, signing out."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followers.accounts import invitations, members
from followers.accounts.mail import can_send_mail
from followers.accounts.members import Facts
from followers.formats import format_datetime
from followers.models import StaffSession

from ..shared.model_admin import PageAdmin


class MemberBase(PageAdmin):
    """What the views ask of MemberAdmin."""

    def manages(self, request: HttpRequest, user: User) -> bool:
        raise NotImplementedError


def member_context(
    model_admin: MemberBase, request: HttpRequest, user: User | None
) -> dict[str, Any]:
    """Of the card above the form; empty for a new member."""
    if user is None:
        return {}
    is_own = user.pk == request.user.pk
    changeable = model_admin.has_change_permission(request, user)
    managed = changeable and model_admin.manages(request, user)
    context: dict[str, Any] = {"is_own_page": is_own, "managed": managed, "can_mail": False}
    context["taking_only"] = changeable and not managed
    if managed:
        context |= _link_context(request, user)
        context["may_deactivate"] = not is_own
    return context


def _link_context(request: HttpRequest, user: User) -> dict[str, Any]:
    invitation = invitations.invitation_of(user)
    active = user.is_active and user.is_staff
    waiting = invitation is not None and not invitation.used_at
    context: dict[str, Any] = {
        "active": active,
        "unaccepted": active and waiting and not user.has_usable_password(),
        "sessions": StaffSession.objects.filter(user=user).count(),
    }
    if active and invitation and invitations.is_open(invitation):
        context["invitation_link"] = invitations.link(user, request)
        context["valid_until"] = format_datetime(invitations.valid_until(invitation))
        context["can_mail"] = bool(user.email) and can_send_mail()
    return context


def mail_link(request: HttpRequest, user: User) -> None:
    """Send the link and say whether that worked; it can be copied in any case."""
    if invitations.send(user, invitations.link(user, request)):
        text = _("The link was sent to %(address)s.")
        messages.success(request, text % {"address": user.email})
    else:
        messages.error(
            request, _("The mail server did not take the mail. Copy the link below instead.")
        )


def offer_link(request: HttpRequest, user: User) -> HttpResponse:
    """To the member's page, which shows the link that works now."""
    text = _(
        "The e-mail address has changed, so the link from before does not work any more. "
        "Send them the one below."
    )
    messages.warning(request, text)
    return redirect("admin:auth_user_change", user.pk)


def _member(model_admin: MemberBase, request: HttpRequest, object_id: int) -> User:
    """Raises Http404 for those whom the reader does not see."""
    found = model_admin.get_object(request, str(object_id))
    if found is None:
        raise Http404
    if not (
        model_admin.has_change_permission(request, found) and model_admin.manages(request, found)
    ):
        raise PermissionDenied
    return found


def renew(model_admin: MemberBase, request: HttpRequest, object_id: int) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    user = _member(model_admin, request, object_id)
    members.renew_invitation(request.user, user)
    messages.success(request, _("There is a new link. Those before it do not work any more."))
    return redirect("admin:auth_user_change", user.pk)


def send_again(model_admin: MemberBase, request: HttpRequest, object_id: int) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    user = _member(model_admin, request, object_id)
    if not (
        user.email and can_send_mail() and invitations.is_open(invitations.invitation_of(user))
    ):
        raise PermissionDenied
    mail_link(request, user)
    return redirect("admin:auth_user_change", user.pk)


def sign_out(model_admin: MemberBase, request: HttpRequest, object_id: int) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    user = _member(model_admin, request, object_id)
    number = members.sign_out_everywhere(request.user, user)
    text = ngettext("Signed out on %(n)s device.", "Signed out on %(n)s devices.", number)
    messages.success(request, text % {"n": number})
    return redirect("admin:auth_user_change", user.pk)


def set_active(model_admin: MemberBase, request: HttpRequest, object_id: int) -> HttpResponse:
    """With active=1 they may sign in again, otherwise they are out at once."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    user = _member(model_admin, request, object_id)
    active = request.POST.get("active") == "1"
    members.change(request.user, user, Facts(is_active=active))
    text = (
        _("“%(name)s” may sign in again.")
        if active
        else _("“%(name)s” is deactivated and signed out.")
    )
    messages.success(request, text % {"name": user.get_full_name() or user.get_username()})
    return redirect("admin:auth_user_change", user.pk)
