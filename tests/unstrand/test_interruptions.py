"""What ends a command from outside, wherever it meets it."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, os, signal, sys, time
from unstrand import interruptions

signal.signal(signal.SIGINT, signal.default_int_handler)
interruptions.heard()


def called_by_c():
    os.kill(os.getpid(), {number})
    time.sleep(0.01)


try:
    ctypes.CFUNCTYPE(None)(called_by_c)()
    time.sleep(30)
    print("lost")
except BaseException as error:
    print(type(error).__name__)
    raise
"""


@pytest.mark.parametrize(
    ("number", "raised", "code"),
    [
        (signal.SIGTERM, "SystemExit", 128 + signal.SIGTERM),
        (signal.SIGINT, "KeyboardInterrupt", -signal.SIGINT),
    ],
)
def test_what_a_callback_of_c_swallows_ends_a_command_all_the_same(
    number: signal.Signals, raised: str, code: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(number=int(number))],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == f"{raised}\n"
    assert done.returncode == code
    assert "Exception ignored" not in done.stderr


def test_other_errors_that_cannot_be_raised_are_still_reported() -> None:
    program = PROGRAM.replace("os.kill(os.getpid(), {number})", "1 / 0").replace("30", "0")
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "lost\n"
    assert "ZeroDivisionError" in done.stderr
