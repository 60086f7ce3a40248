"""What holds a process that runs code that nobody has read.

A process locks itself, for good: limits on memory, processor time, files and processes; no new
privileges; Landlock with nothing allowed (no file, no TCP, no signal, no abstract socket outside);
and a seccomp filter that knows the calls that compiling and computing need, all others fail.
What the process needs from a file must be loaded before.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import struct
import sys

LANDLOCK_ABI = 6  # signals and abstract sockets are held from here on
NO_NEW_PRIVILEGES, SECCOMP, DEATH_SIGNAL, FILTER = 38, 22, 1, 2
CREATE_RULESET, RESTRICT_SELF = 444, 446
ALL_OF_FILES, ALL_OF_TCP, ALL_OF_SCOPE = (1 << 16) - 1, 3, 3

X86_64 = 0xC000003E
CALLS = {
    "read": 0,
    "write": 1,
    "close": 3,
    "fstat": 5,
    "lseek": 8,
    "mmap": 9,
    "mprotect": 10,
    "munmap": 11,
    "brk": 12,
    "rt_sigaction": 13,
    "rt_sigprocmask": 14,
    "rt_sigreturn": 15,
    "pread64": 17,
    "sched_yield": 24,
    "mremap": 25,
    "madvise": 28,
    "getpid": 39,
    "exit": 60,
    "uname": 63,
    "getcwd": 79,  # numba's way to an error message
    "gettimeofday": 96,
    "getrusage": 98,
    "sysinfo": 99,
    "sigaltstack": 131,
    "gettid": 186,
    "futex": 202,
    "sched_getaffinity": 204,
    "clock_gettime": 228,
    "exit_group": 231,
    "set_robust_list": 273,
    "getrandom": 318,
    "rseq": 334,
}
TO_SELF = {"tgkill": 234, "prlimit64": 302}
"""Calls whose first argument must be this process (tgkill) or 0 (prlimit64)."""

_libc = ctypes.CDLL(None, use_errno=True)


class Unlockable(RuntimeError):
    """This machine can't hold such code; says what it lacks."""


def missing() -> list[str]:
    """What this machine lacks, in words; empty where a process can be locked."""
    if not sys.platform.startswith("linux"):
        return [f"Linux (this is {sys.platform})"]
    lacks = []
    if platform.machine() != "x86_64":
        lacks.append(f"an x86-64 processor (this is {platform.machine()})")
    abi = _libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if abi < LANDLOCK_ABI:
        found = f"found {abi}" if abi > 0 else "found none"
        lacks.append(f"Landlock ABI {LANDLOCK_ABI} or newer, Linux 6.12 ({found})")
    if _libc.prctl(21, 0, 0, 0, 0) < 0 and ctypes.get_errno() == errno.EINVAL:
        lacks.append("seccomp filters")
    return lacks


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the one that forked it is gone, as it may be now."""
    _checked(_libc.prctl(DEATH_SIGNAL, 9, 0, 0, 0), "prctl")
    if os.getppid() != parent:
        os._exit(0)


def lock(*, memory_bytes: int, processor_s: int) -> None:
    """Lock this process. memory_bytes: address space beyond what it holds now.

    Raises:
        Unlockable: the kernel refused a part of it.
    """
    with open("/proc/self/statm", encoding="ascii") as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
    _limit(resource.RLIMIT_AS, held + memory_bytes)
    resource.setrlimit(resource.RLIMIT_CPU, (processor_s, processor_s + 1))  # first SIGXCPU
    for what in (resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):
        _limit(what, 0)
    _checked(_libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no new privileges")
    _landlock()
    _seccomp()


def _limit(what: int, value: int) -> None:
    resource.setrlimit(what, (value, value))


def _landlock() -> None:
    attributes = struct.pack("QQQ", ALL_OF_FILES, ALL_OF_TCP, ALL_OF_SCOPE)
    ruleset = _libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    _checked(ruleset, "Landlock")
    _checked(_libc.syscall(RESTRICT_SELF, ruleset, 0), "Landlock")
    os.close(ruleset)


def _seccomp() -> None:
    code = _filter(os.getpid())
    held = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(held))
    _checked(_libc.prctl(SECCOMP, FILTER, program, 0, 0), "seccomp")


def _filter(pid: int) -> bytes:
    """The filter as classic BPF: calls that are known go through, others fail with EPERM."""
    load, equal, give = 0x20, 0x15, 0x06
    allowed, refused, killed = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
    lines = [(load, 0, 0, 4), (equal, 1, 0, X86_64), (give, 0, 0, killed), (load, 0, 0, 0)]
    for name, number in TO_SELF.items():
        wanted = pid if name == "tgkill" else 0
        lines += [
            (equal, 0, 4, number),
            (load, 0, 0, 16),  # the first argument
            (equal, 0, 1, wanted),
            (give, 0, 0, allowed),
            (give, 0, 0, refused),
        ]
    for number in CALLS.values():
        lines += [(equal, 0, 1, number), (give, 0, 0, allowed)]
    lines.append((give, 0, 0, refused))
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def _checked(answer: int, what: str) -> None:
    if answer < 0:
        number = ctypes.get_errno()
        raise Unlockable(f"{what}: {os.strerror(number)}")
