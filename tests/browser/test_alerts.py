"""An alert target is made, tested, and its result is seen: in Chinese, by clicking."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from tests.alerts.servers import Webhook, running

pytestmark = pytest.mark.browser

TARGETS = "/admin/followers/alerttarget/"


@pytest.fixture
def server():
    with running(Webhook()) as server:
        yield server


def test_a_webhook_is_made_and_tested(guest, sample_data, server):
    guest.log_in("admin", "password")
    guest.click("提醒")
    guest.until(lambda: TARGETS in guest.path, "the list of targets")
    guest.open(f"{TARGETS}add/")
    guest.click("选择Webhook")
    guest.type("name", "值班系统")
    guest.type("webhook", server.url)
    Select(guest.find(By.NAME, "language")).select_by_value("zh-hans")
    guest.click("保存并继续修改")
    guest.see("没有消息")
    assert "s3cr3t" not in guest.driver.page_source
    guest.click("发送测试")
    guest.see("测试消息已发送，请看是否收到。")
    assert [message["title"] for message in server.got] == ["测试：提醒可以送达"]
    assert "已发送" in guest.texts("table.wx-table tbody tr")[0]
    server.behaviour = "500"
    guest.click("发送测试")
    guest.see("对方返回 HTTP 500。")
    assert "失败" in guest.texts("table.wx-table tbody tr")[0]
