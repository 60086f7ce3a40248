"""Overrides are checked, quoted and composed; what is wrong comes out as one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from unstrand import configuration, keys, overrides, schema
from unstrand.failure import ConfigurationError


def composed(command: str, *words: str) -> object:
    line = overrides.split(words, positionals=False)
    return configuration.compose(command, overrides.prepare(command, line), line.config_dirs)


@pytest.mark.parametrize("command", schema.SCHEMAS)
def test_every_command_composes_with_its_defaults(command: str) -> None:
    assert isinstance(composed(command), schema.SCHEMAS[command])


@pytest.mark.parametrize(
    ("command", "word", "said"),
    [
        ("saturate", "offerd=1", "unknown key 'offerd'; did you mean 'offered'?"),
        ("saturate", "coverage=1", "unknown key 'coverage'; did you mean 'mix.coverage'?"),
        ("saturate", "mix.coverge=1", "did you mean 'mix.coverage'?"),
        ("saturate", "load=0.9", "by 'offered'"),
        ("replay", "offered=1", "by 'load'"),
        ("saturate", "heuristic=fdg", "unknown heuristic 'fdg'; did you mean 'fgd'?"),
        ("saturate", "heuristic=mine.py", "heuristic.file=mine.py"),
        ("saturate", "trace=opnb", "unknown trace 'opnb'; did you mean 'openb'?"),
        ("saturate", "trace=", "trace: found '', expected a name"),
        ("saturate", "experiment=none", "unknown experiment 'none'; expected one of"),
        ("evolve", "problem=opnb", "unknown problem 'opnb'; did you mean"),
        ("saturate", "offered=abc", "offered: found 'abc', expected a number above 0"),
        ("saturate", "offered=nan", "offered: found nan, expected a number above 0"),
        ("saturate", "offered=-1", "offered: found -1.0, expected a number above 0"),
        ("saturate", "offered=", "offered: found '', expected a number"),
        ("saturate", "seeds=1.5", "seeds: found '1.5', expected a whole number"),
        ("saturate", "seeds=0", "seeds: found 0, expected a whole number at least 1"),
        ("saturate", "json=maybe", "json: found 'maybe', expected true or false"),
        ("saturate", "ties=frist", "ties: found 'frist', expected first, random or rounded"),
        ("saturate", "split=tests", "did you mean 'test'?"),
        ("replay", "queue=lifo", "did you mean 'fifo'?"),
        ("saturate", "heuristics=fgd", "heuristics: found 'fgd', expected a list"),
        ("saturate", "heuristic.params=3", "heuristic.params: found '3', expected names"),
        ("saturate", "heuristic.compose=x", "heuristic.compose: found 'x', expected a list"),
        ("saturate", "mix=3", "mix: found '3', expected its keys, such as mix.coverage"),
        ("saturate", "heuristic=fgd,best_fit", "-m sweeps"),
        ("saturate", "offered=[1", "found 'offered=[1', expected KEY=VALUE"),
        ("saturate", "fgd", "found 'fgd', expected KEY=VALUE"),
        ("saturate", "+seedz=1", "unknown key 'seedz'"),
        ("saturate", "~seeds", "keys can't be removed"),
        ("saturate", "--jsn", "unknown option '--jsn'"),
        ("replay", "experiment=fgd_atc23", "In 'experiment/fgd_atc23': unknown key 'offered'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(command: str, word: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        composed(command, word)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "path",
    [
        "/plain/path.csv",
        "/a b/x[1]=2.csv",
        "it's.csv",
        'say "so".csv',
        "a,b.csv",
        "{brace}.csv",
        "back\\slash.csv",
        "ends\\",
        "both\\'.csv",
        "mönche/東京.csv",
        "${HOME}/x.csv",
        "a=b=c",
        "(1).csv",
        " lead.csv",
        "#1&2;3.csv",
        "null.csv",
        "10",
        "~/x~1.csv",
        "tab\there.csv",
    ],
)
def test_a_path_comes_through_as_it_was_written(path: str) -> None:
    settings = composed("saturate", f"trace.tasks={path}", f"out={path}")
    assert isinstance(settings, schema.Saturate)
    assert settings.trace.tasks == path
    assert settings.out == path


def test_paths_in_a_list_of_heuristics_come_through() -> None:
    settings = composed("saturate", "heuristics=[fgd, my dir/a=1.py]")
    assert isinstance(settings, schema.Saturate)
    assert settings.heuristics == ["fgd", "my dir/a=1.py"]


def test_a_sweep_chooses_among_lists() -> None:
    line = overrides.split(["-m", "heuristics=[fgd,a b.py],[best_fit]"], positionals=False)
    assert overrides.prepare("compare", line) == ["heuristics=[fgd,'a b.py'],[best_fit]"]


def test_an_empty_or_null_path_is_none() -> None:
    settings = composed("saturate", "trace.tasks=", "trace.nodes=null")
    assert isinstance(settings, schema.Saturate)
    assert settings.trace.tasks is None
    assert settings.trace.nodes is None


def test_parameters_are_open_and_typed_as_written() -> None:
    settings = composed("saturate", "heuristic.params.alpha=0.3", "heuristic.params.k=2")
    assert isinstance(settings, schema.Saturate)
    assert settings.heuristic.params == {"alpha": 0.3, "k": 2}


def test_a_composition_holds_names_and_steps() -> None:
    settings = composed("saturate", "heuristic.compose=[{name:lava,step:1.0},{name:best_fit}]")
    assert isinstance(settings, schema.Saturate)
    assert settings.heuristic.compose == [{"name": "lava", "step": 1.0}, {"name": "best_fit"}]


def test_contain_is_a_word_also_where_yaml_takes_it_for_none() -> None:
    for word in ("lock", "process", "off"):
        assert configuration.outcome(composed("replay", f"contain={word}"))["contain"] == word
    for word in ("on", "true", "false", "locked"):
        with pytest.raises(ConfigurationError, match="expected lock, process or off"):
            composed("replay", f"contain={word}")


def test_what_does_not_decide_the_results_is_not_kept_with_them() -> None:
    kept = configuration.outcome(composed("saturate", "out=x", "workers=3", "json=true"))
    assert not {"out", "overwrite", "json", "workers"} & set(kept)
    assert kept["mix"] == {"coverage": 0.95, "resources": ["cpu", "gpu"]}


def test_a_folder_of_ones_own_adds_to_the_groups(tmp_path: Path) -> None:
    group = tmp_path / "my [conf]" / "trace"
    group.mkdir(parents=True)
    (group / "mine.yaml").write_text("name: canonical\npath: /data/mine\n")
    settings = composed("saturate", "--config-dir", str(group.parent), "trace=mine")
    assert isinstance(settings, schema.Saturate)
    assert settings.trace.path == "/data/mine"


def test_every_key_says_what_it_is() -> None:
    for kind in schema.SCHEMAS.values():
        for known in keys.keys(kind):
            assert known.rule.help
            assert known.type


def test_configuration_and_package_name_the_same_heuristics() -> None:
    heuristics = pytest.importorskip("heuristics")
    shipped = [*heuristics.names(), *heuristics.discoveries(), "recorded"]
    assert configuration.options("heuristic") == sorted(shipped)


def test_configuration_and_package_name_the_same_traces() -> None:
    traces = pytest.importorskip("traces")
    assert configuration.options("trace") == sorted(traces.names())


@pytest.mark.parametrize("name", configuration.options("heuristic"))
def test_each_heuristic_is_chosen_by_its_name(name: str) -> None:
    settings = composed("saturate", f"heuristic={name}")
    assert isinstance(settings, schema.Saturate)
    assert settings.heuristic.name == name
