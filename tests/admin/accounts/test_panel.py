"""Above an account's form: what to sync, today's calls, and what the latest run left undone."""

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followers.accounts import usage
from followers.models import ApiUsage, OfficialAccount, SyncRun, SyncStage
from followers.wechat.errors import Explanation
from tests.admin.accounts.test_admin import LIST, address, run_action

# --- What to sync -------------------------------------------------------------------


def chosen(run):
    return [stage.name for stage in run.stages.all()]


def test_the_button_syncs_everything(staff, account):
    staff.post(address("sync", account))
    run = SyncRun.objects.get()
    assert chosen(run) == list(SyncStage.Name)
    assert not run.refresh_details


def test_stages_can_be_chosen(staff, account):
    staff.post(address("sync", account), {"choice": "1", "stages": ["details", "tags"]})
    assert chosen(SyncRun.objects.get()) == ["tags", "details"]


@pytest.mark.parametrize("ticked", [[], ["listing"], ["details"]])
def test_refreshing_all_details_reads_details(staff, account, ticked):
    form = {"choice": "1", "stages": ticked, "refresh_details": "1"}
    staff.post(address("sync", account), form)
    run = SyncRun.objects.get()
    assert run.refresh_details
    assert chosen(run) == list(dict.fromkeys([*ticked, "details"]))


@pytest.mark.parametrize("stages", [[], ["everything"]])
def test_a_choice_of_nothing_starts_nothing(staff, account, stages):
    answer = staff.post(address("sync", account), {"choice": "1", "stages": stages}, follow=True)
    assert not SyncRun.objects.exists()
    assert "请至少选择一项内容" in answer.text


def test_the_page_offers_the_stages_and_counts_the_calls(
    staff, account, make_followers, forget_cached
):
    assert "refresh_details" not in staff.get(address("change", account)).text
    make_followers(account, 201)
    forget_cached()
    page = staff.get(address("change", account)).text
    assert all(f'name="stages" value="{name}" checked' in page for name in SyncStage.Name)
    assert "全部重新读取约需 3 次调用" in page


def test_onlookers_are_offered_nothing(onlooker, account):
    page = onlooker.get(address("change", account)).text
    assert 'name="stages"' not in page
    assert address("quota", account) not in page


# --- Without an AppSecret -----------------------------------------------------------


@pytest.fixture
def keyless(account):
    account.app_secret = ""
    account.save()
    return account


@pytest.mark.parametrize("name", ["sync", "test", "quota"])
def test_without_a_secret_wechat_is_not_asked(staff, keyless, name):
    answer = staff.post(address(name, keyless), follow=True)
    assert answer.redirect_chain[-1][0] == address("change", keyless)
    assert "公众号“旗舰店”还没有填写 AppSecret" in answer.text
    assert not SyncRun.objects.exists()


def test_the_page_opens_where_the_secret_goes(admin_client, account):
    tabs = "activeFieldsetTab: '{}'"
    assert tabs.format("接口") not in admin_client.get(address("change", account)).text
    account.app_secret = ""
    account.save()
    page = admin_client.get(address("change", account)).text
    assert tabs.format("接口") in page
    assert address("sync", account) not in page


def test_the_action_leaves_out_accounts_without_a_secret(admin_client, keyless, foreign):
    page = run_action(admin_client, keyless, foreign)
    assert SyncRun.objects.get().account == foreign
    assert page.url == LIST
    assert "公众号“旗舰店”还没有填写 AppSecret" in admin_client.get(LIST).text


def test_the_action_on_a_single_account_without_a_secret(admin_client, keyless):
    assert run_action(admin_client, keyless).url == LIST
    assert not SyncRun.objects.exists()


# --- With an AppSecret that no key decrypts -------------------------------------------


@pytest.fixture
def locked(account, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    return account


@pytest.mark.parametrize("name", ["sync", "test", "quota"])
def test_a_lost_key_is_not_called_a_missing_secret(staff, locked, name):
    answer = staff.post(address(name, locked), follow=True)
    assert "旗舰店：已保存的 AppSecret 无法用当前的 ENCRYPTION_KEYS 解密" in answer.text
    assert "还没有填写" not in answer.text


@pytest.mark.parametrize("page", ["/admin/", "account"])
def test_pages_tell_a_lost_key_from_a_missing_secret(staff, locked, page):
    text = staff.get(address("change", locked) if page == "account" else page).text
    assert "无法用当前的 ENCRYPTION_KEYS 解密" in text
    assert "还没有填写" not in text


# --- Today's calls ------------------------------------------------------------------


@pytest.fixture
def use(account):
    def use(calls, **values):
        ApiUsage.objects.create(
            account=account,
            day=usage.beijing_today(),
            path=usage.LISTING_PATH,
            calls=calls,
            **values,
        )

    return use


def test_the_page_shows_todays_calls(staff, account, use):
    use(1234, daily_limit=5000)
    page = staff.get(address("change", account)).text
    assert "获取名单：已用 1,234 / 5,000 次（微信提供的数字）" in page
    assert "<td>3,766</td>" in page


def quota_queries(page):
    """How many statements a page asks the books with."""
    with CaptureQueriesContext(connection) as captured:
        page()
    return sum("followers_apiusage" in query["sql"] for query in captured)


def test_the_page_reads_the_books_once(staff, account, use):
    use(1234, daily_limit=5000)
    usage.record_calls(account.pk, {"/cgi-bin/tags/get": 3})
    assert quota_queries(lambda: staff.get(address("change", account))) == 1


@pytest.mark.parametrize("page", ["/admin/", LIST])
def test_pages_of_many_accounts_read_no_books(admin_client, account, foreign, make_run, page):
    for one in (account, foreign):
        make_run(one, "running").stages.update(phase="read", done=10_000, total=20_000_000)
    # The home page asks once, for all accounts, whether the day's calls run short.
    assert quota_queries(lambda: admin_client.get(page)) == (1 if page == "/admin/" else 0)


def test_a_sync_that_will_not_end_today_is_announced(staff, account, make_run, use):
    make_run(account, "succeeded", total=100_000)
    assert "明天自动继续" not in staff.get(address("change", account)).text
    use(497)
    page = staff.get(address("change", account)).text
    assert "今天大约可以同步到 30,000 位粉丝，明天自动继续" in page


def test_nothing_is_announced_while_a_run_goes_on(staff, account, make_run, use):
    make_run(account, "waiting", total=100_000)
    use(500)
    assert "明天自动继续" not in staff.get(address("change", account)).text


def test_wechats_numbers_can_be_asked_for(staff, account, use, monkeypatch):
    monkeypatch.setattr(usage, "fetch_quota", lambda account: use(3, daily_limit=700))
    answer = staff.post(address("quota", account), follow=True)
    assert answer.redirect_chain[-1][0] == address("change", account)
    assert answer.text.count("获取名单：已用 3 / 700 次（微信提供的数字）") == 2


def test_a_refusal_is_put_into_words(staff, account, monkeypatch):
    refusal = Explanation("The meaning.", "The advice.", "errcode 48001")
    monkeypatch.setattr(usage, "fetch_quota", lambda account: refusal)
    answer = staff.post(address("quota", account), follow=True)
    assert "The meaning. The advice. errcode 48001" in answer.text


# --- What the latest run left undone ------------------------------------------------


def test_the_page_tells_what_was_left_out(staff, account, make_run, make_stage):
    run = make_run(account, "succeeded", outstanding=1800)
    make_stage(run, "tags", reason="api", error_code=48001)
    make_stage(run, "details")
    page = staff.get(address("change", account)).text
    assert "标签：" in page
    assert "还有 1,800 位粉丝的详情没有读取" in page


# --- what the last recount found ------------------------------------------------------------------

PROBLEM = {"at": "2026-11-26T19:00:00+00:00", "days": 1234, "kept": 23_000, "counted": 22_998}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "2026-11-27 03:00: 1,234 rows of daily figures differed",
                "23,000 followers were kept, and 22,998 counted",
                "This has been corrected",
            ],
        ),
        ("zh-hans", ["2026-11-27 03:00：有 1,234 行每日数据", "记录的粉丝数为 23,000", "现已更正"]),
    ],
)
def test_the_page_tells_what_a_recount_found(staff, account, language, words):
    OfficialAccount.objects.update(statistics_problem=PROBLEM)
    page = staff.get(address("change", account), headers={"accept-language": language})
    assert all(text in page.text for text in words)


def test_where_all_agreed_the_page_says_nothing(staff, account):
    page = staff.get(address("change", account), headers={"accept-language": "en"}).text
    assert "recount" not in page


def test_only_what_differed_is_told(staff, account):
    OfficialAccount.objects.update(statistics_problem={**PROBLEM, "days": 0})
    page = staff.get(address("change", account), headers={"accept-language": "en"}).text
    assert "daily figures" not in page
    assert "22,998 counted" in page
