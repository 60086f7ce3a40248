"""What a dump says, in whatever form it comes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import traces
from tests.traces.kubernetes.objects import MOMENT, Load, Object, listed, node, pod

FORMS: dict[str, Callable[[list[Object]], bytes]] = {
    "a.json": lambda some: listed(some).encode(),
    "b.json": lambda some: json.dumps(some).encode(),
    "c.json": lambda some: b"\xef\xbb\xbf" + json.dumps({"items": some}).encode(),
    "d.yaml": lambda some: ("kind: List\nitems:\n- " + "\n- ".join(map(json.dumps, some))).encode(),
    "e.yaml": lambda some: ("---\n" + "\n---\n".join(map(json.dumps, some))).encode(),
    "f.json.gz": lambda some: gzip.compress(listed(some).encode()),
    "g.yaml": lambda some: gzip.compress(("- " + "\n- ".join(map(json.dumps, some))).encode()),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_dump_is_the_same_in_every_form(tmp_path: Path, load: Load, name: str) -> None:
    some = [node(), pod(), pod(name="b", on=None), {"kind": "Service", "metadata": {}}]
    (tmp_path / name).write_bytes(FORMS[name](some))
    trace = traces.load("kubernetes", path=tmp_path / name)
    assert trace.sha256 == load(*some).sha256
    assert trace.dropped == {"of kind Service": 1}


def test_objects_without_a_kind_are_told_by_their_shape(load: Load) -> None:
    """As the lists of the API itself have them (kubectl get --raw)."""
    some = [{key: value for key, value in one.items() if key != "kind"} for one in (node(), pod())]
    assert load(*some).sha256 == load(node(), pod()).sha256


def test_files_of_a_folder_and_two_files_are_one_cluster(tmp_path: Path, load: Load) -> None:
    whole = load(node(), node("n2"), pod(), pod(name="b", on="n2"))
    (tmp_path / "dump.json").unlink()
    (tmp_path / "nodes.json").write_text(listed([node(), node("n2")]))
    (tmp_path / "pods-1.json").write_text(json.dumps(pod()))
    (tmp_path / "pods-2.json").write_text(json.dumps(pod(name="b", on="n2")))
    assert traces.load("kubernetes", path=tmp_path).sha256 == whole.sha256
    (tmp_path / "pods.json").write_text(listed([pod(), pod(name="b", on="n2")]))
    two = traces.load("kubernetes", nodes=tmp_path / "nodes.json", tasks=tmp_path / "pods.json")
    assert two.sha256 == whole.sha256


def test_ages_are_from_the_latest_time_in_the_dump(load: Load) -> None:
    trace = load(
        node(),
        pod(name="old", created="2024-03-01T13:00:00+02:00"),
        pod(name="new", created="2024-03-01T11:59:59.5Z"),
        pod(name="unknown", created=None),
        pod(name="waits", on=None, created="2024-02-01T00:00:00Z"),
    )
    assert trace.tasks.select("id", "submit", "alive_at_start").collect().rows() == [
        ("default/old", -3600.0, True),
        ("default/new", -0.5, True),
        ("default/unknown", 0.0, True),
        ("default/waits", 0.0, False),
    ]
    assert f"the moment is {MOMENT} (the latest time in the dump)" in trace.assumed
    assert "of unknown age: 1 pod (as if begun at the moment)" in trace.assumed


def test_pods_that_hold_nothing_are_left_out_and_counted(load: Load) -> None:
    trace = load(
        node(),
        pod(),
        pod(name="a", phase="Succeeded"),
        pod(name="b", phase="Failed", on=None),
        pod(name="c", on="gone"),
        pod(name="d", phase="Unknown"),
        pod(name="e", phase="Pending"),
        {"kind": "ConfigMap", "metadata": {}},
    )
    assert trace.tasks.collect()["id"].to_list() == ["default/web", "default/d", "default/e"]
    assert trace.tasks.collect()["alive_at_start"].to_list() == [True, True, True]
    assert trace.dropped == {
        "of kind ConfigMap": 1,
        "Succeeded, so holds nothing": 1,
        "Failed, so holds nothing": 1,
        "on a node that is not in the dump": 1,
    }
    survey = traces.check(trace)
    assert (survey.rows, survey.running) == (7, 3)


def test_a_dump_without_nodes_takes_a_cell(load: Load) -> None:
    trace = load(pod(), pod(name="b", nodeSelector={"disk": "ssd"}))
    assert (trace.machine_count, trace.recorded) == (0, False)
    assert "no nodes in the dump (nor rules about them)" in trace.assumed
    furnished = traces.furnish(trace, [{"count": 2, "cpu": 8, "mem": 32}])
    assert (furnished.machine_count, furnished.unplaceable, furnished.snapshot) == (2, 0, True)


@pytest.mark.parametrize(
    ("kind", "name", "labels", "job"),
    [
        ("ReplicaSet", "web-5f7d", {"pod-template-hash": "5f7d"}, "default/Deployment/web"),
        ("ReplicaSet", "web-5f7d", {}, "default/ReplicaSet/web-5f7d"),
        ("ReplicaSet", "web", {"pod-template-hash": "5f7d"}, "default/ReplicaSet/web"),
        ("StatefulSet", "db", {}, "default/StatefulSet/db"),
        ("Job", "once-1566", {}, "default/Job/once-1566"),
        (None, None, {}, "default/web"),
    ],
)
def test_a_job_is_what_makes_pods_alike(
    load: Load, kind: str | None, name: str, labels: dict[str, str], job: str
) -> None:
    trace = load(node(), pod(labels=labels, owner=(kind, name) if kind else None))
    assert trace.tasks.collect()["job"].item() == job


def test_the_controller_is_the_owner_among_others(load: Load) -> None:
    made = pod()
    made["metadata"]["ownerReferences"] = [
        {"kind": "Backup", "name": "b"},
        {"kind": "StatefulSet", "name": "db", "controller": True},
    ]
    assert load(node(), made).tasks.collect()["job"].item() == "default/StatefulSet/db"


def test_it_is_the_same_trace_as_a_canonical_folder(load: Load, tmp_path: Path) -> None:
    trace = load(node(labels={"a": "b"}), node("n2"), pod(), pod(name="b", on=None))
    traces.write(trace, tmp_path / "kept")
    again = traces.read(tmp_path / "kept")
    assert (again.sha256, again.snapshot, again.recorded) == (trace.sha256, True, True)
    assert again.assumed == trace.assumed
