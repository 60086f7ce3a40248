"""What describes a public data set is checked before anything is asked for."""

from __future__ import annotations

from typing import Any

import pytest

import traces
from traces import public

KNOWN = {"name": "mine", "licence": "CC0", "citation": "Mine, 2024"}
URL = "https://data.example/d/data.csv"


def described(*files: Any, **more: Any) -> public.Dataset:
    return public.dataset(KNOWN | {"files": list(files)} | more)


def test_a_file_is_named_after_its_address_or_as_it_says() -> None:
    made = described("https://data.example/a%20b.csv?x=1", {"url": URL, "path": "in/it.csv"})
    assert [one.path for one in made.files] == ["a b.csv", "in/it.csv"]
    assert made.folder == "mine"


def test_a_table_in_parts_is_as_many_files() -> None:
    made = described(
        URL, {"url": f"{URL}/{{part:05d}}.gz", "path": "t/{part:05d}.gz", "parts": 500}
    )
    assert len(made.files) == 501
    assert made.files[-1].url == f"{URL}/00499.gz"
    assert [one.path for one in made.chosen(parts=2).files] == [
        *("data.csv", "t/00000.gz", "t/00001.gz")
    ]
    assert len(made.chosen(("t",), 3).files) == 3


def test_files_are_chosen_by_path_name_or_what_they_leave() -> None:
    made = described({"url": URL, "path": "in/it.csv"}, {"url": f"{URL}.zip", "unpack": ["a/x"]})
    for name, kept in (("in/it.csv", 0), ("it.csv", 0), ("data.csv.zip", 1), ("x", 1)):
        assert made.chosen((name,)).files == (made.files[kept],)
    with pytest.raises(traces.TraceError, match=r"files: found 'its.csv', .*did you mean it.csv"):
        made.chosen(("its.csv",))


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ({"licence": None}, "fetch.licence: found nothing, expected a text"),
        ({"citation": " "}, "fetch.citation: found nothing, expected a text"),
        ({"files": []}, "fetch.files: found neither, expected files, or by_hand"),
        ({"by_hand": "ask"}, "fetch.files: found both"),
        ({"folder": "../x"}, "fetch.folder: found '../x', expected a path below the data folder"),
        ({"folder": "/x"}, "fetch.folder: found '/x'"),
        ({"files": ["ftp://data.example/x"]}, "fetch.files[0].url: found 'ftp://data.example/x'"),
        ({"files": ["https:///x"]}, "fetch.files[0].url"),
        ({"files": ["https://data.example/a b"]}, "fetch.files[0].url"),
        ({"files": ["https://[x/a"]}, "fetch.files[0].url"),
        ({"files": ["https://data.example/"]}, "fetch.files[0].path: found ''"),
        ({"files": [URL, URL]}, "fetch.files: found data.csv twice"),
        ({"files": [3]}, "fetch.files[0]: found 3, expected a text, or url, path"),
        ({"files": [{"url": URL, "sha": "x"}]}, "fetch.files[0].sha: found an unknown key"),
        ({"files": [{"url": URL, "sha256": "ab"}]}, "expected 64 hexadecimal digits"),
        ({"files": [{"url": URL, "bytes": "1 MB"}]}, "fetch.files[0].bytes: found '1 MB'"),
        ({"files": [{"url": URL, "path": ".x"}]}, "fetch.files[0].path: found '.x'"),
        ({"files": [{"url": URL, "parts": 0}]}, "fetch.files[0].parts: found 0"),
        ({"files": [{"url": URL + "{x}", "parts": 2}]}, "expected {part}, or {part:05d}, where"),
        ({"files": [{"url": URL + "{part", "parts": 2}]}, "expected {part}, or {part:05d}, where"),
        ({"files": [{"url": URL, "parts": 2}]}, "fetch.files: found data.csv twice"),
        ({"files": [{"url": URL, "unpack": ["../x"]}]}, "fetch.files[0].unpack[0].member: found"),
        ({"files": [{"url": URL, "unpack": [{"to": "x"}]}]}, "unpack[0].to: found an unknown key"),
        ({"sums": "here"}, "fetch.sums.url: found 'here'"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(plain: dict[str, Any], said: str) -> None:
    with pytest.raises(traces.TraceError) as caught:
        public.dataset(KNOWN | {"files": [URL]} | plain)
    assert said in str(caught.value)
