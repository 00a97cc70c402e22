"""What WeChat's functions are for, in words: nobody who reads a page knows their paths."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

NAMES: dict[str, Promise] = {
    "/cgi-bin/stable_token": _("Get the access token"),
    "/cgi-bin/user/get": _("Get the follower list"),
    "/cgi-bin/user/info": _("Get follower details"),
    "/cgi-bin/user/info/batchget": _("Get follower details"),
    "/cgi-bin/user/info/updateremark": _("Set the remark"),
    "/cgi-bin/tags/get": _("Get the tags"),
    "/cgi-bin/tags/create": _("Create a tag"),
    "/cgi-bin/tags/update": _("Rename a tag"),
    "/cgi-bin/tags/delete": _("Delete a tag"),
    "/cgi-bin/user/tag/get": _("Get the followers of a tag"),
    "/cgi-bin/tags/members/batchtagging": _("Add a tag"),
    "/cgi-bin/tags/members/batchuntagging": _("Remove a tag"),
    "/cgi-bin/tags/members/getblacklist": _("Get the blacklist"),
    "/cgi-bin/tags/members/batchblacklist": _("Block"),
    "/cgi-bin/tags/members/batchunblacklist": _("Unblock"),
    "/cgi-bin/openapi/quota/get": _("Ask WeChat for the quota"),
}


def name_of(path: str) -> str:
    """Its name, or the path itself where it has none."""
    return str(NAMES.get(path, path))


def quoted(path: str) -> str:
    """As part of a sentence; some stored errors do not know their path."""
    if not path:
        return gettext("this WeChat function")
    return gettext("“%(name)s”") % {"name": name_of(path)}
