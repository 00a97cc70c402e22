"""Names of WeChat's functions, for pages: their paths mean nothing to users."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from . import paths

FUNCTION_NAMES: dict[str, Promise] = {
    paths.STABLE_TOKEN: _("Get the access token"),
    paths.USER_GET: _("Get the follower list"),
    paths.USER_INFO: _("Get follower details"),
    paths.BATCHGET: _("Get follower details"),
    paths.UPDATE_REMARK: _("Set the remark"),
    paths.TAGS_GET: _("Get the tags"),
    paths.TAGS_CREATE: _("Create a tag"),
    paths.TAGS_UPDATE: _("Rename a tag"),
    paths.TAGS_DELETE: _("Delete a tag"),
    paths.TAG_FOLLOWERS: _("Get the followers of a tag"),
    paths.BATCH_TAGGING: _("Add a tag"),
    paths.BATCH_UNTAGGING: _("Remove a tag"),
    paths.GET_BLACKLIST: _("Get the blacklist"),
    paths.BATCH_BLACKLIST: _("Block"),
    paths.BATCH_UNBLACKLIST: _("Unblock"),
    paths.DATACUBE_SUMMARY: _("Get WeChat's daily follower changes"),
    paths.DATACUBE_CUMULATE: _("Get WeChat's daily follower totals"),
    paths.QUOTA_GET: _("Ask WeChat for the quota"),
}


def function_name(path: str) -> str:
    """The translated name of a path, or the path itself where it has none."""
    return str(FUNCTION_NAMES.get(path, path))


def quoted_function_name(path: str) -> str:
    """The quoted name, as part of a sentence; some stored errors have no path."""
    if not path:
        return gettext("this WeChat function")
    return gettext("“%(name)s”") % {"name": function_name(path)}
