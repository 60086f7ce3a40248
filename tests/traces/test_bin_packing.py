"""Items in order are tasks, bins are machines with one resource."""

from __future__ import annotations

from pathlib import Path

import pytest

import traces

ITEMS = """\
instance,capacity,position,size
u0,10,0,7
u0,10,1,3
u1,20,1,20
u1,20,0,5
"""


@pytest.fixture
def items(tmp_path: Path) -> Path:
    path = tmp_path / "items.csv"
    path.write_text(ITEMS)
    return path


def test_the_first_instance_is_read_unless_one_is_named(items: Path) -> None:
    assert traces.instances(items) == ("u0", "u1")
    trace = traces.load("bin_packing", path=items)
    assert trace.tasks.select("id", "submit", "lifetime", "size").collect().rows() == [
        ("item-0", 0.0, None, 7.0),
        ("item-1", 0.0, None, 3.0),
    ]
    assert trace.machines.select("id", "size").collect().rows() == [
        ("bin-0", 10.0),
        ("bin-1", 10.0),
    ]
    assert (trace.resources, trace.units, trace.ordered) == (("size",), {"size": 1.0}, True)


def test_items_are_taken_in_order_of_position(items: Path) -> None:
    trace = traces.load("bin_packing", path=items, instance="u1")
    assert trace.tasks.collect()["size"].to_list() == [5.0, 20.0]
    assert trace.name == "bin_packing/items/u1"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0,7", "0,11", "items.csv: row 2, field size: found 11, expected at most the capacity"),
        ("0,7", "0,-7", "row 2, field size: found -7, expected 0 or more"),
        ("0,7", "0,7.5", "row 2, field size: found '7.5', expected a whole number"),
        ("10,1", "11,1", "row 3, field capacity: found 11, expected one capacity an instance"),
        ("10,1", "10,0", "row 3, field position: found 0, expected each position of an instance"),
        ("u1,20,1", ",20,1", "row 4, field instance: found a blank, expected text"),
        ("size", "weight", "row 1, field size: found no such column among instance, capacity"),
    ],
)
def test_broken_items_are_told(items: Path, old: str, new: str, said: str) -> None:
    items.write_text(ITEMS.replace(old, new, 1))
    with pytest.raises(traces.TraceError) as caught:
        traces.load("bin_packing", path=items)
    assert said in str(caught.value)


def test_items_of_other_instances_are_counted(items: Path) -> None:
    trace = traces.load("bin_packing", path=items, instance="u1")
    assert trace.dropped == {"items of other instances": 2}
    assert traces.check(trace).rows == 4


def test_an_instance_that_is_not_there_is_told_with_the_ones_that_are(items: Path) -> None:
    with pytest.raises(traces.TraceError, match="field instance: found 'u7', expected one of u0,"):
        traces.load("bin_packing", path=items, instance="u7")


def test_the_real_lists_have_their_known_sizes(real_data: Path) -> None:
    or3 = real_data / "bin_packing" / "or3.csv"
    assert traces.instances(or3)[0] == "u500_00"
    assert len(traces.instances(or3)) == 20
    trace = traces.load("bin_packing", path=or3)
    assert (trace.task_count, trace.machine_count) == (500, 500)
    assert trace.tasks.collect()["size"].to_list()[:3] == [42.0, 69.0, 67.0]
    weibull = real_data / "bin_packing" / "weibull_5k.csv"
    assert len(traces.instances(weibull)) == 5
    assert traces.load("bin_packing", path=weibull, instance="test_4").task_count == 5000
