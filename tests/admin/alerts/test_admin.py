"""Pages of alert targets: forms in words, secrets that are never shown, and other people's."""

import re
import threading
from datetime import time

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from followers.admin.alerts.form import HIDDEN_KINDS, KINDS
from followers.models import Alert, AlertDelivery, AlertTarget
from tests.admin.addresses import Form
from tests.alerts.servers import Webhook, running

LIST = "/admin/followers/alerttarget/"
ADD = f"{LIST}add/"
KEY = "693a91f6-7xxx-4bc4-97a0"
WECOM = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"
TOKEN = "ab12cd34ef56ab12cd34ef56"
DINGTALK = f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"
SECRET = "SECabc123def456"
RIGHTS = (
    "view_alerttarget",
    "add_alerttarget",
    "change_alerttarget",
    "delete_alerttarget",
    "view_officialaccount",
)
FORM = {"name": "值班群", "is_active": "on", "language": "zh-hans", "summary_at": "09:00"}


@pytest.fixture
def admin(db) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


@pytest.fixture
def colleague(make_staff, account) -> Client:
    return make_staff(account, *RIGHTS)


@pytest.fixture
def make_target(db):
    def make(account=None, **values):
        values = {"service": "wecom", "url": f"wecombot://{KEY}", **values}
        return AlertTarget.objects.create(**{"name": "群", "account": account, **values})

    return make


def page(target):
    return f"{LIST}{target.pk}/change/"


def told(response):
    return [str(message) for message in response.context["messages"]]


def test_the_service_comes_first(admin):
    text = admin.get(ADD).content.decode()
    assert re.findall(r'href="\?service=(\w+)"', text) == [
        "wecom",
        "dingtalk",
        "feishu",
        "email",
        "webhook",
    ]


FIELDS = {
    "wecom": {"webhook"},
    "dingtalk": {"webhook", "secret"},
    "feishu": {"webhook", "secret"},
    "email": {"recipients"},
    "webhook": {"webhook"},
}


@pytest.mark.parametrize("service", FIELDS)
def test_a_form_has_the_fields_of_its_service_alone(admin, service):
    response = admin.get(f"{ADD}?service={service}")
    fields = response.context["adminform"].form.fields.keys()
    assert fields & {"webhook", "secret", "recipients"} == FIELDS[service]


@pytest.mark.parametrize(
    ("service", "given", "url"),
    [
        ("wecom", {"webhook": WECOM}, f"wecombot://{KEY}"),
        ("dingtalk", {"webhook": DINGTALK, "secret": SECRET}, f"dingtalk://{SECRET}@{TOKEN}/"),
        ("email", {"recipients": "a@x.com\nb@x.com"}, "mailto:a@x.com,b@x.com"),
        ("webhook", {"webhook": "http://127.0.0.1:9/x"}, "json://127.0.0.1:9/x"),
    ],
)
def test_a_target_is_made(admin, service, given, url):
    response = admin.post(f"{ADD}?service={service}", {**FORM, **given})
    assert response.status_code == 302
    target = AlertTarget.objects.get()
    assert (target.service, target.url, target.account) == (service, url, None)
    assert (target.kinds, target.created_by.username) == ([], "root")


def test_the_form_as_it_comes_can_be_sent(admin):
    form = Form(admin.get(f"{ADD}?service=wecom").content.decode()).fields
    form = {**form, "language": "en", "name": "群", "webhook": WECOM}
    assert admin.post(f"{ADD}?service=wecom", form).status_code == 302
    assert AlertTarget.objects.get().summary_at == time(9)


def test_a_wrong_address_is_explained(admin):
    response = admin.post(f"{ADD}?service=wecom", {**FORM, "webhook": DINGTALK})
    [text] = response.context["adminform"].form.errors["webhook"]
    assert "企业微信群里" in text
    assert TOKEN not in response.content.decode()
    assert not AlertTarget.objects.exists()


def test_a_wrong_secret_is_explained_at_its_field(admin):
    form = {**FORM, "webhook": DINGTALK, "secret": "abcdefghijk"}
    response = admin.post(f"{ADD}?service=dingtalk", form)
    assert list(response.context["adminform"].form.errors) == ["secret"]


@pytest.mark.parametrize(
    "times",
    [
        {"quiet_from": "22:00"},
        {"quiet_until": "22:00"},
        {"quiet_from": "22:00", "quiet_until": "22:00"},
    ],
)
def test_quiet_hours_have_two_ends(admin, times):
    response = admin.post(f"{ADD}?service=wecom", {**FORM, "webhook": WECOM, **times})
    assert list(response.context["adminform"].form.errors) == ["quiet_until"]


def test_kinds(admin):
    offered = [kind for kind, _label in KINDS]
    assert not HIDDEN_KINDS & set(offered)
    text = admin.get(f"{ADD}?service=wecom").content.decode()
    assert not any(kind in text for kind in HIDDEN_KINDS)
    form = {**FORM, "webhook": WECOM, "quiet_from": "22:00", "quiet_until": "08:00"}
    admin.post(f"{ADD}?service=wecom", {**form, "kinds": ["sync_failed", "no_worker"]})
    target = AlertTarget.objects.get()
    assert (target.kinds, target.quiet_from) == (["sync_failed", "no_worker"], time(22))
    # All of them are stored as none: later ones are told, too.
    admin.post(page(target), {**FORM, "kinds": offered})
    target.refresh_from_db()
    assert (target.kinds, target.quiet_from) == ([], None)


# --- Secrets --------------------------------------------------------------------------------------


def test_a_secret_is_kept_and_never_shown(admin, make_target):
    target = make_target(service="dingtalk", url=f"dingtalk://{SECRET}@{TOKEN}/")
    for address in (LIST, page(target), f"{page(target)}?service=feishu"):
        text = admin.get(address).content.decode()
        assert SECRET not in text
        assert TOKEN not in text
    assert "已设置" in admin.get(page(target)).content.decode()
    assert admin.post(page(target), {**FORM, "name": "新"}).status_code == 302
    target.refresh_from_db()
    assert (target.name, target.url) == ("新", f"dingtalk://{SECRET}@{TOKEN}/")


def test_a_secret_alone_is_not_enough(admin, make_target):
    target = make_target(service="dingtalk", url=f"dingtalk://{TOKEN}/")
    response = admin.post(page(target), {**FORM, "secret": SECRET})
    assert list(response.context["adminform"].form.errors) == ["webhook"]


def test_another_service_asks_everything_anew(admin, make_target):
    target = make_target()
    response = admin.post(f"{page(target)}?service=webhook", FORM)
    assert list(response.context["adminform"].form.errors) == ["webhook"]
    target.refresh_from_db()
    assert target.service == "wecom"
    form = {**FORM, "webhook": "https://example.com/x", "service": "webhook"}
    assert admin.post(page(target), form).status_code == 302
    target.refresh_from_db()
    assert (target.service, target.url) == ("webhook", "jsons://example.com/x")


def test_what_people_type_is_escaped(admin, make_target, account):
    account.name = "<b>店"
    account.save()
    target = make_target(account, name="<i>群")
    for address in (LIST, page(target)):
        text = admin.get(address).content.decode()
        assert "<i>群" not in text
        assert "<b>店" not in text


# --- Who may do what ------------------------------------------------------------------------------


def test_colleagues_see_targets_of_their_accounts_alone(colleague, make_target, account, foreign):
    own = make_target(account, name="自己的群")
    others = [make_target(foreign, name="别人的群"), make_target(None, name="全部的群")]
    text = colleague.get(LIST).content.decode()
    assert "自己的群" in text
    assert "别人的群" not in text
    assert "全部的群" not in text
    assert colleague.get(page(own)).status_code == 200
    for target in others:
        assert colleague.get(page(target)).status_code == 404
        assert colleague.post(page(target), FORM).status_code == 404
        assert colleague.post(f"{LIST}{target.pk}/test/").status_code == 404
        assert colleague.post(f"{LIST}{target.pk}/delete/", {"post": "yes"}).status_code == 404
    assert AlertDelivery.objects.count() == 0


@pytest.mark.parametrize("chosen", ["", "foreign"])
def test_colleagues_make_targets_for_their_accounts_alone(colleague, account, foreign, chosen):
    given = {**FORM, "webhook": WECOM, "account": foreign.pk if chosen else ""}
    response = colleague.post(f"{ADD}?service=wecom", given)
    assert list(response.context["adminform"].form.errors) == ["account"]
    assert "Foreign" not in response.content.decode()
    response = colleague.post(f"{ADD}?service=wecom", {**given, "account": account.pk})
    assert response.status_code == 302
    assert AlertTarget.objects.get().account == account


def test_who_may_only_look_changes_and_tests_nothing(make_staff, account, make_target):
    client, target = make_staff(account, "view_alerttarget"), make_target(account)
    text = client.get(page(target)).content.decode()
    assert "发送测试" not in text
    assert KEY not in text
    assert client.get(ADD).status_code == 403
    assert client.post(page(target), FORM).status_code == 403
    assert client.post(f"{LIST}{target.pk}/test/").status_code == 403


def test_without_a_right_there_is_no_page(make_staff, account, make_target):
    client, target = make_staff(account, "view_officialaccount"), make_target(account)
    assert client.get(LIST).status_code == 403
    assert client.get(page(target)).status_code in (403, 404)
    assert LIST not in client.get("/admin/").content.decode()


def test_a_target_is_deleted_with_its_messages(admin, make_target):
    target = make_target()
    now = timezone.now()
    AlertDelivery.objects.create(target=target, created_at=now, due_at=now)
    assert "1" in admin.get(f"{LIST}{target.pk}/delete/").content.decode()
    admin.post(f"{LIST}{target.pk}/delete/", {"post": "yes"})
    assert not AlertTarget.objects.exists()


def test_the_choices_of_the_form(admin, colleague, account, foreign):
    everything = Form(admin.get(f"{ADD}?service=wecom").content.decode()).choices["account"]
    assert everything == ["", str(foreign.pk), str(account.pk)] or "" in everything
    own = Form(colleague.get(f"{ADD}?service=wecom").content.decode()).choices["account"]
    assert own == [str(account.pk)]


# --- Test button and history ----------------------------------------------------------------------


@pytest.fixture
def server(transactional_db):
    with running(Webhook()) as server:
        yield server
    for thread in threading.enumerate():
        if thread.name.startswith("alert"):
            thread.join(20)


def test_send_test(server, admin, make_target):
    port = server.server_address[1]
    target = make_target(service="webhook", url=f"json://127.0.0.1:{port}/s3cr3t", name="值班群")
    assert admin.get(f"{LIST}{target.pk}/test/").status_code == 405
    response = admin.post(f"{LIST}{target.pk}/test/", follow=True)
    assert told(response) == ["测试消息已发送，请看是否收到。"]
    assert len(server.got) == 1
    text = response.content.decode()
    assert "测试消息" in text
    assert "s3cr3t" not in text
    server.behaviour = "500"
    response = admin.post(f"{LIST}{target.pk}/test/", follow=True)
    [words] = told(response)
    assert words.startswith("对方返回 HTTP 500。")
    assert "对方返回 HTTP 500。" in admin.get(LIST).content.decode()


def test_the_history(admin, make_target, account, django_assert_max_num_queries):
    target = make_target(account)
    now = timezone.now()
    for number in range(60):
        alert = Alert.objects.create(
            kind="sync_failed", account=account, occurrence=str(number), created_at=now
        )
        AlertDelivery.objects.create(
            alert=alert,
            target=target,
            created_at=now,
            due_at=now,
            attempts=number,
            answer="refused",
            answer_code=93000,
            is_over=number == 59,
        )
    with django_assert_max_num_queries(25):
        text = admin.get(page(target)).content.decode()
    assert "已恢复：同步失败" in text
    assert "93000" in text
    assert text.count('data-label="发送次数"') == 50


def test_a_change_makes_what_waits_due(admin, make_target, account):
    target = make_target(account)
    now = timezone.now()
    later = now + timezone.timedelta(hours=1)
    row = AlertDelivery.objects.create(target=target, created_at=now, due_at=later)
    admin.post(page(target), {**FORM, "account": account.pk})
    row.refresh_from_db()
    assert row.due_at < later


def test_the_list_costs_no_statement_a_target(admin, make_target, django_assert_max_num_queries):
    now = timezone.now()
    for number in range(20):
        target = make_target(name=f"群{number}")
        for answer in ("timed_out", "sent"):
            AlertDelivery.objects.create(
                target=target, created_at=now, due_at=now, status="sent", answer=answer
            )
    with django_assert_max_num_queries(20):
        text = admin.get(LIST).text
    assert text.count("已发送") >= 20
    assert "对方没有及时回应" not in text, "only the newest is shown"


def test_an_empty_list_says_what_targets_are_for(admin, colleague, make_staff, account):
    for client in (admin, colleague):
        text = client.get(LIST).text
        assert "还没有提醒任何人" in text
        assert "添加提醒对象" in text
    assert "没有符合条件的提醒对象" in admin.get(f"{LIST}?q=x").text
    onlooker = make_staff(account, "view_alerttarget").get(LIST).text
    assert "还没有提醒任何人" in onlooker
    assert ADD not in onlooker
