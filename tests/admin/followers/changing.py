"""How a marketer changes followers from their list, as a browser sends it."""

import re

LIST = "/admin/followers/follower/"
ENGLISH = {"accept-language": "en"}
EVERYTHING = {"index": "0", "select_across": "1", "_selected_action": "0"}
ALL = ("tag_followers", "remark_followers", "note_followers", "block_followers")
# Also those who left.
WITH_LEFT = "?subscribed__exact=all"


def bulk(client, what, query=WITH_LEFT, **fields):
    data = {**EVERYTHING, "action": f"edit_{what}", **fields}
    return client.post(f"{LIST}{query}", data, headers=ENGLISH)


def token(page):
    return re.search(r'name="nonce" value="([^"]+)"', page.text)[1]
