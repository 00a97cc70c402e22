"""Official Accounts: their keys, whether WeChat accepts them, and the button that syncs."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from followers.accounts import usage
from followers.accounts.access import may
from followers.accounts.client import check_connection
from followers.accounts.credentials import replace_secret
from followers.models import Follower, OfficialAccount, SyncRun
from followers.sync import syncs

from ..runs import words as run_words
from ..shared.endpoints import post_only
from ..shared.formats import format_number
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.overview import follower_counts, latest_runs
from ..shared.pacing import too_soon
from ..shared.safe_changelist import SafeChangeList
from ..shared.urls import account_url, current_followers_url, run_url, sync_url
from ..staff import rights
from . import members, panel, quota
from .form import AccountForm


class AccountChangeList(SafeChangeList):
    """Adds the follower count and the latest run to the accounts of this page only."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        runs = latest_runs(self.result_list)
        counts = follower_counts(self.result_list, runs)
        linked = may(request.user, "view_follower")
        for account in self.result_list:
            account.latest_run = runs.get(account.pk)
            account.follower_count = counts[account.pk]
            account.followers_url = current_followers_url(account) if linked else ""


@admin.register(OfficialAccount)
class OfficialAccountAdmin(OwnObjectsAdmin):
    form = AccountForm
    changelist_class = AccountChangeList
    list_display = ["name", "app_id", "followers", "last_sync", "sync_button"]
    search_fields = ["name", "app_id"]
    show_full_result_count = False
    list_per_page = 50
    actions = ["sync_followers"]
    autocomplete_fields = ["members"]
    warn_unsaved_form = True
    change_form_outer_before_template = "admin/followers/officialaccount/panel.html"
    add_fieldsets = [(None, {"fields": ["name", "app_id", "app_secret", "members"]})]
    fieldsets = [
        (gettext_lazy("Basics"), {"classes": ["tab"], "fields": ["name", "members"]}),
        (gettext_lazy("Interface"), {"classes": ["tab"], "fields": ["app_id", "app_secret"]}),
    ]

    # --- Who may do what ------------------------------------------------------------------------

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "sync_officialaccount")

    def has_delete_permission(
        self, request: HttpRequest, obj: OfficialAccount | None = None
    ) -> bool:
        """Only superusers, and only while there are no followers and nothing runs.

        A follower's history cannot be had again from WeChat, and deleting a million rows with it
        in a web request would block everybody for minutes.
        """
        if not request.user.is_superuser:
            return False
        return obj is None or not (
            Follower.objects.filter(account=obj).exists()
            or SyncRun.objects.filter(account=obj, status__in=SyncRun.ACTIVE).exists()
        )

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, ...]:
        """Counts instead of every row, each of which Django would ask a permission for."""
        runs = SyncRun.objects.filter(account__in=objs).count()
        return [str(obj) for obj in objs], {_("sync runs"): runs}, set(), []

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        fieldsets = members.placed(fieldsets, self._members_fields(request, obj))
        # The first tab is the open one.
        keyless = isinstance(obj, OfficialAccount) and not obj.app_secret
        return fieldsets[::-1] if keyless else fieldsets

    def _members_fields(self, request: HttpRequest, obj: Model | None) -> list[str]:
        """Who belongs to an account is the business of those who may see the users."""
        if not request.user.has_perm("auth.view_user"):
            return []
        # A field that is only shown names everybody, superusers as well.
        changeable = obj is None or self.has_change_permission(request, obj)
        return ["members"] if changeable or request.user.is_superuser else ["known_members"]

    @admin.display(description=gettext_lazy("members"))
    def known_members(self, account: OfficialAccount) -> str:
        return _(", ").join(map(str, account.members.filter(is_superuser=False))) or "–"

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "members":
            kwargs["queryset"] = rights.visible_users(request.user)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        # Followers, tags and history belong to the AppID; another one is another account.
        return ["app_id"] if obj else []

    # --- Saving -----------------------------------------------------------------------------------

    def save_model(
        self, request: HttpRequest, obj: OfficialAccount, form: ModelForm, change: bool
    ) -> None:
        if not change:
            obj.save()
            return
        # A sync may write to the same row while the form is open.
        obj.save(update_fields=[name for name in ("name",) if name in form.changed_data])
        if "app_secret" in form.changed_data:
            replace_secret(obj, obj.app_secret)

    def save_related(
        self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool
    ) -> None:
        account = form.instance
        lasting = list(rights.lasting_members(request.user, account)) if change else []
        super().save_related(request, form, formsets, change)
        if change:
            members.keep(request, account, lasting)
        elif not request.user.is_superuser:
            # Whoever adds an account belongs to it.
            account.members.add(request.user)

    def response_add(
        self, request: HttpRequest, obj: OfficialAccount, post_url_continue: str | None = None
    ) -> HttpResponse:
        """To the new account's own page, where it can be tested and synced."""
        if "_addanother" in request.POST or "_popup" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        messages.success(
            request, _("The account was added. Test the connection, then sync the followers.")
        )
        return HttpResponseRedirect(account_url(obj))

    # --- The list ---------------------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> list[str]:
        hidden = [] if self.has_sync_permission(request) else ["sync_button"]
        return [it for it in super().get_list_display(request) if it not in hidden]

    @admin.display(description=gettext_lazy("followers"))
    def followers(self, account: Any) -> SafeString:
        count = format_number(account.follower_count)
        if not account.followers_url:
            return format_html('<span class="wx-figure">{}</span>', count)
        return format_html('<a class="wx-figure" href="{}">{}</a>', account.followers_url, count)

    @admin.display(description=gettext_lazy("last sync"))
    def last_sync(self, account: Any) -> SafeString:
        run = account.latest_run
        if run is None:
            return format_html('<span class="wx-sub">{}</span>', _("never synced"))
        return format_html(
            '<div class="wx-cell">{} <a class="wx-sub" href="{}">{}</a></div>',
            run_words.live_state(run),
            run_url(run),
            run_words.line(run),
        )

    @admin.display(description="")
    def sync_button(self, account: Any) -> SafeString:
        run = account.latest_run
        if run and run.is_active:
            return format_html(
                '<a class="wx-button wx-small wx-plain" href="{}">{}</a>',
                run_url(run),
                _("Watch the sync"),
            )
        # `formaction`, because a form of its own cannot stand inside the list's form.
        return format_html(
            '<button class="wx-button wx-small" type="submit" data-busy formmethod="post" '
            'formaction="{}" aria-label="{}">{}</button>',
            sync_url(account),
            _("Sync followers of %(account)s") % {"account": account.name},
            _("Sync followers"),
        )

    @admin.action(description=gettext_lazy("Sync followers"), permissions=["sync"])
    def sync_followers(
        self, request: HttpRequest, queryset: QuerySet[OfficialAccount]
    ) -> HttpResponseBase | None:
        """Start a run for each account; a single one leads straight to its run."""
        accounts = list(queryset.order_by("pk"))
        ready = [account for account in accounts if not self._lacks_secret(request, account)]
        runs = [syncs.start(account, request.user)[0] for account in ready]
        if not runs:
            return None
        if len(accounts) == 1:
            return HttpResponseRedirect(run_url(runs[0]))
        links = format_html_join(
            _(", "), '<a class="wx-link" href="{}">{}</a>', ((run_url(r), r.account) for r in runs)
        )
        started = ngettext(
            "%(count)s sync is under way:", "%(count)s syncs are under way:", len(runs)
        )
        messages.success(request, format_html("{} {}", started % {"count": len(runs)}, links))
        return None

    # --- Endpoints ------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "followers_officialaccount_"
        return [
            path("<int:object_id>/sync/", wrap(self.sync_view), name=name + "sync"),
            path("<int:object_id>/test/", wrap(self.test_view), name=name + "test"),
            path("<int:object_id>/quota/", wrap(self.quota_view), name=name + "quota"),
            *super().get_urls(),
        ]

    def _lacks_secret(self, request: HttpRequest, account: OfficialAccount) -> bool:
        """Whether WeChat cannot be asked about an account; the user is told what to do."""
        missing = panel.NO_SECRET % {"account": account.name}
        trouble = panel.secret_trouble(account, missing)
        if trouble:
            # Several accounts may be asked about at once.
            named = trouble if trouble == missing else f"{account.name}{_(': ')}{trouble}"
            messages.error(request, named)
        return bool(trouble)

    @post_only("sync_officialaccount")
    def sync_view(self, request: HttpRequest, account: OfficialAccount) -> HttpResponseBase:
        """Everything, unless the form with the choice of stages was sent."""
        form = panel.SyncForm(request.POST if "choice" in request.POST else panel.EVERYTHING)
        if self._lacks_secret(request, account):
            return HttpResponseRedirect(account_url(account))
        if not form.is_valid():
            messages.error(request, _("Nothing was started: choose what to sync."))
            return HttpResponseRedirect(account_url(account))
        run, created = syncs.start(account, request.user, **form.cleaned_data)
        if not created:
            messages.info(
                request, _("This account is being synced already. Here is how far it is.")
            )
        return HttpResponseRedirect(run_url(run))

    @post_only("test_connection")
    def quota_view(self, request: HttpRequest, account: OfficialAccount) -> HttpResponseBase:
        """Ask WeChat how many calls are left today."""
        asks = not self._lacks_secret(request, account)
        if asks and not too_soon(request, account, "quota"):
            if refusal := usage.ask_quota(account):
                messages.error(request, " ".join(filter(None, refusal)))
            else:
                listing = usage.calls_today(account).quotas[usage.LISTING_PATH]
                messages.success(request, quota.quota_line(listing))
        return HttpResponseRedirect(account_url(account))

    @post_only("test_connection")
    def test_view(self, request: HttpRequest, account: OfficialAccount) -> HttpResponseBase:
        back = HttpResponseRedirect(account_url(account))
        if self._lacks_secret(request, account) or too_soon(request, account, "test"):
            return back
        if not usage.may_test(account):
            messages.error(request, str(panel.TESTED_TOO_OFTEN))
            return back
        found = check_connection(account)
        usage.record_calls(account.pk, found.calls)
        level = messages.SUCCESS if found.ok else messages.ERROR
        # What to do after a success is to sync.
        advice = (
            found.advice
            if may(request.user, "sync_officialaccount", account) or not found.ok
            else ""
        )
        sentence = " ".join(part for part in (found.meaning, advice, found.detail) if part)
        messages.add_message(request, level, sentence)
        return back

    # --- The account's page ---------------------------------------------------------------------

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        account = context.get("original")
        context["show_save_and_add_another"] = False
        if account is not None:
            context |= panel.context(request, account)
        return super().render_change_form(request, context, *args, **kwargs)
