"""A mapping that can't be, or a table that isn't as it says, is told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

import traces

TABLE = "job,when,ran,cpus,mb\nj0,2024-03-01 00:10:00,30,4000,2048\nj1,2024-03-02,5,100,1024\n"
TASKS = """\
tasks:
  id: job
  submit: {column: when, unit: datetime}
  lifetime: {column: ran, unit: min}
  cpu: {column: cpus, unit: millicores}
  mem: {column: mb, unit: MiB}
"""
NODES = "name,cores,ram\nn0,32,256\n"
MACHINES = "machines: {file: nodes.csv, id: name, cpu: cores, mem: ram}\n"

MAPPINGS = [
    (
        "empty file",
        "",
        "map.yaml: found a blank, expected keys such as name, header, keep, drop, start, sort, "
        "split, advice, tasks, machines",
    ),
    (
        "list",
        "[1]",
        "map.yaml: found [1], expected keys such as name, header, keep, drop, start, sort, "
        "split, advice, tasks, machines",
    ),
    (
        "no YAML",
        "tasks: [",
        "map.yaml: row 1: found text that doesn't parse, expected YAML",
    ),
    (
        "tab",
        "tasks:\n\tcpu: c",
        "map.yaml: row 2: found text that doesn't parse, expected YAML",
    ),
    ("alias", "a: &x 1\nb: *x", "map.yaml: row 2: found an alias, expected plain YAML"),
    (
        "key twice",
        "name: a\nname: b",
        "map.yaml: row 2: found the key 'name' twice, expected plain YAML",
    ),
    (
        "deep",
        "a: " + "[" * 99 + "]" * 99,
        "map.yaml: row 1: found more than 12 levels, expected plain YAML",
    ),
    (
        "tag",
        "a: !!python/object:os.system x",
        "map.yaml: row 1: found a tag, expected plain YAML",
    ),
    (
        "large",
        "#" * 300_000,
        "map.yaml: found more than 256 KiB, expected a YAML file of a dozen lines",
    ),
    ("no text", b"\xff\xfe", "map.yaml: found byte 0xff at 0, expected UTF-8"),
    (
        "unknown key",
        TASKS + "sorted: submit",
        "map.yaml: field sorted: found an unknown key, expected only name, header, keep, drop, "
        "start, sort, split, advice, tasks, machines (did you mean sort?)",
    ),
    (
        "no tasks",
        "name: a",
        "map.yaml: field tasks: found nothing, expected columns of the tasks, such as cpu: "
        "num_cpus",
    ),
    (
        "no resource",
        "tasks: {id: job}",
        "map.yaml: field tasks: found no resource, expected one at least, such as cpu, mem or gpu",
    ),
    (
        "unit of nothing",
        TASKS.replace("millicores", "milicores"),
        "map.yaml: field tasks.cpu.unit: found 'milicores', expected one of cores, millicores, "
        "percent, fraction, or how many of ours one is (did you mean millicores or cores?)",
    ),
    (
        "unit in another case",
        TASKS.replace("MiB", "Mib"),
        "map.yaml: field tasks.mem.unit: found 'Mib', expected one of B, KB, MB, GB, TB, KiB, "
        "MiB, GiB, TiB, fraction, or how many of ours one is (did you mean MiB?)",
    ),
    (
        "unit of zero",
        TASKS.replace("millicores", "0"),
        "map.yaml: field tasks.cpu.unit: found 0, expected one of cores, millicores, percent, "
        "fraction, or how many of ours one is",
    ),
    (
        "lifetime at an instant",
        TASKS.replace("unit: min", "unit: datetime"),
        "map.yaml: field tasks.lifetime.unit: found 'datetime', expected one of ns, us, ms, s, "
        "min, h, days, or how many of ours one is",
    ),
    (
        "unit of a name",
        TASKS.replace("id: job", "id: {column: job, unit: s}"),
        "map.yaml: field tasks.id.unit: found 's', expected no unit",
    ),
    (
        "neither column nor value",
        TASKS.replace("id: job", "id: {}"),
        "map.yaml: field tasks.id: found neither or both of column and value, expected one of them",
    ),
    (
        "unknown key of a column",
        TASKS.replace("column: mb", "colum: mb"),
        "map.yaml: field tasks.mem.colum: found an unknown key, expected only column, value, "
        "unit, blank, default, round (did you mean column?)",
    ),
    (
        "misspelt column of ours",
        TASKS + "  lifetme: ran\n",
        "map.yaml: field tasks.lifetme: found a resource of that name, expected another name "
        "(did you mean lifetime?)",
    ),
    (
        "resource of no name",
        TASKS + "  num-gpu: ran\n",
        "map.yaml: field tasks.num-gpu: found a name that no heuristic could use, expected another",
    ),
    (
        "both ends",
        TASKS + "  end: ran\n",
        "map.yaml: field tasks.end: found both end and lifetime, expected one of them",
    ),
    (
        "end without submit",
        "tasks: {end: ran, cpu: cpus}",
        "map.yaml: field tasks.end: found it without submit, expected both, or lifetime",
    ),
    (
        "end of another kind",
        "tasks: {submit: when, end: {column: e, unit: datetime}, cpu: c}",
        "map.yaml: field tasks.end.unit: found another kind of time than submit's, expected the "
        "same",
    ),
    (
        "sort by nothing",
        "sort: submit\ntasks: {cpu: cpus}",
        "map.yaml: field sort: found submit, expected it mapped under tasks",
    ),
    (
        "drop of nothing",
        TASKS + "drop: duplicate",
        "map.yaml: field drop: found 'duplicate', expected duplicates (did you mean duplicates?)",
    ),
    (
        "split of nothing",
        TASKS + "split: {gpu: 8}",
        "map.yaml: field split.gpu: found an unknown key, expected only cpu, mem (did you mean "
        "cpu?)",
    ),
    (
        "split in none",
        TASKS + "split: {cpu: 0}",
        "map.yaml: field split.cpu: found 0, expected the most of it that one task may ask for",
    ),
    (
        "truth for text",
        TASKS + "keep: {job: [yes]}",
        "map.yaml: field keep.job: found True, expected texts or numbers (quote yes, no, true, "
        "null)",
    ),
    (
        "start that is no time",
        TASKS + "start: noon",
        "map.yaml: field start: found 'noon', expected an ISO 8601 time",
    ),
    (
        "value that is none",
        TASKS.replace("{column: mb, unit: MiB}", "{value: much}"),
        "map.yaml: field tasks.mem.value: found 'much', expected a number from 0",
    ),
    (
        "advice that is none",
        TASKS + "advice: {order: mine}",
        'map.yaml: field advice.order: found "mine", expected null, trace or drawn',
    ),
    (
        "machines without a file",
        TASKS + MACHINES.replace("file: nodes.csv, ", ""),
        "map.yaml: field machines.file: found nothing, expected the table of machines",
    ),
    (
        "machines without a resource",
        TASKS + MACHINES.replace(", mem: ram", ""),
        "map.yaml: field machines.mem: found nothing, expected it mapped, since tasks ask for it",
    ),
    (
        "machines with another",
        TASKS + MACHINES.replace("mem: ram", "mem: ram, gpu: g"),
        "map.yaml: field tasks.gpu: found nothing, expected it mapped, since machines have it",
    ),
    (
        "machines nowhere",
        TASKS + MACHINES.replace("nodes.csv", "node.csv"),
        "node.csv: found no such file, expected a file (did you mean nodes.csv or jobs.csv?)",
    ),
]
FILES = [
    (
        "column that is not there",
        TABLE.replace("cpus", "cores"),
        "jobs.csv: row 1, field cpus: "
        "found no such column among job, when, ran, cores, mb, expected the column for cpu of the "
        "mapping",
    ),
    (
        "text in a number",
        TABLE.replace("4000", "4k"),
        "jobs.csv: row 2, field cpus: found '4k', expected a number",
    ),
    (
        "negative",
        TABLE.replace("4000", "-4000"),
        "jobs.csv: row 2, field cpus: found -4000, expected 0 or more",
    ),
    (
        "fraction of a unit",
        TABLE.replace("4000", "0.5"),
        "jobs.csv: row 2, field cpus: found 0.5, "
        "expected a whole multiple of 1/1000 (units in trace.json)",
    ),
    (
        "no time",
        TABLE.replace("2024-03-02", "2024-02-30"),
        "jobs.csv: row 3, field when: found "
        "'2024-02-30', expected a time such as 2017-10-09 07:01:55",
    ),
    (
        "blank time",
        TABLE.replace("2024-03-02", ""),
        "jobs.csv: row 3, field when: found a blank, expected a time such as 2017-10-09 07:01:55",
    ),
    (
        "blank request",
        TABLE.replace("4000", ""),
        "jobs.csv: row 2, field cpus: found a blank, expected a number",
    ),
    (
        "duplicate",
        TABLE.replace("j1", "j0"),
        "jobs.csv: row 3, field job: found 'j0' again (first in row 2), expected each id once",
    ),
    (
        "short row",
        TABLE.replace(",1024", ""),
        "jobs.csv: row 3: found 4 fields, expected 5 fields, as in the header",
    ),
    (
        "NaN lifetime",
        TABLE.replace(",30,", ",nan,"),
        "jobs.csv: row 2, field ran: found nan, "
        "expected a finite number of seconds, or a blank where the end is not known",
    ),
]
MAPPED = [(name, mapping, TABLE, line) for name, mapping, line in MAPPINGS]
MAPPED += [(name, TASKS, table, line) for name, table, line in FILES]


@pytest.mark.parametrize(
    ("mapping", "table", "line"), [case[1:] for case in MAPPED], ids=[case[0] for case in MAPPED]
)
def test_what_is_wrong_is_told_in_one_line(
    mapping: str | bytes, table: str, line: str, tmp_path: Path
) -> None:
    (tmp_path / "jobs.csv").write_text(table)
    (tmp_path / "nodes.csv").write_text(NODES)
    content = mapping.encode() if isinstance(mapping, str) else mapping
    (tmp_path / "map.yaml").write_bytes(content)
    with pytest.raises(traces.TraceError) as caught:
        traces.load("mapping", path=tmp_path / "jobs.csv", mapping=tmp_path / "map.yaml")
    said = str(caught.value).replace(f"{tmp_path}/", "")
    # What the YAML library says of a broken file stands in brackets, and isn't ours to pin.
    assert said == line or (line.endswith("expected YAML") and said.startswith(f"{line} ("))


def test_half_of_a_pair_of_surrogates_is_told(tmp_path: Path) -> None:
    (tmp_path / "jobs.csv").write_text(TABLE)
    (tmp_path / "map.yaml").write_text('name: "\\ud83d"\n' + TASKS)
    said = r"map.yaml: row 1: found half of a pair of surrogates, expected plain YAML"
    with pytest.raises(traces.TraceError, match=said):
        traces.load("mapping", path=tmp_path / "jobs.csv", mapping=tmp_path / "map.yaml")


def test_a_table_of_which_no_row_is_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "jobs.csv").write_text(TABLE)
    (tmp_path / "map.yaml").write_text(TASKS + "keep: {job: j7}\n")
    with pytest.raises(traces.TraceError, match="found no row that is kept, expected at least one"):
        traces.load("mapping", path=tmp_path / "jobs.csv", mapping=tmp_path / "map.yaml")
