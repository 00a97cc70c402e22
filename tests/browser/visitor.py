"""What a person does with the pages: look, click, type and wait."""

from pathlib import Path
from typing import Any

from selenium.common.exceptions import (
    NoSuchElementException,
    StaleElementReferenceException,
    TimeoutException,
    WebDriverException,
)
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE_SECONDS = 90
# Chromium clicks at a place: where a font that comes late moves the button, it would hit nothing.
AT_REST = """
    const [element, done] = arguments;
    const place = () => JSON.stringify(element.getBoundingClientRect());
    const ready = document.readyState === "complete" && document.fonts.status === "loaded";
    const before = place();
    requestAnimationFrame(() => requestAnimationFrame(() => done(ready && place() === before)));
"""


# What the driver also says of an element whose page is just being left, instead of "stale".
LEFT_BEHIND = "does not belong to the document"


def _of_a_whole_page(condition: Any) -> Any:
    """None while one page gives way to the next."""
    try:
        return condition()
    except WebDriverException as error:
        if LEFT_BEHIND in str(error):
            return None
        raise


class Visitor:
    def __init__(self, driver: WebDriver, url: str, downloads: Path) -> None:
        self.driver = driver
        self.url = url
        self.downloads = downloads

    def until(self, condition: Any, what: str, seconds: float = PATIENCE_SECONDS) -> Any:
        """The first true value of the condition; a page that changes meanwhile is no failure."""
        wait = WebDriverWait(
            self.driver,
            seconds,
            poll_frequency=0.1,
            ignored_exceptions=[NoSuchElementException, StaleElementReferenceException],
        )
        try:
            return wait.until(lambda driver: _of_a_whole_page(condition))
        except TimeoutException as error:
            page = f"{self.driver.current_url}\n{self.text}"
            raise AssertionError(f"{what}: not within {seconds} s at {page}") from error

    def open(self, path: str) -> None:
        self.driver.get(f"{self.url}{path}")

    def log_in(self, user: str, password: str) -> None:
        self.open("/admin/")
        self.type("username", user)
        self.type("password", password + Keys.ENTER)
        self.until(lambda: "/login" not in self.driver.current_url, "logged in")

    def find(self, by: str, what: str) -> WebElement:
        """The first such element, once the page that a click leads to has it."""
        element: WebElement = self.until(lambda: self.driver.find_element(by, what), what)
        return element

    def type(self, name: str, text: str) -> None:
        field = self.find(By.NAME, name)
        field.clear()
        field.send_keys(text)

    def button(self, text: str) -> WebElement:
        """The first visible button or link whose text begins like this, once it stands still."""
        path = f"//*[self::button or self::a][starts-with(normalize-space(.), '{text}')]"

        def visible() -> WebElement | None:
            found = self.driver.find_elements(By.XPATH, path)
            shown = next((element for element in found if element.is_displayed()), None)
            return shown if shown and self.at_rest(shown) else None

        element: WebElement = self.until(visible, f"a button {text!r}")
        return element

    def at_rest(self, element: WebElement) -> bool:
        return bool(self.driver.execute_async_script(AT_REST, element))

    def click(self, text: str) -> None:
        self.button(text).click()

    def unfold(self, text: str) -> None:
        """Open a part of the page that is folded away."""
        summary = self.find(By.XPATH, f"//summary[normalize-space(.)='{text}']")
        self.until(lambda: self.at_rest(summary), f"{text!r} at rest")
        summary.click()

    def open_filters(self, opener: str) -> WebElement:
        """Open the sheet of filters; gives its form."""
        self.click(opener)
        sheet = self.driver.find_element(By.ID, "filter-form")
        self.until(sheet.is_displayed, "the sheet of filters")
        return sheet

    def filter_status(self, opener: str, status: str) -> None:
        """Choose a status in the sheet; waits for the page that it leads to."""
        sheet = self.open_filters(opener)
        radio = f"input[name=subscribed__exact][value='{status}']"
        self.until(lambda: self.at_rest(sheet), "the sheet at rest")
        sheet.find_element(By.CSS_SELECTOR, f"label:has({radio})").click()
        sheet.find_element(By.CSS_SELECTOR, "[data-submit]").click()
        # Those who follow are whom an address means that has no status.
        wanted = f"subscribed__exact={status}" if status != "1" else ""
        self.until(
            lambda: wanted in self.path and (wanted or "subscribed__exact" not in self.path),
            "the filtered list",
        )

    def new_tab(self, path: str) -> None:
        self.driver.switch_to.new_window("tab")
        self.open(path)

    def close_tab(self) -> None:
        self.driver.close()
        self.driver.switch_to.window(self.driver.window_handles[0])

    def see(self, text: str, seconds: float = PATIENCE_SECONDS) -> None:
        self.until(lambda: text in self.text, f"to see {text!r}", seconds)

    @property
    def text(self) -> str:
        return self.driver.find_element(By.TAG_NAME, "body").text

    @property
    def path(self) -> str:
        return self.driver.current_url.removeprefix(self.url)

    def texts(self, selector: str) -> list[str]:
        """Of all such elements, of one page: read anew if it gives way to the next meanwhile."""

        def read() -> tuple[list[str]]:
            found = self.driver.find_elements(By.CSS_SELECTOR, selector)
            return ([each.text for each in found],)

        texts: list[str] = self.until(read, f"the texts of {selector}")[0]
        return texts

    def downloaded(self) -> Path:
        """The one file that was downloaded, once it is complete."""

        def complete() -> list[Path]:
            return [path for path in self.downloads.iterdir() if path.suffix == ".csv"]

        files: list[Path] = self.until(complete, "a download", 60)
        return files[0]
