"""In a real browser: whole paths of a clinician, a patient and an intruder, keyboard only, axe on every page.

The browser is the system's Chromium (VAGUS_CHROMIUM names another); without one these tests are skipped. Every request
to another host is refused and counted: there must be none.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .server import Served, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe_module = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
CHROMIUM = os.environ.get("VAGUS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("no Chromium on this system", allow_module_level=True)

PASSWORD = "a password for the browser"
CRISIS = "Call 112 at once. Somebody answers day and night."


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("browser") / "clinic"
    with serving(folder, "--enable-forecast", "--processes", "1") as server:
        yield server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Any, served: Served) -> Iterator[Callable[..., Any]]:
    """Opens browsers of their own; none may reach another host, complain in its console, or open a dialog."""
    wrong: list[str] = []
    contexts: list[Any] = []

    def refuse(route: Any) -> None:
        if route.request.url.startswith((served.address, "data:", "blob:")):
            route.continue_()
        else:
            wrong.append(f"asked for {route.request.url}")
            route.abort()

    def dialog(box: Any) -> None:
        wrong.append(f"dialog: {box.message}")
        box.dismiss()

    def make(**options: Any) -> Any:
        context = chromium.new_context(base_url=served.address, **options)
        context.set_default_timeout(60_000)
        context.route("**/*", refuse)
        contexts.append(context)
        page = context.new_page()
        page.on("dialog", dialog)
        page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
        page.on(
            "console",
            lambda line: (
                wrong.append(f"console: {line.text}") if "Content Security Policy" in line.text else None
            ),
        )
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []


def sign_in(page: Any, name: str, password: str = PASSWORD) -> None:
    page.goto("/login/")
    page.fill("#id_username", name)
    page.fill("#id_password", password)
    page.click("main button.go")
    page.wait_for_load_state()


def new_account(page: Any, name: str, role: str) -> str:
    page.goto("/manage/accounts/new/")
    page.fill("#id_username", name)
    page.select_option("#id_role", role)
    page.click("main button.go")
    return str(page.inner_text(".secret"))


def first_password(page: Any, name: str, secret: str) -> None:
    sign_in(page, name, secret)
    page.fill("#id_old_password", secret)
    page.fill("#id_new_password1", PASSWORD)
    page.fill("#id_new_password2", PASSWORD)
    page.click("main button.go")
    page.wait_for_load_state()


def send(page: Any) -> None:
    page.click("main form.sheet button.go")
    page.wait_for_load_state()


@pytest.fixture(scope="module")
def known() -> dict[str, str]:
    """What one path leaves for the next: addresses and accounts."""
    return {}


def test_1_the_first_start(opened: Callable[..., Any], served: Served, known: dict[str, str]) -> None:
    page = opened()
    page.goto("/")
    assert "First start" in page.title()
    page.fill("#id_code", served.code)
    page.fill("#id_username", "boss")
    page.fill("#id_password", PASSWORD)
    page.fill("#id_again", PASSWORD)
    page.fill("#id_name", "Browser clinic")
    page.fill("#id_crisis_text", "   ")
    send(page)
    assert "This field is required" in page.inner_text("main")
    page.fill("#id_code", served.code)
    page.fill("#id_password", PASSWORD)
    page.fill("#id_again", PASSWORD)
    page.fill("#id_crisis_text", CRISIS)
    send(page)
    assert "Manage" in page.title()
    page.goto("/manage/notice/")
    page.check("input[name=read]")
    send(page)
    secrets = {role: new_account(page, role, role) for role in ("clinician", "staff", "researcher")}
    for role, secret in secrets.items():
        other = opened()
        first_password(other, role, secret)
        assert "/login" not in other.url


def visit_day(page: Any, person: str, day: int, systolic: int) -> None:
    """One visit: vital signs before, the dose, after forty minutes."""
    page.goto(f"{person}visits/new/")
    send(page)
    visit = page.url
    for moment, pressure in (("before", systolic), ("minutes_40", systolic + 15)):
        page.goto(f"{visit}vitals/?moment={moment}")
        page.fill("#id_systolic", str(pressure))
        page.fill("#id_diastolic", str(78 + day))
        page.fill("#id_heart_rate", str(70 + day))
        send(page)
        if moment == "before":
            page.goto(f"{visit}dose/")
            page.fill("#id_amount", str(35 + day))
            send(page)


def test_2_a_clinicians_path(opened: Callable[..., Any], known: dict[str, str]) -> None:
    page = opened()
    sign_in(page, "clinician")
    page.goto("/people/new/")
    page.fill("#id_name", "Vera Versuch")
    page.fill("#id_born", "1980-05-04")
    page.select_option("#id_sex", "female")
    page.fill("#id_weight", "70")
    send(page)
    person = known["person"] = page.url
    page.goto(f"{person}condition/")
    page.select_option("#id_key", "mdd")
    send(page)
    for day in range(5):
        visit_day(page, person, day, 120 + day)
    assert page.locator(".steps .done").count() == 3

    page.goto(f"{person}visits/new/")
    send(page)
    visit = page.url
    page.goto(f"{visit}vitals/")
    page.fill("#id_systolic", "162")
    page.fill("#id_diastolic", "95")
    send(page)
    assert "above this clinic's gate" in page.inner_text(".gate")
    page.goto(f"{visit}dose/")
    page.fill("#id_amount", "35.5")
    page.fill("#id_override", "ok")
    send(page)
    assert "Say why it is given all the same" in page.inner_text("main")
    page.fill("#id_override", "Seen by the physician, pressure is usual for her")
    send(page)
    assert page.url == visit

    for _ in range(2):
        page.goto(f"{person}answer/phq9/")
        for item in range(1, 10):
            page.check(f"#id_item_{item}_1")
        send(page)
        if page.locator(".question").count():
            page.check("#id_confirm")
            send(page)
    assert page.locator(".alarm").count() >= 1
    page.click(".alarm a >> nth=0")
    page.fill("#note", "Asked about it. No plan, no intent. Safety plan gone through.")
    page.click("text=Acknowledge")
    assert "is acknowledged" in page.inner_text("main")

    page.goto(person)
    assert page.locator("svg.chart:visible").count() == 1
    with page.expect_download() as waiting:
        page.click("text=PDF")
    assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF")


def test_3_a_forecast(opened: Callable[..., Any], known: dict[str, str]) -> None:
    page = opened()
    sign_in(page, "clinician")
    page.goto(f"{known['person']}forecast/")
    assert "Not a medical device" in page.inner_text("main")
    page.select_option("#id_weeks", "4")
    send(page)
    assert "/jobs/" in page.url
    page.wait_for_url("**/forecast/", timeout=280_000)
    assert "Forecast in numbers" in page.inner_text("main")
    with page.expect_download() as waiting:
        page.click(".tabs >> text=PDF")
    assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF")
    page.goto(f"{known['person']}drives/")
    assert "Loop" in page.inner_text("main")


def test_3_a_trial(opened: Callable[..., Any], known: dict[str, str]) -> None:
    page = opened()
    sign_in(page, "clinician")
    page.goto("/trials/new/")
    for field, value in (("people", "20"), ("days", "7"), ("visits", "1, 7")):
        page.fill(f"#id_{field}", value)
    send(page)
    page.wait_for_url("**/trials/*/", timeout=120_000)
    known["trial"] = page.url
    assert "Nobody took part" in page.inner_text("main") and page.locator("svg.chart:visible").count() == 1
    page.goto(known["person"])
    with page.expect_download() as waiting:
        page.click("text=The record as FHIR")
    page.goto("/people/import/")
    page.set_input_files("#id_bundle", waiting.value.path())
    send(page)
    assert "is here already" in page.inner_text("main")


def test_4_a_patients_path(opened: Callable[..., Any], known: dict[str, str]) -> None:
    page = opened()
    sign_in(page, "clinician")
    page.goto(known["person"])
    page.click("text=Make an account for the diary")
    secret, name = page.inner_text(".secret"), page.inner_text("h1").split()[-1]
    known["patient"] = name
    own = opened(viewport={"width": 390, "height": 844})
    first_password(own, name, secret)
    assert own.url.endswith("/diary/")
    own.goto("/diary/new/")
    for scale in ("phq2", "gad2"):
        for item in (1, 2):
            own.check(f"#id_{scale}-item_{item}_1")
    own.check("#id_day-pain_2")
    own.fill("#id_day-sleep_hours", "7")
    own.check("#id_day-energy_4")
    send(own)
    assert "Thank you" in own.inner_text("main") and own.locator("svg.chart:visible").count() == 1
    own.goto("/diary/phq9/")
    for item in range(1, 10):
        own.check(f"#id_item_{item}_2")
    send(own)
    if own.locator(".question").count():
        own.check("#id_confirm")
        send(own)
    assert CRISIS in own.inner_text(".crisis")
    assert own.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for closed in (
        known["person"],
        f"{known['person']}forecast/",
        "/people/",
        "/clinic/",
        "/research/",
        "/manage/",
    ):
        assert own.goto(closed).status == 403


def test_5_an_intruder(opened: Callable[..., Any], served: Served, known: dict[str, str]) -> None:
    nobody = opened()
    assert "/login/" in nobody.goto(known["person"]).url
    assert nobody.request.get(f"{served.address}/api/people").status == 401

    nurse = opened()
    sign_in(nurse, "staff")
    assert nurse.goto(f"{known['person']}forecast/").status == 403
    assert nurse.goto(f"{served.address}/people/00000000-0000-4000-8000-000000000000/").status == 404
    cookie = next(each for each in nurse.context.cookies() if each["name"] == "sessionid")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    forged = nurse.request.post(f"{served.address}/people/new/", form={"name": "forged"})
    assert forged.status == 403
    bomb = nurse.evaluate(
        "(async () => (await fetch('/people/new/', {method: 'POST', body: 'x='.padEnd(3e6, 'y'),"
        " headers: {'Content-Type': 'application/x-www-form-urlencoded'}})).status)()"
    )
    assert bomb in (400, 403, 413)

    for words in (
        "<script>alert(1)</script>",
        "'\"><img src=x onerror=alert(2)>",
        "'; DROP TABLE record_person; --",
    ):
        nurse.goto("/people/new/")
        nurse.fill("#id_name", words)
        nurse.fill("#id_born", "1980-05-04")
        nurse.select_option("#id_sex", "male")
        nurse.fill("#id_weight", "70")
        nurse.fill("#id_contact", words)
        send(nurse)
        assert nurse.inner_text("h1").startswith(words[:20])
        nurse.goto(f"/people/?q={words}")
        assert words in nurse.inner_text("tbody")

    nurse.click("text=Sign out")
    thief = opened()
    thief.context.add_cookies([{"name": "sessionid", "value": cookie["value"], "url": served.address}])
    assert "/login/" in thief.goto("/people/").url


def test_6_keyboard_only(opened: Callable[..., Any]) -> None:
    page = opened()
    page.goto("/login/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("clinician")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/clinic/**")
    page.goto("/people/new/")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        here = page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        reached.append(here)
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", here
        if here == "id_name":
            page.keyboard.type("Kay Board")
        elif here == "id_born":
            page.keyboard.type("05041980")
        elif here == "id_sex":
            page.keyboard.press("ArrowDown")
        elif here == "id_weight":
            page.keyboard.type("65")
        elif here == "Save":
            page.keyboard.press("Enter")
            break
    assert {"id_name", "id_born", "id_sex", "id_weight"} <= set(reached)
    page.wait_for_load_state()
    assert "Kay Board" in page.inner_text("h1")


PAGES = {
    "nobody": [
        "/login/", "/about/", "/nonsense/", "/explore/", "/explore/arrow/immune/kynurenine/", "/explore/claims/",
        "/explore/claims/K04/",
    ],
    "clinician": [
        "/clinic/", "/people/", "/people/new/", "/people/import/", "/alerts/", "/trials/", "/trials/new/", "/account/",
        "/account/factor/", "/password/",
    ],
    "boss": [
        "/manage/", "/manage/accounts/", "/manage/accounts/new/", "/manage/settings/", "/manage/notice/",
        "/manage/audit/", "/manage/retention/",
    ],
    "researcher": ["/research/"],
}  # fmt: skip
OF_A_PERSON = [
    "", "print/", "edit/", "team/", "condition/", "background/", "medical/", "consent/", "note/",
    "answer/phq9/", "answer/madrs/", "visits/new/", "forecast/", "forecast/print/", "drives/",
]  # fmt: skip
VISIT = "aside a[href*='/visits/']:not([href$='/new/'])"
# Pages that are reached from others: whose, where the link stands, the link, and what is added to it.
LINKED = (
    ("clinician", "{person}", VISIT, ("", "vitals/", "dose/", "event/")),
    ("clinician", "{person}", ".chips a[href*='/entries/']", ("", "correct/")),
    ("clinician", "/alerts/", "tbody a[href*='/alerts/']", ("",)),
    ("boss", "/manage/accounts/", "tbody a", ("",)),
    ("boss", "/manage/retention/", "tbody a", ("",)),
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_7_axe_finds_nothing(opened: Callable[..., Any], known: dict[str, str], scheme: str) -> None:
    axe, found = axe_module.Axe(), []

    def look(page: Any, address: str) -> None:
        page.goto(address)
        for one in axe.run(page).response["violations"]:
            targets = [node["target"] for node in one["nodes"]][:3]
            found.append((address, one["id"], targets))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append((address, "wider than the screen", []))

    for role, addresses in PAGES.items():
        page = opened(
            color_scheme=scheme, viewport={"width": 390 if scheme == "dark" else 1280, "height": 900}
        )
        if role != "nobody":
            sign_in(page, role)
        if role == "clinician":
            addresses = [*addresses, known["trial"], *(known["person"] + each for each in OF_A_PERSON)]
        for address in addresses:
            look(page, address)
        for where, link, more in (row[1:] for row in LINKED if row[0] == role):
            page.goto(where.format(person=known["person"]))
            target = page.locator(link).first.get_attribute("href")
            for each in more:
                look(page, target + each)
    page = opened(color_scheme=scheme, viewport={"width": 390, "height": 844})
    sign_in(page, known["patient"])
    for address in ("/diary/", "/diary/new/", "/diary/phq9/"):
        look(page, address)
    assert not found, "\n".join(map(str, found))


def test_8_explore_moves(opened: Callable[..., Any]) -> None:
    page = opened(viewport={"width": 1280, "height": 900})
    page.goto("/explore/?condition=healthy")
    assert page.locator("#map g.runs").count() == 0
    page.locator("#s-stress").fill("0.8")
    playwright.expect(page.locator("#explore-status")).to_contain_text("Computed in", timeout=20_000)
    assert page.locator("#map g.runs").count() > 3
    assert "stress=0.8" in page.url
    page.locator("#day").fill("0")
    early = page.locator("#map g.runs").count()
    page.click("#play")
    page.wait_for_timeout(2500)
    assert page.locator("#map g.runs").count() >= early
    page.locator("#map g[data-giver]").first.dispatch_event("click")
    page.wait_for_url("**/explore/arrow/**")
