"""What several of the page's texts have in common."""

Pair = dict[str, str]


def text(zh_title: str, en_title: str, zh: str, en: str) -> dict[str, Pair]:
    return {"title": {"zh": zh_title, "en": en_title}, "text": {"zh": zh, "en": en}}


TRIED_AGAIN_ZH = "后台会自动重试几次，仍不行就稍后再试，已有数据不变。"
TRIED_AGAIN = "It is tried again a few times, then later; nothing stored is changed."
STOPS_ZH = "同步失败，并提示该怎么处理；已有数据不变。"
STOPS = "The sync fails and says what to do about it; nothing stored is changed."
UNNOTICED_ZH = "用户不应察觉，结果照样正确。"
UNNOTICED = "Nobody should notice; the result is right all the same."
LOOP_ZH = "同步应发现在原地打转，最多重来两次后停止，不会无休止地跑。"
LOOP = "The sync should notice that it goes round in circles, and stop after two new starts."
