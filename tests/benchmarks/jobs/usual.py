"""wechatpy as a developer would use it: one iterator over all openids."""

import json
import os
import urllib.request
from collections.abc import Iterator

from wechatpy import WeChatClient

from tests.benchmarks.simulation import APP_ID, APP_SECRET


def openids() -> Iterator[str]:
    """What `iter_followers` yields, without the blank id that WeChat's list may hold.

    The token comes from here, because wechatpy asks for one at Tencent's own host only.
    """
    base = os.environ["WECHAT_API_BASE_URL"]
    query = f"grant_type=client_credential&appid={APP_ID}&secret={APP_SECRET}"
    with urllib.request.urlopen(f"{base}/cgi-bin/token?{query}") as answer:
        token = json.load(answer)["access_token"]
    client = WeChatClient(APP_ID, APP_SECRET, access_token=token)
    client.API_BASE_URL = f"{base}/cgi-bin/"
    return (openid for openid in client.user.iter_followers() if openid)
