"""A survey tells what a person has to know of a trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import traces
from traces.offered import INSTANTS, PARTS, offered


def test_the_hand_made_folder_is_surveyed_to_the_figure(canonical: Callable[..., Path]) -> None:
    survey = traces.check(traces.read(canonical()))
    assert (survey.tasks, survey.machines, survey.jobs, survey.span_s) == (3, 3, 2, 15.0)
    assert survey.totals == {"cpu": 28.0, "mem": 224.0, "gpu": 3.0}
    assert survey.requested == {"cpu": 19.0, "mem": 6.5, "gpu": 2.5}
    assert survey.largest_machine == {"cpu": 16.0, "mem": 128.0, "gpu": 2.0}
    assert survey.largest_request == {"cpu": 16.0, "mem": 4.0, "gpu": 2.0}
    assert survey.machines_by_model == {"T4": 1, "A10": 1, "": 1}
    assert (survey.machine_types, survey.shapes) == (3, 3)
    assert (survey.alive_at_start, survey.lifetimes_unknown) == (1, 1)
    assert survey.unknown == ()
    assert survey.warnings == ()
    # Of the span from 0 to 15 s, a holds 1 core for 10 s, b 2 cores from 1.5 s on, c 16 all along.
    held = 1 * 10 + 2 * 13.5 + 16 * 15
    assert survey.offered_pct is not None
    assert survey.offered_pct["cpu"] == pytest.approx(100 * held / (28 * 15))


def test_odd_tasks_are_warned_of(canonical: Callable[..., Path]) -> None:
    rows = "id,submit,lifetime,cpu,mem,gpu\na,0,0,1,0,0\nb,0,5,0,0,0\nc,1,1,1,1,0\n"
    survey = traces.check(traces.read(canonical({"tasks.csv": rows})))
    assert survey.warnings == (
        "1 task lives 0 s (counts as 1 ms)",
        "1 task asks for nothing at all",
        "1 task asks for 0 cpu",
        "2 tasks ask for 0 mem",
        "no task asks for gpu",
    )
    assert survey.unknown == ("models", "max_per_machine", "machine")


def test_load_is_left_open_where_lifetimes_are_unknown(canonical: Callable[..., Path]) -> None:
    rows = "id,submit,cpu,mem,gpu\na,0,1,1,0\nb,9,1,1,0\n"
    survey = traces.check(traces.read(canonical({"tasks.csv": rows})))
    assert survey.offered_pct is None
    assert survey.lifetimes_unknown == 2


def test_load_over_time_is_told_by_tenths_and_peak(canonical: Callable[..., Path]) -> None:
    survey = traces.check(traces.read(canonical()))
    assert survey.offered is not None
    # c holds 16 cores all along, a one to 10 s, b two from 1.5 s on; a tenth is 1.5 s.
    assert survey.offered.tenths["cpu"] == pytest.approx(
        [17, 19, 19, 19, 19, 19, 18 + 2 / 3, 18, 18, 18]
    )
    assert survey.offered.peak["cpu"] == 19
    assert survey.offered.peak_s["cpu"] == pytest.approx(1.5)
    assert survey.peak_pct is not None
    assert survey.peak_pct["cpu"] == pytest.approx(100 * 19 / 28)


@given(
    tasks=st.lists(
        st.tuples(st.integers(0, 50), st.none() | st.integers(0, 60), st.integers(0, 9)),
        min_size=1,
        max_size=12,
    )
)
def test_load_over_time_agrees_with_counting_instant_by_instant(
    tasks: list[tuple[int, int | None, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [
        f"t{i},{at},{'' if life is None else life},{cores}"
        for i, (at, life, cores) in enumerate(tasks)
    ]
    folder = tmp_path_factory.mktemp("trace")
    (folder / "tasks.csv").write_text("\n".join(["id,submit,lifetime,cpu", *rows]))
    (folder / "machines.csv").write_text("id,cpu\nm,9\n")
    trace = traces.read(folder)
    found = offered(trace)
    if trace.span_s == 0:
        assert found is None
        return
    assert found is not None
    first = min(at for at, _, _ in tasks)
    instants = [first + trace.span_s * step / INSTANTS for step in range(INSTANTS)]
    level = [
        sum(
            cores
            for at, life, cores in tasks
            if at <= instant and (life is None or instant < at + life)
        )
        for instant in instants
    ]
    assert found.peak["cpu"] == pytest.approx(max(level))
    end = first + trace.span_s
    held = sum(
        cores * (min(end, end if life is None else at + life) - at) for at, life, cores in tasks
    )
    assert sum(found.tenths["cpu"]) / PARTS == pytest.approx(held / trace.span_s)


NEVER = "id,submit,lifetime,cpu,mem,gpu\na,0,10,1,2,0\nb,5,10,1,2,0\n"
FULL = "id,submit,lifetime,cpu,mem,gpu\na,0,10,14,2,0\nb,0,10,14,2,0\n"


@pytest.mark.parametrize(
    ("files", "meaningful", "command", "settings", "why"),
    [
        (
            {"tasks.csv": NEVER},
            False,
            "compare",
            ("load=0.9", "split=all"),
            "hold at most 7.1 % of cpu",
        ),
        (
            {"tasks.csv": FULL},
            True,
            "compare",
            ("order=trace", "split=all"),
            "ask for 100 % of cpu on average",
        ),
        (
            {"tasks.csv": FULL + "c,0,10,14,2,0\n"},
            False,
            "compare",
            ("load=0.9", "split=all"),
            "much would be turned away",
        ),
        (
            {"tasks.csv": "id,submit,cpu,mem,gpu\na,0,1,2,0\n"},
            False,
            "saturate",
            (),
            "no lifetime is known",
        ),
        (
            {"tasks.csv": "id,lifetime,cpu,mem,gpu\na,9,1,2,0\n"},
            False,
            "compare",
            ("load=0.9", "split=all"),
            "arrivals are drawn",
        ),
        (
            {"machines.csv": "id,cpu,mem,gpu\n", "tasks.csv": FULL},
            False,
            "trace check",
            ("cell.machines=[{count:1,cpu:64,mem:256,gpu:8}]",),
            "it has no machines: give it yours, or a cell (unstrand list cells) (at its peak it "
            "holds cpu 28, mem 4, gpu 0)",
        ),
        (
            {"machines.csv": "id,cpu,mem,gpu\nm1,16,64,0\n", "tasks.csv": FULL},
            False,
            "replay",
            ("order=trace", "queue=easy"),
            "it has one machine, so there is no placement to choose: replay its queue",
        ),
        (
            {
                "tasks.csv": "id,cpu,mem,gpu,alive_at_start,machine\n"
                "a,14,1,0,1,m1\nb,12,1,0,1,m1\n",
                "trace.json": '{"snapshot": true}',
            },
            True,
            "compare",
            ("baseline=recorded",),
            "the running tasks are the pool",
        ),
        (
            {
                "tasks.csv": "id,cpu,mem,gpu,alive_at_start,machine\na,14,1,0,1,m1\nb,8,1,0,0,\n",
                "trace.json": '{"snapshot": true}',
            },
            False,
            "compare",
            ("load=0.9",),
            "it holds 50 % of cpu, so little strands as it is",
        ),
        (
            {"tasks.csv": FULL, "trace.json": '{"ordered": true}'},
            True,
            "replay",
            (),
            "its order is part of it",
        ),
    ],
)
def test_a_verdict_says_whether_a_replay_is_meaningful_and_what_to_run(
    canonical: Callable[..., Path],
    files: dict[str, str],
    meaningful: bool,
    command: str,
    settings: tuple[str, ...],
    why: str,
) -> None:
    verdict = traces.check(traces.read(canonical(files))).verdict
    assert (verdict.meaningful, verdict.command, verdict.settings) == (
        meaningful,
        command,
        settings,
    )
    assert why in "; ".join(verdict.why)


def test_what_is_missing_and_what_was_dropped_is_said(
    canonical: Callable[..., Path],
) -> None:
    survey = traces.check(traces.read(canonical({"tasks.csv": NEVER})))
    assert survey.missing == (
        "where tasks ran",
        "jobs: each task is one of its own",
        "priorities: all are the same",
    )
    assert (survey.rows, survey.dropped) == (2, {})


def test_of_a_snapshot_only_what_runs_holds_the_machines(canonical: Callable[..., Path]) -> None:
    files = {
        "tasks.csv": "id,cpu,mem,gpu,alive_at_start,machine\na,14,1,0,1,m1\nb,8,1,0,0,\n",
        "trace.json": '{"snapshot": true}',
    }
    survey = traces.check(traces.read(canonical(files)))
    assert survey.running == 1
    assert survey.held_pct is not None
    assert survey.held_pct["cpu"] == 50.0


def test_the_real_traces_get_the_verdicts_that_their_readme_gives(real_data: Path) -> None:
    if not (real_data / "dlrm2025").exists():
        pytest.skip(f"no dlrm2025 in {real_data}")
    inference = traces.load("dlrm2025", path=real_data / "dlrm2025", role="CN")
    cell = [{"count": 2200, "cpu": 192, "mem": 960, "disk": 4096, "rdma": 200}]
    survey = traces.check(traces.furnish(inference, cell))
    assert survey.verdict.meaningful
    assert survey.unplaceable == 19
    assert survey.offered_pct is not None
    assert survey.offered_pct["mem"] == pytest.approx(79.4, abs=0.1)
