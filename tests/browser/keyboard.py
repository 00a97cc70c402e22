"""What a person does who has no mouse."""

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from .visitor import Visitor

FOCUSED = "return document.activeElement.matches(arguments[0])"


def press(visitor: Visitor, *keys: str) -> None:
    ActionChains(visitor.driver).send_keys(*keys).perform()


def press_back(visitor: Visitor) -> None:
    actions = ActionChains(visitor.driver)
    actions.key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()


def has_focus(visitor: Visitor, selector: str) -> bool:
    return bool(visitor.driver.execute_script(FOCUSED, selector))


def go_to(visitor: Visitor, selector: str, most: int = 60) -> None:
    """Press Tab until such an element has the focus."""
    for _number in range(most):
        if has_focus(visitor, selector):
            return
        press(visitor, Keys.TAB)
    raise AssertionError(f"Tab does not reach {selector}")
