"""Faults of lists of people, of tags and of profiles."""

from .phrases import LOOP, LOOP_ZH, TRIED_AGAIN, TRIED_AGAIN_ZH, UNNOTICED, UNNOTICED_ZH, text

LIST_TEXTS = {
    "duplicates": text(
        "重复的粉丝",
        "The same people twice",
        "上一页的部分粉丝在下一页又出现。每人只计一次，数字仍然正确。",
        "Some people of one page come again on the next. Each counts once; the numbers are right.",
    ),
    "blank_ids": text(
        "空白的 openid",
        "Blank ids",
        f"名单里夹着空字符串。{UNNOTICED_ZH}",
        f"There are empty strings in the list. {UNNOTICED}",
    ),
    "repeated_cursor": text(
        "翻页原地不动",
        "The page does not turn",
        f"下一页的位置与这一页相同。{LOOP_ZH}",
        f"The next place is the present one. {LOOP}",
    ),
    "cycle": text(
        "翻页绕圈",
        "Pages go in a circle",
        f"下一页的位置跳回前面。{LOOP_ZH}",
        f"The next place jumps back to an earlier page. {LOOP}",
    ),
    "endless": text(
        "永远翻不完",
        "Pages never end",
        "每页都是同一批人，位置却总是新的。粉丝数不应增加，同步应可取消。",
        "Every page holds the same people with a new place. Nobody is added; cancel must work.",
    ),
    "total_drifts": text(
        "总数变来变去",
        "The total drifts",
        "每页的总数都不同。只影响进度显示，不影响结果。",
        "Each page tells another total. Only the progress bar may show it, not the result.",
    ),
    "total_lies": text(
        "总数不对",
        "The total lies",
        "总数只有实际的十分之一。只影响进度显示，不影响结果。",
        "The total is a tenth of the truth. Only the progress bar may show it, not the result.",
    ),
    "ends_early": text(
        "名单提前结束",
        "The list ends early",
        "第一页之后就没有了。同步重取一次，仍不足则待确认，不会把其余的人当作取消关注。",
        "Nothing comes after the first page. It is walked again, then a person is asked.",
    ),
    "empty_list": text(
        "名单为空",
        "The list is empty",
        "微信说一个粉丝也没有。已有粉丝时应待确认，不会全部当作取消关注。",
        "WeChat says that nobody follows. With followers known, a person is asked first.",
    ),
    "no_next_openid": text(
        "最后一页没有 next_openid",
        "Last page without next_openid",
        f"与文档所写一致，与实际不同的结尾。{UNNOTICED_ZH}",
        f"An end as documentation has it, not as it usually is. {UNNOTICED}",
    ),
    "omits": text(
        "悄悄漏掉一些人",
        "Some people silently missing",
        "名单里少了 50 个粉丝，总数却没少。同步应逐一核实，不会把他们当作取消关注。",
        "Fifty followers are missing from the list. They are asked about one by one, and stay.",
    ),
    "tag_cut_short": text(
        "标签名单只有一半",
        "Half of a tag's followers",
        "标签下的粉丝只列出一半就结束。人数对不上，应重取一次，仍不足则保持原样。",
        "A tag's list ends half-way. It is walked again, then the tag is left as it was.",
    ),
    "tag_empty": text(
        "标签名单为空",
        "A tag without followers",
        "标签明明有人，名单却是空的。人数对不上，不应把标签从粉丝身上移除。",
        "A tag that people have lists nobody. Its followers must keep it.",
    ),
    "45159": text(
        "标签无效（45159）",
        "Invalid tag (45159)",
        "微信在同时打标签时也会这样回答。后台应放慢后重试，不算失败。",
        "WeChat also says this to two tag writes at once. It is tried again, more slowly.",
    ),
    "45169": text(
        "操作太频繁（45169）",
        "Too frequent (45169)",
        "打标签或移除标签太快。后台应放慢后重试，不算失败。",
        "Tags were given or taken too quickly. It is tried again, more slowly.",
    ),
    "misaligned": text(
        "UnionID 错位",
        "Unionids shifted",
        "批量详情里每个人拿到的是下一个人的 UnionID，最后一人没有。后台应发现并重新核对。",
        "Everybody gets the next one's unionid, the last one none. It is noticed and asked again.",
    ),
    "short": text(
        "批量详情缺人",
        "Profiles missing",
        "批量详情少了几个人。后台应只对缺的人再问一次，其余照常更新。",
        "A batch of profiles lacks some people. They are asked about again, the others updated.",
    ),
    "shuffled": text(
        "批量详情顺序打乱",
        "Profiles in another order",
        f"批量详情的顺序与请求不同。{UNNOTICED_ZH}",
        f"Profiles come in another order than they were asked for. {UNNOTICED}",
    ),
    "profiles_missing": text(
        "批量详情没有内容",
        "No list of profiles",
        f"返回里没有 user_info_list。{TRIED_AGAIN_ZH}",
        f"The answer has no user_info_list. {TRIED_AGAIN}",
    ),
}
