"""The paths of the simulated endpoints."""

STABLE_TOKEN = "/cgi-bin/stable_token"  # noqa: S105
CLASSIC_TOKEN = "/cgi-bin/token"  # noqa: S105
TOKEN_PATHS = (STABLE_TOKEN, CLASSIC_TOKEN)
CALLBACK_IP = "/cgi-bin/getcallbackip"
API_DOMAIN_IP = "/cgi-bin/get_api_domain_ip"
QUOTA_GET = "/cgi-bin/openapi/quota/get"

DATACUBE_SUMMARY = "/datacube/getusersummary"
DATACUBE_CUMULATE = "/datacube/getusercumulate"

USER_GET = "/cgi-bin/user/get"
USER_INFO = "/cgi-bin/user/info"
BATCHGET = "/cgi-bin/user/info/batchget"
UPDATE_REMARK = "/cgi-bin/user/info/updateremark"

TAGS_GET = "/cgi-bin/tags/get"
TAG_CREATE = "/cgi-bin/tags/create"
TAG_UPDATE = "/cgi-bin/tags/update"
TAG_DELETE = "/cgi-bin/tags/delete"
TAG_FOLLOWERS = "/cgi-bin/user/tag/get"
TAGS_GETIDLIST = "/cgi-bin/tags/getidlist"
TAGGING = "/cgi-bin/tags/members/batchtagging"
UNTAGGING = "/cgi-bin/tags/members/batchuntagging"
TAG_WRITES = (TAGGING, UNTAGGING)

BLACKLIST = "/cgi-bin/tags/members/getblacklist"
BLOCK = "/cgi-bin/tags/members/batchblacklist"
UNBLOCK = "/cgi-bin/tags/members/batchunblacklist"
