"""The stages of a run, watched on its page in Chinese while nobody reloads it."""

import json

import pytest

from . import truth

pytestmark = [pytest.mark.browser, pytest.mark.worker]

ACCOUNT = "/admin/followers/officialaccount/1/change/"
PEOPLE = 11_000
STAGES = ["名单", "标签", "黑名单", "详情"]
# Slow enough for each stage to be seen at work, and short enough for a test.
SLOW = {
    "/cgi-bin/user/get": 4,
    "/cgi-bin/tags/get": 3,
    "/cgi-bin/tags/members/getblacklist": 3,
    "/cgi-bin/user/info/batchget": 0.5,
}
# Keeps every change of the stages beyond the reload that follows the end of a run.
WATCH = """
    const list = document.querySelector("[data-progress=stages]");
    const text = (node) => node.innerText.trim();
    const note = () => {
        const seen = JSON.parse(sessionStorage.getItem("seen") || "[]");
        for (const stage of list.children) {
            const [name, ...words] = text(stage).split("\\n").map((line) => line.trim());
            const status = stage.className.replace("wx-stage wx-", "");
            const now = stage.getAttribute("aria-current") === "step";
            const page = performance.timeOrigin;
            const share = document.querySelector("[data-progress=bar]").ariaValueNow;
            const title = document.title;
            seen.push({name, status, now, page, share, title, words: words.filter(Boolean)});
        }
        sessionStorage.setItem("seen", JSON.stringify(seen));
    };
    note();
    new MutationObserver(note).observe(list, {
        subtree: true, childList: true, attributes: true, characterData: true
    });
"""


def test_each_stage_waits_works_and_is_done(start):
    stack, visitor = start(PEOPLE, "zh-CN")
    for path, seconds in SLOW.items():
        stack.sandbox("/sandbox/faults", name="slow", seconds=seconds, path=path)
    visitor.open(ACCOUNT)
    visitor.click("同步粉丝")
    visitor.until(lambda: len(visitor.texts(".wx-stage")) == len(STAGES), "the run's page")
    seen = watched(visitor)
    assert len({moment["page"] for moment in seen}) == 1, "the page was reloaded"
    story = {name: [moment for moment in seen if moment["name"] == name] for name in STAGES}
    assert sum(map(len, story.values())) == len(seen), "a stage without a name"
    for name, moments in story.items():
        waits_works_and_is_done(name, moments)
    one_after_the_other(seen)
    the_counts_arrive_at_the_truth(stack, story)
    one_bar_for_the_whole_run(seen)
    visitor.open("/admin/")
    visitor.see("初始粉丝 11,000")


def watched(visitor):
    """Every state of every stage that the page has shown, until the run has ended."""
    visitor.driver.execute_script(WATCH)
    visitor.see("成功", seconds=120)
    visitor.until(lambda: not visitor.texts("[data-progress=bar]"), "the page of a finished run")
    return json.loads(visitor.driver.execute_script("return sessionStorage.getItem('seen')"))


def waits_works_and_is_done(name, moments):
    statuses = changes(moment["status"] for moment in moments)
    # The list is begun as soon as a worker is free, maybe before the page is there.
    expected = ["pending", "running", "done"]
    assert statuses in ([expected, expected[1:]] if name == STAGES[0] else [expected]), name
    for moment in moments:
        assert moment["now"] == (moment["status"] == "running")
        assert (moment["words"] == ["未开始"]) == (moment["status"] == "pending")


def one_after_the_other(seen):
    """Never two at work, and in the order in which they stand there."""
    at_work = changes(moment["name"] for moment in seen if moment["status"] == "running")
    assert at_work == STAGES


def the_counts_arrive_at_the_truth(stack, story):
    blocked = len(truth.lines(stack, "/sandbox/blacklist"))
    put = sum(tag["count"] for tag in truth.tags(stack))
    counts = {name: [moment["words"][:1] for moment in story[name]] for name in STAGES}
    assert ["10,000 / 11,000"] in counts["名单"]
    assert counts["名单"][-1] == ["11,000 / 11,000"]
    assert story["标签"][-1]["words"] == [f"{put:,} / {put:,}", f"新打标签 {put:,} 人次"]
    assert story["黑名单"][-1]["words"] == [f"{blocked} / {blocked}", f"新加入黑名单 {blocked} 位"]
    assert counts["详情"][-1] == ["11,000 / 11,000"]
    between = {count for (count,) in filter(None, counts["详情"]) if count[0].isdecimal()}
    assert len(between) > 3, "the details were not seen to move"


def one_bar_for_the_whole_run(seen):
    shares = [int(moment["share"]) for moment in seen if moment["share"]]
    assert shares == sorted(shares), "the bar went back"
    assert len(set(shares)) > len(STAGES)
    titles = [moment["title"].split("%")[0] for moment in seen if "%" in moment["title"]]
    assert set(map(int, titles)) <= set(shares)


def changes(values):
    """The values without those that repeat the one before."""
    kept = []
    for value in values:
        if not kept or kept[-1] != value:
            kept.append(value)
    return kept
