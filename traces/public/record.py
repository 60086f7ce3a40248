"""What was fetched into a folder: ``fetched.json`` beside the data, with the hash of each file.

Where no hash of a file is stated anywhere, the first download's is what later ones are held to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from traces.public.dataset import Dataset
from traces.public.errors import FetchError, FetchFailure

NAME = "fetched.json"
SCHEMA = 1


@dataclass
class Record:
    """The record of one folder; entries by path have url, sha256, bytes, stated and fetched."""

    home: Path
    accepted: str | None = None
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    archives: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, home: Path) -> Record:
        """The record of a folder, empty where there is none. Raises FetchError."""
        path = home / NAME
        try:
            plain = json.loads(path.read_text(encoding="utf-8"))
            made = cls(home, plain["accepted"], plain["files"], plain["archives"])
            for entry in (*made.files.values(), *made.archives.values()):
                str(entry["sha256"])
        except FileNotFoundError:
            return cls(home)
        except OSError as error:
            raise FetchFailure(f"{path}: {error.strerror or error}") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise FetchError(
                f"{path}: found something else, expected what an earlier fetch has written; "
                "without it, hashes are recorded anew"
            ) from None
        return made

    def sha256(self, path: str) -> str | None:
        """The hash that a file had when it came."""
        return self.files[path]["sha256"] if path in self.files else None

    def write(self, dataset: Dataset) -> None:
        """Put it beside the data, whole or not at all."""
        made = {
            "schema": SCHEMA,
            "dataset": dataset.name,
            "licence": dataset.licence,
            "terms": dataset.terms,
            "citation": dataset.citation,
            "accepted": self.accepted,
            "files": dict(sorted(self.files.items())),
            "archives": dict(sorted(self.archives.items())),
        }
        path = self.home / NAME
        own = path.with_name(f".{NAME}.partial")
        text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
        try:
            own.write_text(text, encoding="utf-8")
            own.replace(path)
        except OSError as error:
            own.unlink(missing_ok=True)
            raise FetchFailure(f"{path}: {error.strerror or error}") from None


def sums(text: str) -> dict[str, str]:
    """Hashes by path, of a list such as ``sha256sum`` prints."""
    found = {}
    for line in text.splitlines():
        digest, _, path = line.strip().partition(" ")
        if len(digest) == 64:
            found[path.strip().removeprefix("*").removeprefix("./")] = digest.lower()
    return found
