"""A locked process can compute, and nothing else."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sim.contain import lock

pytestmark = pytest.mark.skipif(
    bool(lock.missing()), reason=f"this machine lacks {' and '.join(lock.missing())}"
)
MIB = 1 << 20


def locked(attempt: Callable[[], object], *, memory_mib: int = 512, processor_s: int = 5) -> str:
    """What comes of an attempt in a locked process: its answer, its exception, or its signal."""
    inlet, outlet = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(inlet)
            lock.lock(memory_bytes=memory_mib * MIB, processor_s=processor_s)
            said = repr(attempt())
        except BaseException as error:
            said = type(error).__name__
        os.write(outlet, said[:4000].encode())
        os._exit(0)
    os.close(outlet)
    with os.fdopen(inlet, "rb") as file:
        said = file.read().decode()
    status = os.waitpid(child, 0)[1]
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else said


def write_to(path: Path) -> Callable[[], object]:
    return lambda: path.write_text("x")


ATTEMPTS: dict[str, Callable[[], object]] = {
    "reads a file": lambda: Path("/etc/passwd").read_bytes(),
    "writes a file": lambda: Path("/tmp/unstrand-escape").write_text("x"),
    "lists a folder": lambda: os.listdir("/"),
    "stats a file": lambda: os.stat("/etc/passwd"),
    "deletes a file": lambda: os.unlink("/tmp/unstrand-escape"),
    "opens a TCP socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "opens a UDP socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "opens a Unix socket": lambda: socket.socket(socket.AF_UNIX),
    "forks": os.fork,
    "starts a process": lambda: subprocess.run(["/bin/true"], check=True),
    "execs": lambda: os.execv("/bin/true", ["true"]),
    "signals its parent": lambda: os.kill(os.getppid(), 0),
    "signals its group": lambda: os.killpg(0, 0),
    "changes its parent's limits": lambda: resource.prlimit(
        os.getppid(), resource.RLIMIT_NOFILE, (8, 8)
    ),
    "starts a thread": lambda: threading.Thread(target=print).start(),
    "makes a file in memory": lambda: os.memfd_create("x"),
    "makes a pipe": os.pipe,
    "sleeps": lambda: time.sleep(60),
    "becomes another user": lambda: os.setuid(65534),
}


@pytest.mark.parametrize("what", ATTEMPTS)
def test_what_reaches_outside_fails(what: str) -> None:
    began = time.monotonic()
    assert locked(ATTEMPTS[what]) in ("PermissionError", "RuntimeError", "OSError")
    assert time.monotonic() - began < 30
    assert not Path("/tmp/unstrand-escape").exists()


@pytest.mark.parametrize("number", [101, 56, 57, 58, 435, 425, 310, 321, 165, 272])
def test_calls_that_python_does_not_offer_fail_too(number: int) -> None:
    """ptrace, clone, fork, vfork, clone3, io_uring, process_vm_readv, bpf, mount, unshare."""
    libc = ctypes.CDLL(None, use_errno=True)
    said = locked(lambda: (libc.syscall(number, 0, 0, 0, 0, 0), ctypes.get_errno()))
    assert said == "(-1, 1)"


def test_memory_has_its_limit() -> None:
    assert locked(lambda: np.ones(2 * 1024 * MIB // 8).sum(), memory_mib=64) == "MemoryError"
    assert locked(lambda: bytearray(1 << 40)) == "MemoryError"


def test_processor_time_has_its_limit() -> None:
    def spin() -> None:
        while True:
            pass

    assert locked(spin, processor_s=1) in ("SIGXCPU", "SIGKILL")


def test_computing_goes_on() -> None:
    assert locked(lambda: float(np.linspace(0, 1, 1001).sum())) == repr(500.5)
    assert locked(lambda: resource.getrlimit(resource.RLIMIT_NPROC)) == "(0, 0)"


def test_the_parent_keeps_what_it_had() -> None:
    limits = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NPROC)
    before = [resource.getrlimit(one) for one in limits]
    locked(lambda: resource.setrlimit(resource.RLIMIT_CPU, (1, 1)))
    assert [resource.getrlimit(one) for one in limits] == before
    assert os.getppid() > 0
    assert Path("/etc/passwd").exists()
