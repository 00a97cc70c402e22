"""An alert target is made, tested, and its result is seen: in Chinese, by clicking."""

import pytest
from selenium.webdriver.common.by import By

from tests.alerts.servers import Webhook, running

pytestmark = pytest.mark.browser

TARGETS = "/admin/followers/alerttarget/"


@pytest.fixture
def server():
    with running(Webhook()) as server:
        yield server


def test_a_webhook_is_made_and_tested(guest, sample_data, server):
    guest.log_in("admin", "password")
    guest.find(By.CSS_SELECTOR, f"a[href='{TARGETS}']").click()
    guest.until(lambda: guest.path == TARGETS, "the list of targets")
    guest.find(By.CSS_SELECTOR, f"a[href^='{TARGETS}add/']").click()
    guest.find(By.CSS_SELECTOR, "a[href='?service=webhook']").click()
    guest.type("name", "值班系统")
    guest.type("webhook", server.url)
    guest.click("保存并继续修改")
    guest.see("还没有消息")
    assert "s3cr3t" not in guest.driver.page_source
    guest.click("发送测试")
    guest.see("测试消息已发送，请看是否收到。")
    assert [message["title"] for message in server.got] == ["测试：提醒可以送达"]
    assert "已发送" in guest.texts("table.wx-table tbody tr")[0]
    server.behaviour = "500"
    guest.click("发送测试")
    guest.see("对方返回 HTTP 500。")
    assert "失败" in guest.texts("table.wx-table tbody tr")[0]
