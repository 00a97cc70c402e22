"""What the page says about each fault, in Chinese and English: what is simulated, and what a
user of the admin should then see. Kept here because the sandbox imports nothing, not even gettext.
"""

Pair = dict[str, str]


def _text(zh_title: str, en_title: str, zh: str, en: str) -> dict[str, Pair]:
    return {"title": {"zh": zh_title, "en": en_title}, "text": {"zh": zh, "en": en}}


_TRIED_AGAIN_ZH = "后台会自动重试几次，仍不行就稍后再试，已有数据不变。"
_TRIED_AGAIN = "It is tried again a few times, then later; nothing stored is changed."
_STOPS_ZH = "同步失败，并提示该怎么处理；已有数据不变。"
_STOPS = "The sync fails and says what to do about it; nothing stored is changed."
_UNNOTICED_ZH = "用户不应察觉，结果照样正确。"
_UNNOTICED = "Nobody should notice; the result is right all the same."
_LOOP_ZH = "同步应发现在原地打转，最多重来两次后停止，不会无休止地跑。"
_LOOP = "The sync should notice that it goes round in circles, and stop after two new starts."

FAULT_TEXTS = {
    "40125": _text(
        "AppSecret 错误（40125）",
        "Wrong AppSecret (40125)",
        f"AppSecret 已被重置或填错，现有凭证同时失效。{_STOPS_ZH}",
        f"The AppSecret was reset or mistyped; present tokens end too. {_STOPS}",
    ),
    "40013": _text(
        "AppID 无效（40013）",
        "Unknown AppID (40013)",
        f"微信不认识这个 AppID，现有凭证同时失效。{_STOPS_ZH}",
        f"WeChat does not know the AppID; present tokens end too. {_STOPS}",
    ),
    "40164": _text(
        "IP 不在白名单（40164）",
        "IP not whitelisted (40164)",
        "服务器 IP 未加入白名单。同步失败，提示里给出要加入 IP白名单 的地址。",
        "The server's IP is not on the whitelist. The sync fails and names the IP to add.",
    ),
    "61004": _text(
        "IP 未登记（61004）",
        "IP not registered (61004)",
        "与 40164 相同，只是微信换了一个错误码。提示里同样给出要加入 IP白名单 的地址。",
        "The same as 40164 under another number. The message names the IP to add.",
    ),
    "40243": _text(
        "AppSecret 已冻结（40243）",
        "AppSecret frozen (40243)",
        f"AppSecret 在微信后台被冻结，现有凭证同时失效。{_STOPS_ZH}",
        f"The AppSecret was frozen in the console; present tokens end too. {_STOPS}",
    ),
    "89503": _text(
        "等待管理员确认（89503）",
        "Administrator must confirm (89503)",
        "微信要公众号管理员先确认这个 IP。同步进入等待，并提示联系管理员。",
        "WeChat wants the account's administrator to confirm this IP. The sync waits and says so.",
    ),
    "48001": _text(
        "没有接口权限（48001）",
        "No permission (48001)",
        f"公众号未认证，不能获取粉丝名单。{_STOPS_ZH}",
        f"The account is not certified and may not list its followers. {_STOPS}",
    ),
    "48004": _text(
        "接口被封禁（48004）",
        "API banned (48004)",
        f"公众号因违规被禁用接口。{_STOPS_ZH}",
        f"The account lost its API access for violations. {_STOPS}",
    ),
    "50002": _text(
        "账号被冻结（50002）",
        "Account frozen (50002)",
        f"公众号被冻结，所有接口不可用。{_STOPS_ZH}",
        f"The official account is frozen and no API call works. {_STOPS}",
    ),
    "45009": _text(
        "今日额度用完（45009）",
        "Daily quota used up (45009)",
        "今天的粉丝名单调用次数已用完。同步显示“等待额度恢复”，到时自动继续。",
        "Today's calls for the list are used up. The sync waits for quota and goes on by itself.",
    ),
    "45011": _text(
        "调用太频繁（45011）",
        "Too many calls a minute (45011)",
        "每分钟调用次数超限。同步等待一分钟左右，然后自动继续。",
        "The limit for one minute is reached. The sync waits about a minute, then goes on.",
    ),
    "-1": _text(
        "系统繁忙（-1）",
        "System busy (-1)",
        f"微信一时忙不过来。{_TRIED_AGAIN_ZH}",
        f"WeChat is busy for the moment. {_TRIED_AGAIN}",
    ),
    "40001": _text(
        "凭证不是最新（40001）",
        "Token not the latest (40001)",
        "别的系统刷新了凭证。一次时自动换新凭证，用户不察觉；一直如此则同步说明原因。",
        "Another system took a new token. Once goes unnoticed; if it goes on, the sync says why.",
    ),
    "40014": _text(
        "凭证不合法（40014）",
        "Token invalid (40014)",
        "微信说凭证不合法。一次时自动换新凭证；一直如此则同步说明原因。",
        "WeChat calls the token invalid. Once, a new one is fetched; else the sync says why.",
    ),
    "42001": _text(
        "凭证已过期（42001）",
        "Token expired (42001)",
        "凭证过期。一次时自动换新凭证；一直如此则同步说明原因。",
        "The token has expired. Once, a new one is fetched; else the sync says why.",
    ),
    "40003": _text(
        "翻页位置失效（40003）",
        "Place in the list lost (40003)",
        "翻到一半时微信不认上一页的位置。同步从头再取名单，最多两次。",
        "Half-way WeChat refuses the place where the last page ended. The walk begins again, "
        "twice at most.",
    ),
    "slow": _text(
        "响应缓慢",
        "Slow answer",
        "每次调用多等几秒。同步变慢，进度照样走，页面仍可操作。",
        "Every call takes some seconds more. The sync is slower, but progress moves on.",
    ),
    "timeout": _text(
        "没有响应",
        "No answer",
        f"连得上，但一直不回答。{_TRIED_AGAIN_ZH}",
        f"The connection stands but nothing ever comes. {_TRIED_AGAIN}",
    ),
    "reset": _text(
        "连接中断",
        "Connection dropped",
        f"请求刚发出连接就被切断。{_TRIED_AGAIN_ZH}",
        f"The connection is cut as soon as the question is asked. {_TRIED_AGAIN}",
    ),
    "truncated": _text(
        "只收到一半",
        "Half an answer",
        f"数据传到一半连接断开。{_TRIED_AGAIN_ZH}",
        f"The connection ends in the middle of the answer. {_TRIED_AGAIN}",
    ),
    "drip": _text(
        "一秒一个字节",
        "One byte a second",
        f"数据像滴水一样慢。到时限后放弃这次调用。{_TRIED_AGAIN_ZH}",
        f"The answer drips. The call is given up at its deadline. {_TRIED_AGAIN}",
    ),
    "drip_headers": _text(
        "连响应头也一秒一个字节",
        "Even the headers drip",
        f"从第一个字节起就像滴水。到时限后放弃这次调用。{_TRIED_AGAIN_ZH}",
        f"The answer drips from its first byte on. It is given up at its deadline. {_TRIED_AGAIN}",
    ),
    "http_500": _text(
        "服务器错误（HTTP 500）",
        "Server error (HTTP 500)",
        f"微信服务器内部出错。{_TRIED_AGAIN_ZH}",
        f"WeChat's server breaks. {_TRIED_AGAIN}",
    ),
    "http_502": _text(
        "网关错误（HTTP 502）",
        "Bad gateway (HTTP 502)",
        f"返回的是一页网页，不是数据。{_TRIED_AGAIN_ZH}",
        f"A web page comes instead of data. {_TRIED_AGAIN}",
    ),
    "http_503": _text(
        "服务不可用（HTTP 503）",
        "Unavailable (HTTP 503)",
        f"微信正在维护。{_TRIED_AGAIN_ZH}",
        f"WeChat is being serviced. {_TRIED_AGAIN}",
    ),
    "http_429": _text(
        "请求过多（HTTP 429）",
        "Too many requests (HTTP 429)",
        f"网关限制了访问频率。{_TRIED_AGAIN_ZH}",
        f"A gateway limits the rate of calls. {_TRIED_AGAIN}",
    ),
    "text_plain": _text(
        "类型标为纯文本",
        "Labelled as plain text",
        f"内容没错，Content-Type 却是 text/plain。{_UNNOTICED_ZH}",
        f"The data are right but the Content-Type says text/plain. {_UNNOTICED}",
    ),
    "invalid_utf8": _text(
        "夹杂坏字节",
        "Broken bytes",
        f"内容里有不合法的 UTF-8 字节。{_UNNOTICED_ZH}",
        f"The answer holds bytes that are no valid UTF-8. {_UNNOTICED}",
    ),
    "control_characters": _text(
        "夹杂控制字符",
        "Control characters",
        f"JSON 里有未转义的控制字符。{_UNNOTICED_ZH}",
        f"The JSON holds raw control characters. {_UNNOTICED}",
    ),
    "not_json": _text(
        "返回的不是 JSON",
        "Not JSON",
        f"状态正常，内容却是网页，常见于公司代理。{_TRIED_AGAIN_ZH}",
        f"A web page comes with status 200, as from a company's proxy. {_TRIED_AGAIN}",
    ),
    "empty_body": _text(
        "返回内容为空",
        "Nothing in the answer",
        f"状态正常，内容却是空的。{_TRIED_AGAIN_ZH}",
        f"Status 200 and not a single byte. {_TRIED_AGAIN}",
    ),
    "json_list": _text(
        "JSON 结构不对：数组",
        "JSON of another shape: a list",
        f"应是对象，却是数组。{_TRIED_AGAIN_ZH}",
        f"A list comes where an object should be. {_TRIED_AGAIN}",
    ),
    "json_string": _text(
        "JSON 结构不对：字符串",
        "JSON of another shape: a string",
        f"应是对象，却是字符串。{_TRIED_AGAIN_ZH}",
        f"A string comes where an object should be. {_TRIED_AGAIN}",
    ),
    "data_null": _text(
        "data 为 null",
        "data is null",
        "名单页的 data 为 null，看上去像名单已完。人数差得多时应要求待确认，不会误判取消关注。",
        "A page has no data, as if the list had ended. If many are missing, a person is asked.",
    ),
    "openid_null": _text(
        "openid 为 null",
        "openid is null",
        "名单页里没有 openid，看上去像名单已完。人数差得多时应要求待确认，不会误判取消关注。",
        "A page has no openids, as if the list had ended. If many are missing, a person is asked.",
    ),
    "numbers_as_text": _text(
        "数字写成字符串",
        "Numbers as text",
        f'例如 total 为 "23000"。{_UNNOTICED_ZH}',
        f'For example total is "23000". {_UNNOTICED}',
    ),
    "duplicates": _text(
        "重复的粉丝",
        "The same people twice",
        "上一页的部分粉丝在下一页又出现。每人只计一次，数字仍然正确。",
        "Some people of one page come again on the next. Each counts once; the numbers are right.",
    ),
    "blank_ids": _text(
        "空白的 openid",
        "Blank ids",
        f"名单里夹着空字符串。{_UNNOTICED_ZH}",
        f"There are empty strings in the list. {_UNNOTICED}",
    ),
    "repeated_cursor": _text(
        "翻页原地不动",
        "The page does not turn",
        f"下一页的位置与这一页相同。{_LOOP_ZH}",
        f"The next place is the present one. {_LOOP}",
    ),
    "cycle": _text(
        "翻页绕圈",
        "Pages go in a circle",
        f"下一页的位置跳回前面。{_LOOP_ZH}",
        f"The next place jumps back to an earlier page. {_LOOP}",
    ),
    "endless": _text(
        "永远翻不完",
        "Pages never end",
        "每页都是同一批人，位置却总是新的。粉丝数不应增加，同步应可取消。",
        "Every page holds the same people with a new place. Nobody is added; cancel must work.",
    ),
    "total_drifts": _text(
        "总数变来变去",
        "The total drifts",
        "每页的总数都不同。只影响进度显示，不影响结果。",
        "Each page tells another total. Only the progress bar may show it, not the result.",
    ),
    "total_lies": _text(
        "总数不对",
        "The total lies",
        "总数只有实际的十分之一。只影响进度显示，不影响结果。",
        "The total is a tenth of the truth. Only the progress bar may show it, not the result.",
    ),
    "ends_early": _text(
        "名单提前结束",
        "The list ends early",
        "第一页之后就没有了。同步重取一次，仍不足则待确认，不会把其余的人当作取消关注。",
        "Nothing comes after the first page. It is walked again, then a person is asked.",
    ),
    "empty_list": _text(
        "名单为空",
        "The list is empty",
        "微信说一个粉丝也没有。已有粉丝时应待确认，不会全部当作取消关注。",
        "WeChat says that nobody follows. With followers known, a person is asked first.",
    ),
    "no_next_openid": _text(
        "最后一页没有 next_openid",
        "Last page without next_openid",
        f"与文档所写一致，与实际不同的结尾。{_UNNOTICED_ZH}",
        f"An end as documentation has it, not as it usually is. {_UNNOTICED}",
    ),
}
