"""Alert targets: where alerts go, a button that tests it, and what was sent."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls.resolvers import URLPattern
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from unfold.decorators import display

from followers.accounts.access import accounts_of, own_accounts
from followers.alerts.addresses import shown_address
from followers.alerts.answers import explain
from followers.alerts.delivery import retry_now
from followers.audit import Action, record
from followers.models import AlertDelivery, AlertKind, AlertTarget, OfficialAccount

from ..shared.endpoints import admin_path
from ..shared.formats import natural_datetime
from ..shared.labels import isolated_text, label
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.safe_changelist import SafeChangeList
from . import send_test
from .form import HIDDEN_KINDS, SECRETS, TargetForm
from .history import called_at, history, latest_calls, state_label

CHOOSE = "admin/followers/alerttarget/choose.html"
# What each service is for, on the page that asks which.
SERVICES = {
    AlertTarget.Service.WECOM: gettext_lazy("A bot in a WeCom group (企业微信)."),
    AlertTarget.Service.DINGTALK: gettext_lazy("A bot in a DingTalk group (钉钉)."),
    AlertTarget.Service.FEISHU: gettext_lazy("A bot in a Feishu or Lark group (飞书)."),
    AlertTarget.Service.EMAIL: gettext_lazy("One or several e-mail addresses."),
    AlertTarget.Service.WEBHOOK: gettext_lazy("A system of your own, which is sent JSON."),
}


class TargetChangeList(SafeChangeList):
    """Adds the last result to the targets of this page."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        calls = latest_calls(self.result_list)
        for target in self.result_list:
            target.latest_call = calls.get(target.pk)


@admin.register(AlertTarget)
class AlertTargetAdmin(OwnObjectsAdmin):
    """Users see the targets of their own accounts; those of all accounts are for superusers."""

    form = TargetForm
    changelist_class = TargetChangeList
    change_form_outer_before_template = "admin/followers/alerttarget/before_form.html"
    change_form_before_template = "admin/followers/alerttarget/service.html"
    change_form_outer_after_template = "admin/followers/alerttarget/history.html"
    list_display = ("name", "where", "account_name", "told", "active", "last_result")
    list_select_related = ("account",)
    list_per_page = 50
    sortable_by = ("name",)
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name")
    show_full_result_count = False
    warn_unsaved_form = True

    # --- Who may do what ------------------------------------------------------------------------

    def _may(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        of_all = obj is not None and obj.account_id is None
        return super()._may(request, action, obj) and (not of_all or request.user.is_superuser)

    def has_add_permission(self, request: HttpRequest) -> bool:
        may = super().has_add_permission(request)
        return may and bool(request.user.is_superuser or own_accounts(request.user))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, ...]:
        """Counts only: there may be thousands of messages."""
        number = AlertDelivery.objects.filter(target__in=objs).count()
        counted = {AlertDelivery._meta.verbose_name_plural: number} if number else {}
        return [str(obj) for obj in objs], counted, set(), []

    # --- The list -------------------------------------------------------------------------------

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"title": _("Alerts")}

    @display(description=gettext_lazy("service"))
    def where(self, target: AlertTarget) -> SafeString:
        return format_html(
            '{}<span class="wx-sub"><bdi>{}</bdi></span>',
            target.get_service_display(),
            shown_address(target),
        )

    @display(description=gettext_lazy("account"))
    def account_name(self, target: AlertTarget) -> SafeString:
        return isolated_text(target.account.name if target.account else _("All accounts"))

    @display(description=gettext_lazy("what is told"))
    def told(self, target: AlertTarget) -> SafeString:
        kinds = [kind for kind in AlertKind if kind in target.kinds and kind not in HIDDEN_KINDS]
        text = _(", ").join(str(kind.label) for kind in kinds) if target.kinds else _("Everything")
        return format_html('<span class="wx-result">{}</span>', text)

    @display(description=gettext_lazy("active"))
    def active(self, target: AlertTarget) -> SafeString:
        return label(_("On"), "success") if target.is_active else label(_("Off"), "neutral")

    @display(description=gettext_lazy("last result"))
    def last_result(self, target: Any) -> SafeString | str:
        call = target.latest_call
        if call is None:
            return _("Nothing sent yet")
        sent = call.status == AlertDelivery.Status.SENT
        meaning = "" if sent else explain(target.service, call.answer, call.answer_code)[0]
        return format_html(
            '<span class="wx-result">{} {}<span class="wx-sub">{}</span></span>',
            state_label(call),
            meaning,
            natural_datetime(called_at(call)),
        )

    # --- The form -------------------------------------------------------------------------------

    @method_decorator(sensitive_post_parameters())
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """A new target begins with the choice of its service."""
        target = self.get_object(request, object_id) if object_id else None
        service = self._service(request, target)
        if object_id is None and not service and self.has_add_permission(request):
            choices = [(value, value.label, text) for value, text in SERVICES.items()]
            title = _("Add an alert target")
            return self.answer(request, CHOOSE, {"title": title, "choices": choices})
        page: dict[str, Any] = {
            "service": service,
            "service_label": dict(AlertTarget.Service.choices).get(service, ""),
            "other_services": [it for it in AlertTarget.Service.choices if it[0] != service],
        }
        if target is not None:
            may_change = self.has_change_permission(request, target)
            page |= {"target": target, "shown": shown_address(target), "may_test": may_change}
            page["history"] = history(target)
        else:
            page["title"] = _("Add an alert target")
        return super().changeform_view(
            request, object_id, form_url, {**page, **(extra_context or {})}
        )

    @staticmethod
    def _service(request: HttpRequest, target: AlertTarget | None) -> str:
        """The service of the form: a new one that was chosen, or the stored one; "" if none."""
        chosen = request.POST.get("service") or request.GET.get("service", "")
        if chosen in AlertTarget.Service.values:
            return chosen
        return target.service if target else ""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        form: Any = super().get_form(request, obj, change, **kwargs)
        service = self._service(request, obj) or AlertTarget.Service.WEBHOOK
        return type("ServiceForm", (form,), {"service": service})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        service = self._service(request, obj) or AlertTarget.Service.WEBHOOK
        secrets = SECRETS[service] if self._may_save(request, obj) else ()
        return [
            (None, {"fields": ["name", *secrets, "account", "is_active"]}),
            (
                gettext_lazy("What is told, and when"),
                {
                    "fields": [
                        "kinds",
                        "language",
                        "quiet_from",
                        "quiet_until",
                        "summary_at",
                    ]
                },
            ),
        ]

    def _may_save(self, request: HttpRequest, obj: Any) -> bool:
        if obj is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(
            db_field, request, queryset=accounts_of(request.user), **kwargs
        )
        if field is not None:
            field.required = not request.user.is_superuser
            field.empty_label = _("All accounts") if request.user.is_superuser else None
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "account" and field is not None:
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_view_related = field.widget.can_delete_related = False
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)
        if change:
            retry_now(obj)
        record_target(Action.TARGET_CHANGED if change else Action.TARGET_ADDED, obj, form)

    def delete_model(self, request: HttpRequest, obj: AlertTarget) -> None:
        record_target(Action.TARGET_DELETED, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AlertTarget]) -> None:
        with transaction.atomic():
            for target in queryset.select_related("account"):
                self.delete_model(request, target)

    def get_urls(self) -> list[URLPattern]:
        test = admin_path(self, "<int:object_id>/test/", send_test.test, "test")
        return [test, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertTarget]:
        return super().get_queryset(request).select_related("account")


def record_target(action: Action, target: AlertTarget, form: ModelForm | None = None) -> None:
    """In the log; of the address, only that it is another one now."""
    accounts = [target.account] if target.account else []
    details: dict[str, Any] = {}
    if form and action == Action.TARGET_CHANGED:
        changed = [*form.changed_data]
        if not changed:
            return
        secrets = SECRETS[target.service]
        if {*changed}.intersection(secrets):
            details["address_replaced"] = True
        if "is_active" in changed:
            details["switched_on"] = target.is_active
        # Also those who are told no longer.
        accounts += OfficialAccount.objects.filter(pk__in=[form.initial.get("account") or 0])
        others = {"is_active", *secrets}
        if settings := [it for it in changed if it not in others]:
            details["settings"] = settings
    record(action, subject=target.name, accounts=accounts, details=details)
