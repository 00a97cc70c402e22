"""Send test: sends now, and says in words what came back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from followers.alerts.answers import sentence
from followers.alerts.delivery import send_test
from followers.models import AlertDelivery, AlertTarget

from ..shared.endpoints import post_only
from ..shared.model_admin import OwnObjectsAdmin

# A little more than sending may take.
WAIT_SECONDS = 9.0


@post_only("change_alerttarget")
def test(
    model_admin: OwnObjectsAdmin, request: HttpRequest, target: AlertTarget
) -> HttpResponseBase:
    sent = send_test(target, WAIT_SECONDS)
    if sent.status == AlertDelivery.Status.SENT:
        messages.success(request, _("The test message was sent. Look whether it has arrived."))
    elif sent.status == AlertDelivery.Status.PENDING:
        messages.warning(
            request,
            _(
                "The test message is still on its way. Reload this page in a moment; its result is "
                "in the history below."
            ),
        )
    else:
        messages.error(request, sentence(target.service, sent.answer, sent.answer_code))
    return HttpResponseRedirect(reverse("admin:followers_alerttarget_change", args=[target.pk]))
