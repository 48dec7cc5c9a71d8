"""A question asked by keyboard alone: its answer, how it was read, its SQL in the box; and one that is refused."""

from playwright.sync_api import expect

from tests.browser.conftest import Watched


def ask(watched: Watched, question: str) -> None:
    """Type a question into the page and press Enter."""
    watched.go("/ask")
    watched.page.locator("#question").focus()
    watched.page.keyboard.type(question)
    with watched.page.expect_navigation():
        watched.page.keyboard.press("Enter")
    watched.wait()


def test_an_answer_says_how_it_was_read_and_its_sql_is_run_in_the_box(watched: Watched):
    ask(watched, "number of boards")
    main = watched.page.locator("main")
    expect(main).to_contain_text("What was understood")
    sql = watched.page.locator("#query").input_value()
    assert "count(*)" in sql
    answered = watched.page.locator("main table").first.locator("tbody td").first.inner_text()
    button = watched.page.get_by_role("button", name="Open in the query box")
    button.focus()
    with watched.page.expect_navigation():
        watched.page.keyboard.press("Enter")
    watched.wait()
    assert watched.page.locator("#query").input_value().strip() == sql.strip()
    expect(watched.page.locator("main table").filter(has_text=answered).first).to_be_visible()


def test_a_refusal_says_why_and_what_can_be_asked(watched: Watched):
    ask(watched, "boards that will be great")
    expect(watched.page.locator(".notice.warn")).to_contain_text("isn't answered")
    expect(watched.page.locator("main li a").first).to_be_visible()
    assert watched.page.locator("#question").input_value() == "boards that will be great"


def test_a_script_in_a_question_is_only_text(watched: Watched):
    ask(watched, "<script>alert(1)</script>")
    expect(watched.page.locator("#question")).to_have_value("<script>alert(1)</script>")
    expect(watched.page.locator(".notice.warn")).to_be_visible()
