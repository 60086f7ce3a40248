"""``unstrand track RESULT…``: finished results as runs of MLflow."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstrand import schema, show
from unstrand.failure import ConfigurationError

if TYPE_CHECKING:
    from report.folder import Folder

POSITIONALS = "RESULT…"
EXAMPLES = (
    "unstrand track results/first uri=sqlite:///mlflow.db",
    "unstrand track results/sweep uri=sqlite:///mlflow.db into=loads",
)
VARIABLE = "MLFLOW_TRACKING_URI"
ARTIFACTS = ("summary.json", "champion.py", "report.html")
LONGEST_NAME, LONGEST_VALUE, AT_ONCE = 250, 6000, 100  # what a store of MLflow takes
PARENT, RUN_NAME = "mlflow.parentRunId", "mlflow.runName"


def run(settings: schema.Track, positionals: list[str]) -> None:
    """Log each result: one run, or of a sweep one with a child for each of its jobs."""
    if not positionals:
        raise ConfigurationError("track: found no folder, expected one result folder or more")
    uri = settings.uri or os.environ.get(VARIABLE)
    if not uri:
        raise ConfigurationError(
            f"uri: found none and no ${VARIABLE}, expected where runs are kept, "
            "such as uri=sqlite:///mlflow.db"
        )
    found = [(Path(word), read(Path(word))) for word in positionals]  # all before the first is told
    made: list[dict[str, Any]] = []
    with _store(uri, settings.into) as store:
        for place, folders in found:
            if len(folders) == 1 and folders[0].path == place:
                made.append(store.log(folders[0], None))
                continue
            parent = store.sweep(place, folders)
            made.append(parent)
            made += [store.log(folder, parent["run"]) for folder in folders]
    if settings.json:
        show.json_line({"experiment": settings.into, "runs": made})
        return
    rows = [[one["folder"], one["run"], one["parent"]] for one in made]
    show.table("", ["result", "run", "of the sweep"], rows, numbers=False)


def read(place: Path) -> list[Folder]:
    """The result that a folder holds, or those of a sweep's jobs.

    Raises ReportError where there is none or one can't be read.
    """
    from report.folder import read_all

    jobs: list[Path] = []
    if place.is_dir() and not (place / "summary.json").is_file():
        jobs = [path for path in place.iterdir() if (path / "summary.json").is_file()]
    return list(read_all(sorted(jobs, key=lambda path: (len(path.name), path.name)) or [place]))


def parameters(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """A configuration flattened: dotted names, lists as JSON."""
    for key, value in config.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value:
            yield from parameters(value, f"{name}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield _name(name), text[:LONGEST_VALUE]


def figures(entry: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    """The numbers of an entry of results, interval ends as ``.low`` and ``.high``.

    Lists of other kinds (an archive, ancestors) stay in the summary, and so does what rivals of a
    champion did on the test pool.
    """
    for key, value in entry.items():
        name = f"{prefix}{key}"
        if _is_number(value):
            yield _name(name), float(value)
        elif isinstance(value, dict):
            rivals = key.startswith("test") and prefix.count("/") == 1
            yield from figures(_champions(value) if rivals else value, f"{name}/")
        elif "ci95" in key and isinstance(value, list) and len(value) == 2:
            base = prefix.rstrip("/") if key == "ci95" else f"{prefix}{key.replace('_ci95', '')}"
            for end, number in zip(("low", "high"), value, strict=True):
                if _is_number(number):
                    yield _name(f"{base}.{end}"), float(number)


def _champions(lists: Mapping[str, Any]) -> dict[str, Any]:
    """Of each list of the test pool what is said of the champion."""
    return {
        name: {one: said for one, said in of.items() if one.startswith("champion")}
        for name, of in lists.items()
        if isinstance(of, dict)
    }


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e300  # neither nan nor inf nor an integer that no float holds


def _name(text: str) -> str:
    """A name that MLflow takes: others than letters, digits and - . / : are underscores."""
    return re.sub(r"[^\w\-./: ]", "_", text, flags=re.ASCII).strip("/")[:LONGEST_NAME]


@contextmanager
def _store(uri: str, experiment: str) -> Iterator[_Store]:
    """MLflow's store; what it refuses is said in one line.

    Raises ConfigurationError where mlflow is not installed, or refuses.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # nothing is told to anyone
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # not minutes of a server gone
    try:
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError as error:
        raise ConfigurationError(
            f"unstrand track needs mlflow: pip install 'unstrand[tracking]' ({error})"
        ) from None
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        client = MlflowClient(tracking_uri=uri)
        known = client.get_experiment_by_name(experiment)
        number = known.experiment_id if known else client.create_experiment(experiment)
        yield _Store(client, number)
    except (MlflowException, SQLAlchemyError) as error:
        said = re.sub(r"//[^/@\s]*@", "//…@", " ".join(str(error).split()))[:400]
        raise ConfigurationError(f"uri: found one that mlflow can't use: {said}") from None


class _Store:
    """An experiment of MLflow, and the runs that are put into it."""

    def __init__(self, client: Any, experiment: str) -> None:
        self.client, self.experiment = client, experiment

    def log(self, folder: Folder, parent: str | None) -> dict[str, Any]:
        """One result as a run; parent: the run of its sweep."""
        summary = folder.summary
        begun = datetime.fromisoformat(summary.text("started"))
        ended = int(1000 * (begun.timestamp() + summary.number("elapsed_s")))
        trace = summary.object("trace")
        tags = {
            "unstrand.command": folder.command,
            "unstrand.version": summary.text("version"),
            "unstrand.config_sha256": summary.text("config_sha256"),
            "unstrand.trace": trace.text("name"),
            "unstrand.trace_sha256": trace.text("sha256"),
        }
        values: dict[str, float] = {}
        for entry in summary.objects("results"):
            values |= figures(entry.values, f"{entry.text('heuristic')}/")
        given = dict(parameters(summary.object("config").values))
        return self._put(
            folder.path, parent, tags, given, values, (int(1000 * begun.timestamp()), ended)
        )

    def sweep(self, place: Path, folders: Sequence[Folder]) -> dict[str, Any]:
        """A sweep as a run that its jobs are children of: when it ran, and how many there were."""
        begun = [
            datetime.fromisoformat(folder.summary.text("started")).timestamp() for folder in folders
        ]
        ended = [
            at + folder.summary.number("elapsed_s")
            for at, folder in zip(begun, folders, strict=True)
        ]
        tags = {"unstrand.command": folders[0].command, "unstrand.jobs": str(len(folders))}
        span = int(1000 * min(begun)), int(1000 * max(ended))
        return self._put(place, None, tags, {}, {}, span)

    def _put(
        self,
        place: Path,
        parent: str | None,
        tags: dict[str, str],
        given: dict[str, str],
        values: dict[str, float],
        span: tuple[int, int],
    ) -> dict[str, Any]:
        from mlflow.entities import Metric, Param

        name = place.resolve().name
        tags = {RUN_NAME: name, **tags, **({PARENT: parent} if parent else {})}
        run = self.client.create_run(self.experiment, start_time=span[0], tags=tags).info.run_id
        status = "FAILED"
        try:
            params = [Param(key, value) for key, value in given.items()]
            metrics = [Metric(key, value, span[1], 0) for key, value in values.items()]
            for at in range(0, len(params), AT_ONCE):
                self.client.log_batch(run, params=params[at : at + AT_ONCE])
            for at in range(0, len(metrics), AT_ONCE):
                self.client.log_batch(run, metrics=metrics[at : at + AT_ONCE])
            for artifact in ARTIFACTS:
                file = place / artifact
                if file.is_file() and not file.is_symlink():  # what a link leads to is no result
                    self.client.log_artifact(run, str(file))
            status = "FINISHED"
        finally:
            self.client.set_terminated(run, status, span[1])
        return {"folder": str(place), "run": run, "parent": parent}
