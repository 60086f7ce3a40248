"""Other loops, each in an environment of its own: `python -m bench.rivals` installs them.

They go into `$XDG_CACHE_HOME/unstrand/bench` (`~/.cache/…`), about a gigabyte, and run there as
processes that get no variables of ours; nothing of theirs is imported here.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.evaluator import FIRST
from bench.stub import answering
from bench.task import Task

LIMIT_S = 1800


class Absent(Exception):
    """A loop that could not be measured, and why."""


@dataclass(frozen=True)
class Rival:
    """A package of the registry, and the script of this folder that runs its loop."""

    package: str
    version: str
    driver: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}"

    @property
    def home(self) -> Path:
        """Its environment's folder."""
        cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
        return cache / "unstrand" / "bench" / f"{self.package}-{self.version}"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.home / "bin" / "python"

    @property
    def failure(self) -> Path:
        """Holds why it could not be installed, where it could not."""
        return self.home.with_name(f"{self.home.name}.failed")

    def install(self) -> None:
        """Make the environment anew.

        Raises:
            Absent: it can't be made; the reason stays for the table.
        """
        self.home.parent.mkdir(parents=True, exist_ok=True)
        wanted = f"{self.package}=={self.version}"
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(self.home)],
            [str(self.python), "-m", "pip", "install", "--quiet", wanted],
        ):
            done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
            if done.returncode:
                shutil.rmtree(self.home, ignore_errors=True)
                reason = f"not installed: {_last_line(done.stderr or done.stdout)}"
                self.failure.write_text(reason, encoding="utf-8")
                raise Absent(reason)
        self.failure.unlink(missing_ok=True)

    def times(self, candidates: int, workers: int) -> list[float]:
        """When each candidate was in its database, in seconds.

        Raises:
            Absent: no environment, or a run that failed, took too long or kept too few.
        """
        with answering() as url, tempfile.TemporaryDirectory() as place:
            task = Task(url, place, candidates, workers, "evaluator.py", FIRST)
            times = [at_s for at_s, _ in self.taken(task)]
        if len(times) < candidates:
            raise Absent(f"kept {len(times)} of {candidates} candidates")
        return times[:candidates]

    def taken(self, task: Task, scores: str = "") -> list[tuple[float, float]]:
        """When each candidate was in its database, in seconds, and its score.

        scores: the address of `bench.scores`, where the task's evaluator asks that.

        Raises:
            Absent: no environment, or a run that failed or took too long.
        """
        if not self.python.exists():
            if self.failure.exists():
                raise Absent(self.failure.read_text(encoding="utf-8"))
            raise Absent("not installed (python -m bench.rivals)")
        told = Path(task.folder) / "task.json"
        task.write(told)
        words = [str(Path(__file__).with_name(self.driver)), str(told)]
        said = json.loads(_last_line(self._run(words, task.folder, scores)))
        return [(float(at_s), float(score)) for at_s, score in said]

    def _run(self, words: list[str], place: str, scores: str) -> str:
        """What its interpreter prints; it and its workers end with it."""
        process = subprocess.Popen(
            [str(self.python), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={"PATH": os.defpath, "HOME": place, "SCORES": scores},
            start_new_session=True,
        )
        try:
            out, errors = process.communicate(timeout=LIMIT_S)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                raise Absent(f"took more than {LIMIT_S} s") from None
            raise
        if process.returncode:
            raise Absent(f"exit {process.returncode}: {_last_line(errors)}")
        return out


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2] or "no word"


RIVALS = (
    Rival("openevolve", "0.4.0", "drive_openevolve.py"),
    Rival("shinka-evolve", "0.0.7", "drive_shinka.py"),
)

if __name__ == "__main__":
    for rival in RIVALS:
        try:
            rival.install()
            print(f"{rival}: {rival.home}")
        except Absent as error:
            print(f"{rival}: {error}")
