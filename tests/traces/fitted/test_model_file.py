"""The model as a file: small, read back as it was, and wrong in ways that are told by field."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from traces import TraceError, fitted
from traces.fitted import writing
from traces.fitted.model import Model
from traces.trace import Trace


def test_a_model_is_read_back_as_it_was_written(model: Model, model_file: Path) -> None:
    again = fitted.read_model(model_file)
    assert writing.text(again) == writing.text(model) == model_file.read_text()
    assert again.kinds == model.kinds
    assert again.machines == model.machines
    assert fitted.draw(again, tasks=500).sha256 == fitted.draw(again, tasks=500).sha256


def test_the_file_is_small_and_holds_no_names_of_tasks(model_file: Path) -> None:
    text = model_file.read_text()
    assert len(text) < 12_000
    assert "docs/fitted.md" in text
    assert not re.search(r"\bt\d|\bj\d", text)


def test_a_trace_of_many_kinds_has_a_file_too(small: Trace, tmp_path: Path) -> None:
    fitted.write_model(fitted.fit(small), tmp_path / "m.yaml")
    assert fitted.read(path=tmp_path / "m.yaml").task_count == 1500


Change = Callable[[dict], object]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.pop("laws"), "field laws: found none, expected at least one"),
        (lambda m: m.pop("end_s"), "field end_s: found nothing, expected a value"),
        (lambda m: m.update(lawz=[]), "field lawz: found an unknown key, expected only"),
        (lambda m: m.update(schema=2), "field schema: found 2, expected 1"),
        (lambda m: m.update(tasks=0), "field tasks: found 0, expected a whole number from 1"),
        (lambda m: m.update(tasks=True), "field tasks: found True"),
        (lambda m: m.update(start_tasks=9000), "field start_tasks: found 9000, expected at most"),
        (lambda m: m.update(ordered="yes"), "field ordered: found yes, expected true or false"),
        (lambda m: m.update(units={}), "field units: found {}, expected the unit of each"),
        (lambda m: m["units"].update(gpu=0.3), "field units.gpu: found 0.3, expected one over"),
        (lambda m: m["advice"].update(order="up"), 'field advice.order: found "up"'),
        (lambda m: m["steps_s"].update(submit=0), "field steps_s.submit: found 0"),
        (lambda m: m["machines"][1].update(gpu=0.5), "field machines[1].gpu: found 0.5, expected"),
        (lambda m: m["machines"][0].update(count=0), "field machines[0].count: found 0"),
        (lambda m: m["arrivals"].update(hours=[1, 2]), "field arrivals.hours: found 2 numbers"),
        (lambda m: m["arrivals"].update(levels=[0]), "field arrivals.levels: found [0.0]"),
        (lambda m: m["arrivals"].update(span_s=-1), "field arrivals.span_s: found -1"),
        (lambda m: m["arrivals"].update(span_s=float("nan")), "field arrivals.span_s: found nan"),
        (lambda m: m["sizes"][0].update(counts=[[9, 1]]), "field sizes[0].counts: found [9, 1]"),
        (lambda m: m["sizes"][0].update(counts=[[4]]), "field sizes[0].counts[0]: found [4]"),
        (lambda m: m["sizes"][0].update(size=2), "field sizes[0].counts: found [4, 2000]"),
        (lambda m: m["laws"][0]["lives"][0].update(weight=5), "field laws[0].lives[0].weight"),
        (lambda m: m["laws"][0]["lives"][0].update(sigma=0), "field laws[0].lives[0].sigma"),
        (lambda m: m["laws"][0]["lives"][0].update(never=True), "field laws[0].lives[0].never"),
        (lambda m: m["laws"][0]["lives"].pop(0), "field laws[0].lives: found weights that make"),
        (
            lambda m: m["laws"][0]["lives"][0].update(profiles=[[99, 1]]),
            "field laws[0].lives[0].profiles: found [99.0, 1.0], expected [a profile from 0 to",
        ),
        (lambda m: m["profiles"].__setitem__(0, [1, 2]), "field profiles[0]: found [1, 2]"),
        (lambda m: m["kinds"][0].update(cpu=-1), "field kinds[0].cpu: found -1"),
        (lambda m: m["kinds"][0].update(cpu=0.12345), "field kinds[0].cpu: found 0.12345"),
        (lambda m: m["kinds"][0].update(gpu=1.5), "field kinds[0].gpu: found 1.5, expected"),
        (lambda m: m["kinds"][0].update(batches=[[3, 1, 0]]), "field kinds[0].batches: found [3,"),
        (lambda m: m["kinds"][0].update(batches=[[8, 1, 0]]), "field kinds[0].batches: found size"),
        (lambda m: m["kinds"][0].update(batches=[[4, 1, 99]]), "field kinds[0].batches[0][2]"),
        (lambda m: m["kinds"][0].update(remainder=0), "field kinds[0].remainder: found it"),
        (lambda m: m["kinds"][0].update(models="T4||"), "field kinds[0].models: found 'T4||'"),
        (lambda m: [k.pop("batches") for k in m["kinds"]], "field kinds[0].batches: found no"),
        (lambda m: m.pop("kinds"), "field kinds: found none, expected at least one"),
    ],
)  # fmt: skip
def test_a_broken_file_is_told_by_file_and_field(
    model_file: Path, change: Change, said: str
) -> None:
    content = yaml.safe_load(model_file.read_text())
    change(content)
    model_file.write_text(yaml.safe_dump(content, sort_keys=False))
    with pytest.raises(TraceError) as caught:
        fitted.read_model(model_file)
    assert str(caught.value).startswith(f"{model_file}: {said}"), caught.value


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "found a blank, expected keys such as schema"),
        ("a: [1", "found text that doesn't parse, expected YAML"),
        ("a: &b 1\nc: *b", "found an alias, expected plain YAML"),
        ("schema: 1\n" + "#" * (1 << 20), "found more than 1024 KiB, expected a smaller YAML"),
    ],
)
def test_no_model_at_all_is_told(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(content)
    with pytest.raises(TraceError, match=re.escape(said)):
        fitted.read_model(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="no such file"):
        fitted.read_model(tmp_path / "m.yaml")


_ODD = ("", "x", None, True, -1, 0, 1e300, float("inf"), [], {}, [[]], [[1, 2, 3]], 10**30, "1.5")


@given(seed=st.integers(0, 2**32))
def test_a_mutated_file_is_read_or_told_in_one_line(
    model: Model, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    lots = random.Random(seed)
    content = yaml.safe_load(writing.text(model))
    for _ in range(lots.randint(1, 3)):
        place = content
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = lots.choice(keys)
            if isinstance(place[key], (dict, list)) and lots.random() < 0.8:
                place = place[key]
                continue
            place[key] = lots.choice(_ODD)
            break
    path = tmp_path_factory.mktemp("mutated") / "m.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    try:
        twin = fitted.read(path=path, tasks=50)
    except TraceError as error:
        told = str(error)
    else:
        assert twin.tasks.collect().height == 50
        return
    assert "\n" not in told


def test_a_task_that_is_wrong_is_told_as_one_that_was_drawn(model_file: Path) -> None:
    """The file has no row for it."""
    large = yaml.safe_load(model_file.read_text())
    for kind in large["kinds"]:
        kind["cpu"] = 100_000
    model_file.write_text(yaml.safe_dump(large))
    with pytest.raises(TraceError, match=r"^tasks drawn from .*: row 1, field cpu: found 100000"):
        fitted.read(path=model_file)
