"""Every kind of broken trace ends in one line that names file, row, field, found, expected."""

from __future__ import annotations

import gzip
import io
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

import traces

MACHINES = "id,cpu,mem,gpu,model\nm0,8,64,2,T4\nm1,16,32,0,\n"
HEAD = "id,submit,lifetime,cpu,mem,gpu"
GOOD = "a,0,10,1,2,0.5"


@dataclass(frozen=True)
class Case:
    """Files of a canonical folder, and what the error says."""

    what: str
    files: dict[str, str | bytes]
    file: str
    row: int | None
    field: str | None
    found: str
    expected: str
    hint: str | None = None


def tasks(*rows: str, head: str = HEAD) -> dict[str, str | bytes]:
    return {"tasks.csv": "\n".join((head, *rows)) + "\n"}


def machines(*rows: str, head: str = "id,cpu,mem,gpu,model") -> dict[str, str | bytes]:
    return {"machines.csv": "\n".join((head, *rows)) + "\n", **tasks(GOOD)}


def parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


TASK = {"id": ["a", "b"], "cpu": [1.0, 2.0], "mem": [1.0, 2.0], "gpu": [0.0, 1.0]}
T, M, J = "tasks.csv", "machines.csv", "trace.json"
P = "tasks.parquet"
U = "0.001"


def card(text: str) -> dict[str, str | bytes]:
    return {J: text, **tasks(GOOD)}


CASES = [
    # -- the file
    Case("empty file", {T: ""}, T, None, None, "an empty file", "a header row"),
    Case(
        "only a byte order mark",
        {T: b"\xef\xbb\xbf"},
        T,
        None,
        None,
        "an empty file",
        "a header row",
    ),
    Case("header only", tasks(), T, 1, None, "a header and no rows", "at least one row"),
    Case(
        "blank first line",
        {T: "\n" + HEAD + "\n" + GOOD + "\n"},
        T,
        1,
        None,
        "a blank line",
        "a header row",
    ),
    Case(
        "truncated gzip",
        {"tasks.csv.gz": gzip.compress((HEAD + "\n" + GOOD + "\n").encode())[:-12]},
        "tasks.csv.gz",
        None,
        None,
        "a gzip stream that ends early",
        "a whole gzip file",
    ),
    Case(
        "corrupt gzip",
        {
            "tasks.csv.gz": gzip.compress((HEAD + "\n" + GOOD + "\n").encode(), mtime=0)[:-8]
            + b"\1" * 8
        },
        "tasks.csv.gz",
        None,
        None,
        "broken gzip data",
        "a gzip file",
    ),
    Case(
        "text called gzip",
        {"tasks.csv.gz": HEAD + "\n" + GOOD + "\n"},
        "tasks.csv.gz",
        None,
        None,
        "broken gzip data",
        "a gzip file",
    ),
    Case(
        "gzip called text",
        {T: gzip.compress(GOOD.encode(), mtime=0)},
        T,
        None,
        None,
        "gzip data",
        "text",
        "name it .csv.gz to have it read",
    ),
    Case(
        "Latin-1",
        {T: (HEAD + "\n" + GOOD + "\n").encode() + b"caf\xe9,0,10,1,2,0\n"},
        T,
        3,
        None,
        "byte 0xe9 at byte 4 of the line",
        "UTF-8 text",
    ),
    Case(
        "UTF-16",
        {T: (HEAD + "\n" + GOOD + "\n").encode("utf-16")},
        T,
        1,
        None,
        "byte 0xff at byte 1 of the line",
        "UTF-8 text",
    ),
    Case(
        "null byte",
        {T: HEAD + "\n" + GOOD + "\nb\0,0,10,1,2,0\n"},
        T,
        3,
        None,
        "a null byte",
        "text",
    ),
    Case(
        "lone carriage return",
        {T: HEAD + "\n" + GOOD + "\nb\r,0,10,1,2,0\n"},
        T,
        3,
        None,
        "a carriage return inside a line",
        "lines that end in \\n or \\r\\n",
    ),
    Case(
        "both CSV and Parquet",
        {**tasks(GOOD), P: parquet(pl.DataFrame(TASK))},
        "",
        None,
        None,
        "tasks.parquet and tasks.csv",
        "one of tasks.parquet, tasks.csv, tasks.csv.gz",
    ),
    Case(
        "no table of tasks",
        {},
        "",
        None,
        None,
        "no table of tasks",
        "one of tasks.parquet, tasks.csv, tasks.csv.gz",
    ),
    Case(
        "Parquet that is none",
        {P: b"PAR1 and no more"},
        P,
        None,
        None,
        "a file that doesn't read as Parquet",
        "Parquet",
    ),
    # -- rows and fields
    Case(
        "too few fields",
        tasks(GOOD, "b,0,10,1,2"),
        T,
        3,
        None,
        "5 fields",
        "6 fields, as in the header",
    ),
    Case(
        "too many fields",
        tasks(GOOD, "b,0,10,1,2,0,7"),
        T,
        3,
        None,
        "7 fields",
        "6 fields, as in the header",
    ),
    Case(
        "blank line inside",
        tasks(GOOD, "", "b,0,10,1,2,0"),
        T,
        3,
        None,
        "a blank line",
        "6 fields, as in the header",
    ),
    Case(
        "open quote",
        tasks(GOOD, '"b,0,10,1,2,0', "c,0,10,1,2,0"),
        T,
        3,
        None,
        "a quote that isn't closed on its line",
        "quoted fields without line breaks",
    ),
    Case(
        "line break in quotes",
        tasks(GOOD, '"b\n1",0,10,1,2,0'),
        T,
        3,
        None,
        "a quote that isn't closed on its line",
        "quoted fields without line breaks",
    ),
    Case(
        "stray quote",
        tasks(GOOD, 'b"c"d,0,10,1,2,0'),
        T,
        3,
        None,
        "a quote in the middle of a field",
        "quotes round whole fields, doubled inside them",
    ),
    # -- columns
    Case(
        "column missing",
        tasks("a,0,10,1,0", head="id,submit,lifetime,cpu,gpu"),
        T,
        1,
        "mem",
        "no such column among id, submit, lifetime, cpu, gpu",
        "a column of numbers",
    ),
    Case(
        "column misspelt",
        tasks("a,0,10,1,2,0", head="id,submit,lifetime,cpu,memm,gpu"),
        T,
        1,
        "mem",
        "no such column among id, submit, lifetime, cpu, memm, gpu",
        "a column of numbers",
        "did you mean memm?",
    ),
    Case(
        "id missing",
        tasks("a,0,10,1,2,0", head="name,submit,lifetime,cpu,mem,gpu"),
        T,
        1,
        "id",
        "no such column among name, submit, lifetime, cpu, mem, gpu",
        "a column of text",
    ),
    Case(
        "column unknown",
        tasks("a,0,10,1,2,0,1", head=HEAD + ",prioritty"),
        T,
        1,
        "prioritty",
        "an unknown column",
        "only id, job, submit, lifetime, cpu, mem, gpu, priority, models, max_per_machine, alive_at_start, machine, end",
        "did you mean priority?",
    ),
    Case(
        "resource that machines lack",
        tasks("a,0,10,1,2,0,1", head=HEAD + ",disk"),
        T,
        1,
        "disk",
        "an unknown column",
        "only id, job, submit, lifetime, cpu, mem, gpu, priority, models, max_per_machine, alive_at_start, machine, end",
    ),
    Case(
        "column twice",
        tasks("a,0,10,1,2,0,1", head=HEAD + ",cpu"),
        T,
        1,
        "cpu",
        "the column twice (4 and 7)",
        "each column once",
    ),
    Case(
        "column without a name",
        tasks("a,0,10,1,2,0,1", head=HEAD + ","),
        T,
        1,
        None,
        "a blank name for column 7",
        "a name",
    ),
    Case(
        "semicolons",
        {T: HEAD.replace(",", ";") + "\n"},
        T,
        1,
        None,
        "'id;submit;lifetime;cpu;mem;gpu'",
        "column names parted by commas",
    ),
    Case(
        "end and lifetime",
        tasks("a,0,10,1,2,0,10", head=HEAD + ",end"),
        T,
        1,
        "end",
        "both end and lifetime",
        "one of them",
    ),
    Case(
        "machines without a resource",
        machines("m0,T4", head="id,model"),
        M,
        1,
        None,
        "no resource among the columns",
        "one column a resource, such as cpu, mem, gpu",
    ),
    Case(
        "resource with a bad name",
        machines("m0,8,64,2,1,T4", head="id,cpu,mem,gpu,disk-gb,model"),
        M,
        1,
        "disk-gb",
        "a name that no heuristic could use",
        "id, model, and resources named by letters, digits and _",
    ),
    Case(
        "machines with a task's column",
        machines("m0,8,64,2,1,T4", head="id,cpu,mem,gpu,priority,model"),
        M,
        1,
        "priority",
        "a column of tasks",
        "id, model, and resources named by letters, digits and _",
    ),
    # -- values
    Case("text in a number", tasks(GOOD, "b,0,10,one,2,0"), T, 3, "cpu", "'one'", "a number"),
    Case("a space before a number", tasks(GOOD, "b,0,10, 1,2,0"), T, 3, "cpu", "' 1'", "a number"),
    Case("blank request", tasks(GOOD, "b,0,10,,2,0"), T, 3, "cpu", "a blank", "a number"),
    Case("blank id", tasks(GOOD, ",0,10,1,2,0"), T, 3, "id", "a blank", "text"),
    Case("blank submit", tasks(GOOD, "b,,10,1,2,0"), T, 3, "submit", "a blank", "a number"),
    Case("negative request", tasks(GOOD, "b,0,10,-1,2,0"), T, 3, "cpu", "-1", "0 or more"),
    Case("NaN request", tasks(GOOD, "b,0,10,nan,2,0"), T, 3, "cpu", "nan", "a finite number"),
    Case("infinite request", tasks(GOOD, "b,0,10,inf,2,0"), T, 3, "cpu", "inf", "a finite number"),
    Case(
        "overflowing request",
        tasks(GOOD, "b,0,10,1e13,2,0"),
        T,
        3,
        "cpu",
        "10000000000000",
        "at most 1e+15 units of 1/1000",
    ),
    Case(
        "part of a milli-core",
        tasks(GOOD, "b,0,10,0.0005,2,0"),
        T,
        3,
        "cpu",
        "0.0005",
        "a whole multiple of 1/1000 (units in trace.json)",
    ),
    Case(
        "part of a MiB",
        tasks(GOOD, "b,0,10,1,0.1,0"),
        T,
        3,
        "mem",
        "0.1",
        "a whole multiple of 1/1024 (units in trace.json)",
    ),
    Case(
        "one and a half GPUs",
        tasks(GOOD, "b,0,10,1,2,1.5"),
        T,
        3,
        "gpu",
        "1.5",
        "a share in (0, 1) or a whole number of devices",
    ),
    Case(
        "negative submit",
        tasks(GOOD, "b,-1,10,1,2,0"),
        T,
        3,
        "submit",
        "-1",
        "0 or more where alive_at_start is false",
    ),
    Case(
        "NaN submit",
        tasks(GOOD, "b,NaN,10,1,2,0"),
        T,
        3,
        "submit",
        "nan",
        "a finite number of seconds",
    ),
    Case(
        "overflowing submit",
        tasks(GOOD, "b,1e13,10,1,2,0"),
        T,
        3,
        "submit",
        "10000000000000",
        "at most 9.2e+12 seconds",
    ),
    Case("negative lifetime", tasks(GOOD, "b,0,-10,1,2,0"), T, 3, "lifetime", "-10", "0 or more"),
    Case(
        "infinite lifetime",
        tasks(GOOD, "b,0,inf,1,2,0"),
        T,
        3,
        "lifetime",
        "inf",
        "a finite number of seconds, or a blank where the end is not known",
    ),
    Case(
        "overflowing lifetime",
        tasks(GOOD, "b,0,9.3e12,1,2,0"),
        T,
        3,
        "lifetime",
        "9300000000000",
        "at most 9.2e+12 seconds",
    ),
    Case(
        "end before start",
        tasks("a,5,9,1,2,0", "b,5,4,1,2,0", head="id,submit,end,cpu,mem,gpu"),
        T,
        3,
        "end",
        "4",
        "no earlier than submit",
    ),
    Case(
        "fractional priority",
        tasks("a,0,10,1,2,0,1.5", head=HEAD + ",priority"),
        T,
        2,
        "priority",
        "'1.5'",
        "a whole number",
    ),
    Case(
        "overflowing priority",
        tasks("a,0,10,1,2,0,3000000000", head=HEAD + ",priority"),
        T,
        2,
        "priority",
        "3000000000",
        "a 32-bit whole number",
    ),
    Case(
        "limit of none a machine",
        tasks("a,0,10,1,2,0,0", head=HEAD + ",max_per_machine"),
        T,
        2,
        "max_per_machine",
        "0",
        "1 or more, or blank for no limit",
    ),
    Case(
        "limit of minus one",
        tasks("a,0,10,1,2,0,-1", head=HEAD + ",max_per_machine"),
        T,
        2,
        "max_per_machine",
        "-1",
        "1 or more, or blank for no limit",
    ),
    Case(
        "a truth that is none",
        tasks("a,0,10,1,2,0,yes", head=HEAD + ",alive_at_start"),
        T,
        2,
        "alive_at_start",
        "'yes'",
        "true or false",
    ),
    Case(
        "blank model name",
        tasks("a,0,10,1,2,1,T4||A10", head=HEAD + ",models"),
        T,
        2,
        "models",
        "'T4||A10'",
        "model names parted by single |",
    ),
    Case(
        "fractional devices",
        machines("m0,8,64,2,T4", "m1,8,64,1.5,T4"),
        M,
        3,
        "gpu",
        "1.5",
        "a whole number of devices",
    ),
    Case(
        "too many devices", machines("m0,8,64,1025,T4"), M, 2, "gpu", "1025", "at most 1024 devices"
    ),
    Case("negative capacity", machines("m0,8,-64,2,T4"), M, 2, "mem", "-64", "0 or more"),
    Case(
        "two models in one machine",
        machines("m0,8,64,2,T4|A10"),
        M,
        2,
        "model",
        "'T4|A10'",
        "one model's name",
    ),
    Case(
        "too many models",
        machines(*(f"m{i},8,64,2,M{i}" for i in range(63))),
        M,
        None,
        "model",
        "63 GPU models",
        "at most 62",
    ),
    # -- rows against each other and against machines
    Case(
        "duplicate task",
        tasks(GOOD, "b,0,10,1,2,0", "a,0,10,1,2,0"),
        T,
        4,
        "id",
        "'a' again (first in row 2)",
        "each id once",
    ),
    Case(
        "duplicate machine",
        machines("m0,8,64,2,T4", "m0,8,64,2,T4"),
        M,
        3,
        "id",
        "'m0' again (first in row 2)",
        "each id once",
    ),
    Case(
        "larger than any machine",
        tasks(GOOD, "b,0,10,17,2,0"),
        T,
        3,
        "cpu",
        "17",
        "at most 16, the largest that machines have",
    ),
    Case(
        "larger than each machine somewhere",
        tasks(GOOD, "b,0,10,12,48,0"),
        T,
        3,
        None,
        "a request of cpu 12, mem 48, gpu 0",
        "one that a machine can hold when it is empty",
    ),
    Case(
        "more GPUs than any machine",
        tasks(GOOD, "b,0,10,1,2,4"),
        T,
        3,
        "gpu",
        "4",
        "at most 2, the largest that machines have",
    ),
    Case(
        "larger than machines of its model",
        tasks("a,0,10,9,2,0,T4", head=HEAD + ",models"),
        T,
        2,
        "cpu",
        "9",
        "at most 8, the largest that machines of model T4 have",
    ),
    Case(
        "unknown GPU model",
        tasks("a,0,10,1,2,1,H100|B200", head=HEAD + ",models"),
        T,
        2,
        "models",
        "'H100|B200'",
        "a model of the machines: T4",
    ),
    Case(
        "unknown machine",
        tasks("a,0,10,1,2,1,m7", head=HEAD + ",machine"),
        T,
        2,
        "machine",
        "'m7'",
        "the id of a machine in machines.csv",
    ),
    # -- Parquet
    Case(
        "text in Parquet for a number",
        {P: parquet(pl.DataFrame({**TASK, "cpu": ["1", "2"]}))},
        P,
        None,
        "cpu",
        "a column of type String",
        "a column of numbers",
    ),
    Case(
        "number in Parquet for an id",
        {P: parquet(pl.DataFrame({**TASK, "id": [1, 2]}))},
        P,
        None,
        "id",
        "a column of type Int64",
        "a column of text",
    ),
    Case(
        "null in Parquet",
        {P: parquet(pl.DataFrame({**TASK, "cpu": [1.0, None]}))},
        P,
        2,
        "cpu",
        "a blank",
        "a number",
    ),
    Case(
        "NaN in Parquet",
        {P: parquet(pl.DataFrame({**TASK, "cpu": [1.0, float("nan")]}))},
        P,
        2,
        "cpu",
        "nan",
        "a finite number",
    ),
    Case(
        "duplicate task in Parquet",
        {P: parquet(pl.DataFrame({**TASK, "id": ["a", "a"]}))},
        P,
        2,
        "id",
        "'a' again (first in row 1)",
        "each id once",
    ),
    Case(
        "no rows in Parquet",
        {P: parquet(pl.DataFrame(TASK).clear())},
        P,
        None,
        None,
        "no rows",
        "at least one row",
    ),
    Case(
        "column missing in Parquet",
        {P: parquet(pl.DataFrame(TASK).drop("mem"))},
        P,
        None,
        "mem",
        "no such column among id, cpu, gpu",
        "a column of numbers",
    ),
    # -- trace.json
    Case(
        "card that is no JSON",
        card('{"name": "x",\n oops}'),
        J,
        2,
        None,
        "Expecting property name enclosed in double quotes (column 2)",
        "JSON",
    ),
    Case("card that is a list", card("[1]"), J, None, None, "[1]", "an object of fields"),
    Case(
        "card with an unknown field",
        card('{"unit": {}}'),
        J,
        None,
        "unit",
        "an unknown field",
        "only schema, name, units, replayed, assumed, ordered, unplaceable",
        "did you mean units?",
    ),
    Case(
        "card with a unit of nothing",
        card('{"units": {"cpu": 0}}'),
        J,
        None,
        "units",
        '{"cpu": 0}',
        "a number above 0 for each resource",
    ),
    Case(
        "card with a unit for no resource",
        card('{"units": {"disk": 1}}'),
        J,
        None,
        "units.disk",
        "a resource that machines don't have",
        "only cpu, mem, gpu",
    ),
    Case("card of another schema", card('{"schema": 2}'), J, None, "schema", "2", "1"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_a_broken_trace_is_told_in_one_line(case: Case, tmp_path: Path) -> None:
    for name, content in {"machines.csv": MACHINES, **case.files}.items():
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(traces.TraceError) as caught:
        traces.read(tmp_path)
    error = caught.value
    assert error.file == str(tmp_path / case.file)
    said = (error.row, error.field, error.found, error.expected)
    assert said == (case.row, case.field, case.found, case.expected)
    if case.hint is not None:
        assert error.hint == case.hint
    assert "\n" not in str(error)
    assert str(error).startswith(f"{error.file}: ")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_the_line_reads_file_row_field_found_expected() -> None:
    error = traces.TraceError(file="f.csv", row=3, field="cpu", found="-1", expected="0 or more")
    assert str(error) == "f.csv: row 3, field cpu: found -1, expected 0 or more"


def test_control_characters_never_reach_the_line() -> None:
    error = traces.TraceError(file="a\nb", found="x\x1b[2J", expected="y")
    assert str(error) == "a\\nb: found x\\x1b[2J, expected y"


def test_a_missing_folder_is_said_with_the_nearest_name(
    canonical: Callable[..., Path],
) -> None:
    folder = canonical()
    with pytest.raises(traces.TraceError, match=r"found no such file, .*did you mean trace\?"):
        traces.read(folder.with_name("trase"))


def test_a_file_for_a_folder_and_a_folder_for_a_file_are_said(
    canonical: Callable[..., Path],
) -> None:
    folder = canonical()
    with pytest.raises(traces.TraceError, match="found a file, expected a folder"):
        traces.read(folder / "tasks.csv")
    (folder / "tasks.csv").unlink()
    (folder / "tasks.csv").mkdir()
    with pytest.raises(traces.TraceError, match="found a folder, expected a CSV file"):
        traces.read(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_said(canonical: Callable[..., Path]) -> None:
    folder = canonical()
    (folder / "tasks.csv").chmod(0)
    with pytest.raises(traces.TraceError, match="found no permission to read it"):
        traces.read(folder)


def test_the_first_bad_row_is_named_of_many(canonical: Callable[..., Path]) -> None:
    rows = [f"t{i},0,10,{'x' if i in (3, 7) else 1},2,{-1 if i == 5 else 0}" for i in range(9)]
    folder = canonical(tasks(*rows))
    with pytest.raises(traces.TraceError, match="row 5, field cpu: found 'x'"):
        traces.read(folder)
