from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FollowersConfig(AppConfig):
    name = "followers"
    verbose_name = _("WeChat followers")

    def ready(self) -> None:
        from django.contrib.auth import signals
        from django.contrib.auth.models import User
        from django.db.models.signals import post_migrate, post_save, pre_delete, pre_save

        from .accounts import member_trail, sign_in_names, sign_in_trail
        from .accounts.names import keep_names
        from .accounts.roles import keep_roles
        from .changes.steps import CHANGE_KIND
        from .runs.stage import register
        from .sync.syncs import SYNC_KIND

        for kind in (SYNC_KIND, CHANGE_KIND):
            register(kind)
        # After Django's own, which creates the permissions.
        post_migrate.connect(keep_roles, sender=self)
        pre_delete.connect(keep_names, sender=User)
        pre_save.connect(sign_in_names.refuse_twin, sender=User)
        post_save.connect(member_trail.superuser_made, sender=User)
        signals.user_logged_in.connect(sign_in_trail.signed_in)
        signals.user_logged_out.connect(sign_in_trail.signed_out)
