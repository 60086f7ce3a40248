"""A result folder is whole or is not there."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from unstrand import result
from unstrand.failure import ConfigurationError


def test_a_folder_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    with result.folder("saturate", str(out)) as (partial, place):
        (partial / "summary.json").write_text("{}")
        assert not out.exists()
    assert place == out
    assert [path.name for path in out.parent.iterdir()] == ["b"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_nothing_not_even_parents(
    tmp_path: Path, error: type[BaseException]
) -> None:
    def half() -> None:
        with result.folder("saturate", str(tmp_path / "a" / "b")) as (partial, _place):
            (partial / "half").write_text("")
            raise error

    with pytest.raises(error):
        half()
    assert list(tmp_path.iterdir()) == []


def test_what_stands_is_kept_unless_told(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "summary.json").write_text("old")
    with pytest.raises(ConfigurationError, match="standing already"):
        _write(out)
    with pytest.raises(ValueError, match="broken"):
        _write(out, overwrite=True, error=ValueError("broken"))
    assert (out / "summary.json").read_text() == "old"
    _write(out, overwrite=True)
    assert (out / "summary.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_overwrite_never_replaces_what_is_no_result(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("")
    with pytest.raises(ConfigurationError, match="leaves alone"):
        result.expect_free(tmp_path / "home", overwrite=True)


def test_the_folder_one_is_in_is_no_place_for_a_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for out in (".", "..", "/"):
        with pytest.raises(ConfigurationError, match="of its own"):
            result.expect_free(Path(out), overwrite=True)


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    _write(tmp_path / "out")
    assert (tmp_path / "out" / "summary.json").read_text() == "new"


def test_two_results_in_one_second_have_two_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(3):
        with result.folder("replay", None) as (partial, _place):
            (partial / "summary.json").write_text("{}")
    assert len(list((tmp_path / "results").iterdir())) == 3


def test_plain_unwraps_numpy_and_drops_what_is_not_finite() -> None:
    value = {"a": np.float64(1.5), "b": np.arange(2), "c": (math.nan, math.inf), "d": np.int64(3)}
    assert result.plain(value) == {"a": 1.5, "b": [0, 1], "c": [None, None], "d": 3}


def test_a_configuration_has_one_hash_whatever_the_order_of_its_keys() -> None:
    assert result.sha256({"a": 1, "b": 2}) == result.sha256({"b": 2, "a": 1})
    assert result.sha256({"a": 1}) != result.sha256({"a": 2})


def _write(out: Path, *, overwrite: bool = False, error: Exception | None = None) -> None:
    with result.folder("saturate", str(out), overwrite=overwrite) as (partial, _place):
        (partial / "summary.json").write_text("new")
        if error is not None:
            raise error
