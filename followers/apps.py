from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FollowersConfig(AppConfig):
    name = "followers"
    verbose_name = _("WeChat followers")

    def ready(self) -> None:
        from .changes.steps import CHANGE_KIND
        from .runs.stage import register
        from .sync.syncs import SYNC_KIND

        for kind in (SYNC_KIND, CHANGE_KIND):
            register(kind)
