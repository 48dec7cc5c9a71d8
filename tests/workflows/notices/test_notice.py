"""What a notice says, whatever lies in it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from workflows.notices.notice import Notice, one_line


@given(st.text())
def test_any_text_becomes_one_line_that_can_be_printed(text):
    line = one_line(text)
    assert line.isprintable()
    line.encode()  # no halves of characters
    if text.isprintable():
        assert line == text


def test_a_title_is_short_and_says_that_it_was_cut():
    title = Notice("failure", "x" * 1_000).title
    assert len(title) == 200
    assert title.endswith("...")


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_notice_is_json_and_text(subject, lines):
    notice = Notice("late", subject, tuple(lines))
    told = json.loads(notice.as_json())
    assert told["event"] == "late"
    assert told["text"] == notice.text
    assert len(notice.text.splitlines()) == 4 + len(lines)
