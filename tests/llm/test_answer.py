"""What is taken for a program in a model's answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import heuristics
from evolve.llm.answer import MOST_CHARACTERS, MOST_SAID, AnswerError, heuristic_in
from heuristics import REASONS
from heuristics.tree import identity

PLAIN = "def score(free):\n    return -free.cpu\n"
DOCUMENTED = (
    'def score(free, *, a=2.0):\n    """Best fit: least left."""\n    return -a * free.cpu\n'
)
PARENT = "def score(free, required):\n    left = free.cpu - required.cpu\n    return -left\n"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        f"```python\n{PLAIN}```",
        f"Best fit, then.\n\n```python\n{PLAIN}```\n\nIt packs.",
        f"```\n{PLAIN}```",
        f"```py\n{PLAIN}",  # the fence is not closed
        f"Here it is:\n\n{PLAIN}\nThat should do.",
        f"<think>\ndef score(total):\n    return 1.0\n</think>\n```python\n{PLAIN}```",
        f"```python\n{PLAIN}```\nOnce more:\n```python\n{PLAIN}```",
        f"First x = 1:\n```python\nx = 1\n```\nand then\n```python\n{PLAIN}```",
        f"```python\r\n{PLAIN}```".replace("\n", "\r\n").replace("\r\r", "\r"),
        f"  ```python\n{PLAIN}  ```",
        f"```python\nTIES = 'random'\n\n\n{PLAIN}```",
    ],
)
def test_the_function_is_found_in_whatever_stands_around_it(text: str) -> None:
    assert identity(heuristic_in(text)) == identity(PLAIN)


def test_what_it_says_of_itself_is_kept() -> None:
    source = heuristic_in(f"```python\n{DOCUMENTED}```")
    assert source.startswith('"""Best fit: least left."""')
    assert identity(source) == identity(DOCUMENTED)
    again = heuristics.parse(source, filename="again.py", name="again")
    assert again.params == {"a": 2.0}


@pytest.mark.parametrize("odd", ["\\ud800", "\\x1b[2J", "\\0", "\\u202e", "```", "\\r\\n", "\\t"])
def test_what_it_says_of_itself_is_text_that_can_be_kept_and_shown(odd: str) -> None:
    source = heuristic_in(f'def score(free):\n    """Least {odd} left."""\n    return -free.cpu\n')
    assert source.encode().decode() == source
    assert "```" not in source
    assert all(c.isprintable() or c == "\n" for c in source)
    assert "Least" in source


def test_what_is_said_of_an_answer_is_short() -> None:
    with pytest.raises(AnswerError) as caught:
        heuristic_in(f"```python\ndef {'a' * 60_000}(free):\n    return 1.0\n```")
    assert len(caught.value.message) <= MOST_SAID


@pytest.mark.parametrize(
    ("text", "reason", "said"),
    [
        ("", "syntax", "found no function"),
        ("I can't help with that.", "syntax", "found no function"),
        ("```python\nx = 1\n```", "syntax", "found no function"),
        (f"```python\n{PLAIN}```\n```python\n{DOCUMENTED}```", "forbidden_node", "2 functions"),
        (f"```python\n{PLAIN}\n\n{DOCUMENTED}```", "forbidden_node", "one function"),
        ("```python\ndef priority(item):\n    return 1.0\n```", "forbidden_name", "priority"),
        (
            "```python\ndef scores(free):\n    return free.cpu\n```",
            "forbidden_name",
            "function scores",
        ),
        ("```python\ndef score(free):\n    return -free.cpu +\n```", "syntax", "answer.py"),
        ("```python\ndef score(fre):\n    return 1.0\n```", "forbidden_argument", "free"),
        ("```python\nimport os\n\ndef score(free):\n    return 1.0\n```", "forbidden_name", "os"),
        ("```python\ndef score(free):\n    while True:\n        pass\n```", "forbidden_node", ""),
        ("x" * (MOST_CHARACTERS + 1), "too_large", "characters"),
    ],
)
def test_what_is_no_heuristic_is_told_apart(text: str, reason: str, said: str) -> None:
    with pytest.raises(AnswerError) as caught:
        heuristic_in(text)
    assert caught.value.reason == reason
    assert said in caught.value.message
    assert "\n" not in caught.value.message


def edit(old: str, new: str) -> str:
    return f"<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


def test_edits_change_the_parent_where_their_text_stands() -> None:
    text = "Less is more.\n" + edit("    return -left", "    return -left * left")
    expected = PARENT.replace("-left\n", "-left * left\n")
    assert heuristic_in(text, [PARENT]) == heuristic_in(expected)
    two = edit("free.cpu - required.cpu", "free.mem - required.mem") + edit("-left", "-2.0 * left")
    expected = PARENT.replace("cpu", "mem").replace("-left", "-2.0 * left")
    assert heuristic_in(f"```\n{two}```", [PLAIN, PARENT]) == heuristic_in(expected)


@pytest.mark.parametrize(
    ("old", "parents", "said"),
    [
        ("return right", [PARENT], "found its SEARCH text 0 times"),
        ("left", [PARENT], "found its SEARCH text 2 times"),
        (" ", [PARENT], "found its SEARCH text 0 times"),
        ("left", [], "there is no parent"),
    ],
)
def test_an_edit_that_stands_nowhere_or_twice_is_refused(
    old: str, parents: list[str], said: str
) -> None:
    with pytest.raises(AnswerError, match=said):
        heuristic_in(edit(old, "x"), parents)


@pytest.mark.parametrize(
    "marks", [("<<<<<<< SEARCH", "====="), ("<think>", "```"), ("```", "def f(x):"), ("<", ">")]
)
def test_an_answer_made_of_marks_is_read_in_one_go(marks: tuple[str, str]) -> None:
    one, other = (mark + "\n" for mark in marks)
    text = (one * MOST_CHARACTERS)[: MOST_CHARACTERS // 2] + (other * MOST_CHARACTERS)
    with pytest.raises(AnswerError):
        heuristic_in(text[:MOST_CHARACTERS], [PARENT])


@given(st.text() | st.text("`def score(free):\n return-<>=SEARCHPLython \"'"))
def test_whatever_is_answered_is_a_heuristic_or_has_a_reason(text: str) -> None:
    reason, source = "", ""
    try:
        source = heuristic_in(text, [PARENT])
    except AnswerError as error:
        reason = error.reason
    assert reason in REASONS or heuristics.parse(source, filename="x.py", name="x").checked
