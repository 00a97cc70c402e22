"""Signing in with name and password, and what every page asks about its user, in few queries."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.db.models import Q
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .sign_in_names import bearer_of


class StaffBackend(ModelBackend):
    """Django's; users come with their preferences, and all their permissions in one query.

    A name may be typed in another case, as long as that leaves no doubt who is meant.
    """

    @sensitive_variables("password")
    def authenticate(  # type: ignore[override]
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_more: Any,
    ) -> User | None:
        if username is None or password is None:
            return None
        user = bearer_of(username)
        if user is None:
            # It takes as long as for a name that somebody has.
            User().set_password(password)
            return None
        is_right = user.check_password(password) and self.user_can_authenticate(user)
        return user if is_right else None

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("staff_preference").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: User | AnonymousUser, obj: Any = None) -> set[str]:
        """The user's own and those of their roles, as "app.codename"; kept on the user."""
        if not isinstance(user_obj, User) or user_obj.is_superuser or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not user_obj.is_active:
            return set()
        known: set[str] | None = getattr(user_obj, "_perm_cache", None)
        if known is None:
            rows = Permission.objects.filter(Q(user=user_obj) | Q(group__user=user_obj))
            names = rows.order_by().values_list("content_type__app_label", "codename")
            known = {f"{app}.{codename}" for app, codename in names}
            user_obj._perm_cache = known  # type: ignore[attr-defined]
        return known
