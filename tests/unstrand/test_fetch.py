"""``unstrand trace fetch`` as a user runs it, from a server on loopback."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

import traces
from tests.traces.public.server import Server, serving
from traces import public
from unstrand import configuration, schema
from unstrand import public as command_of
from unstrand.progress import Progress

from .conftest import Run, Say, command, environment

PODS = (
    b"name,cpu_milli,memory_mib,num_gpu,gpu_milli,creation_time,deletion_time\n"
    b"p0,1000,1024,1,500,0,60\n"
)
NODES = b"sn,cpu_milli,memory_mib,gpu,model\nn0,8000,8192,1,T4\n"
AGREED = ("accept_licence=true", "download.wait_s=0")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving() as one:
        yield one


@pytest.fixture
def mine(server: Server, tmp_path: Path) -> Path:
    """A folder of configuration that describes a data set ``mine`` of one's own."""
    urls = [
        server.put("openb_pod_list_default.csv", PODS),
        server.put("openb_node_list_gpu_node.csv", NODES),
    ]
    return described(tmp_path / "conf", files=urls)


def described(folder: Path, **more: Any) -> Path:
    (folder / "fetch").mkdir(parents=True)
    known = {"name": "mine", "licence": "CC0", "terms": "https://x.example", "citation": "Me, 2024"}
    (folder / "fetch" / "mine.yaml").write_text(yaml.safe_dump(known | more))
    return folder


def test_terms_are_shown_and_nothing_is_asked_for_until_they_are_accepted(
    unstrand: Run, server: Server, mine: Path, tmp_path: Path
) -> None:
    done = unstrand("trace", "fetch", "mine", "--config-dir", str(mine), "path=data")
    assert done.returncode == 2
    assert all(said in done.stdout for said in ("CC0", "https://x.example", "Me, 2024", "2 files"))
    assert done.stderr == (
        "unstrand: accept_licence: found false, expected accept_licence=true, by which you accept "
        "the terms of mine: CC0\n"
    )
    assert not server.asked
    assert not (tmp_path / "data").exists()


def test_what_was_fetched_is_a_trace_that_is_read(
    unstrand: Run, server: Server, mine: Path, tmp_path: Path
) -> None:
    words = ("trace", "fetch", "mine", "--config-dir", str(mine), *AGREED)
    done = unstrand(*words, "fetch.folder=openb", UNSTRAND_DATA=str(tmp_path / "data"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == str(tmp_path / "data" / "openb")
    read = unstrand("trace", "info", "openb", "json=true", UNSTRAND_DATA=str(tmp_path / "data"))
    assert json.loads(read.stdout)["tasks"] == 1, read.stderr
    again = unstrand(*words, "path=data", "fetch.folder=openb", "json=true")
    assert again.returncode == 0, again.stderr
    said = json.loads(again.stdout)
    assert said["licence"] == "CC0"
    assert said["folder"] == "data/openb"
    assert [(one["fetched"], one["checked"]) for one in said["files"]] == [(False, "recorded")] * 2
    assert len(server.asked) == 2


def test_a_killed_fetch_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    data = os.urandom(1 << 20)
    url = server.put("data.csv", data, ("stall", 700_000))
    conf = described(tmp_path / "conf", files=[url])
    words = [*command(), "trace", "fetch", "mine", "--config-dir", str(conf), "path=data", *AGREED]
    part = tmp_path / "data" / "mine" / ".fetching" / "data.csv.part"
    run = subprocess.Popen(words, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL)
    try:
        assert server.stalled.wait(60)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and (not part.exists() or part.stat().st_size < 700_000):
            time.sleep(0.01)
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert not (tmp_path / "data" / "mine" / "data.csv").exists()
    again = subprocess.run(words, cwd=tmp_path, env=environment(), capture_output=True, check=False)
    assert again.returncode == 0, again.stderr
    assert server.begins() == [None, "bytes=700000-"]
    assert (tmp_path / "data" / "mine" / "data.csv").read_bytes() == data
    left = sorted(path.name for path in (tmp_path / "data" / "mine").iterdir())
    assert left == ["data.csv", "fetched.json"]


def test_a_disk_that_takes_no_more_is_a_failure_of_one_line(
    unstrand: Run, server: Server, tmp_path: Path
) -> None:
    url = server.put("data.csv", bytes(1 << 20))
    conf = described(tmp_path / "conf", files=[url])
    words = [*command(), "trace", "fetch", "mine", "--config-dir", str(conf), "path=data", *AGREED]
    limited = ["bash", "-c", 'ulimit -f 600; exec "$@"', "-", *words]  # of 1024 bytes
    done = subprocess.run(
        limited, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "data.csv.part: File too large (what came is kept)" in done.stderr
    assert not (tmp_path / "data" / "mine" / "data.csv").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["fetch"], 2, "trace fetch: found no name, expected one of alibaba2018, azure_packing"),
        (["fetch", "opneb"], 2, "unknown fetch 'opneb'; did you mean 'openb'?"),
        (["fetch", "../x"], 2, "trace fetch: found '../x', expected one of"),
        (["fetch", "openb", "swf"], 2, "trace fetch: found 2 names, expected one"),
        (["fetch", "openb", "accept_licence=true"], 2, "found none and no $UNSTRAND_DATA"),
        (["fetch", "openb", "files=[x]"], 2, "files: found 'x', expected files of openb"),
        (["fetch", "openb", "parts=0"], 2, "parts: found 0, expected a whole number or null"),
        (["fetch", "google2019", "accept_licence=true"], 2, "expected it got by hand"),
        (["fetch", "openb", "fetch.license=x"], 2, "did you mean 'fetch.licence'"),
        (["fetsh", "openb"], 2, "did you mean 'fetch'?"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    say: Say, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, said: str
) -> None:
    monkeypatch.delenv("UNSTRAND_DATA", raising=False)
    returned, _, stderr = say("trace", *words)
    assert returned == code
    assert said in stderr
    assert stderr.count("\n") == 1


def test_a_description_of_ones_own_that_is_wrong_is_told_by_its_field(
    say: Say, tmp_path: Path
) -> None:
    conf = described(tmp_path / "conf", files=["nowhere"])
    code, _, stderr = say("trace", "fetch", "mine", "--config-dir", str(conf))
    assert code == 2
    assert "fetch.files[0].url: found 'nowhere', expected an address" in stderr
    (conf / "fetch" / "mine.yaml").write_text("name: mine\nlicense: CC0\n")
    code, _, stderr = say("trace", "fetch", "mine", "--config-dir", str(conf))
    assert code == 2
    assert "fetch.license" in stderr


def test_no_network_is_a_failure_of_one_line(say: Say, tmp_path: Path) -> None:
    conf = described(tmp_path / "conf", files=["http://data.invalid/data.csv"])
    words = ("--config-dir", str(conf), "path=data", "download.retries=0", *AGREED)
    code, _, stderr = say("trace", "fetch", "mine", *words)
    assert code == 1
    assert stderr == ("unstrand: http://data.invalid/data.csv: found no such host, or no network\n")
    assert not (tmp_path / "data").exists()


def test_many_files_are_counted_and_few_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, int, int | None]] = []

    class Shown:
        def __init__(self, what: str) -> None:
            self.what = what

        def __enter__(self) -> Progress:
            return lambda done, total: told.append((self.what, done, total))

        def __exit__(self, *_error: object) -> None:
            pass

    monkeypatch.setattr(command_of, "progress", Shown)
    watch = command_of._Watch("mine")
    with watch.shown:
        for number in (1, 2):
            with watch.file("a.csv", number, 2) as tell:
                tell(1_500_000, None if number == 2 else 3_000_001)
        for number in (1, 2):
            with watch.file("part", number, 1000) as tell:
                tell(1, 2)
    assert told == [
        *(("a.csv, MB", 1, 4), ("a.csv, MB", 1, None)),
        *(("mine, files", 0, 1000), ("mine, files", 1, 1000)),
    ]


@pytest.mark.parametrize("name", configuration.options("fetch"))
def test_every_shipped_description_holds_and_goes_where_its_trace_is_looked_for(name: str) -> None:
    plain = configuration.plain("fetch", name)
    assert {*plain} <= {field.name for field in fields(schema.DatasetChoice)}
    made = public.dataset(plain)
    assert made.name == made.folder == name
    assert made.name in {*traces.names(), "azure_v2"}
    assert all(one.url.startswith("https://") for one in made.files)
    assert made.page
    assert made.files or made.by_hand
    text = (configuration.folder() / "fetch" / f"{name}.yaml").read_text(encoding="utf-8")
    assert text.startswith("# ")


@pytest.mark.parametrize("name", ["openb", "dlrm2025"])
def test_stated_hashes_are_those_of_the_data_that_is_here(name: str) -> None:
    home = Path(os.environ.get("UNSTRAND_DATA") or "../shared/traces") / name
    if not home.is_dir():
        pytest.skip(f"{name} is not in $UNSTRAND_DATA or ../shared/traces")
    for one in public.dataset(configuration.plain("fetch", name)).files:
        data = (home / one.path).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (one.sha256, one.bytes)


def test_data_sets_are_listed(say: Say) -> None:
    _, stdout, _ = say("list", "datasets", "json=true")
    assert [entry["name"] for entry in json.loads(stdout)["datasets"]] == configuration.options(
        "fetch"
    )
