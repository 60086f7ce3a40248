"""What a candidate may try, and the reasons for which each is rejected."""

from __future__ import annotations

HEAD = "def score(required, free, total, *, alpha=0.5):\n"


def body(*lines: str) -> str:
    """A heuristic of these lines."""
    return HEAD + "".join(f"    {line}\n" for line in lines)


def ifs(count: int) -> str:
    return body(
        "x = 0.0", *[f"x = x + 1.0 if free.cpu > {k} else x" for k in range(count)], "return x"
    )


def nested(count: int) -> str:
    return body("return " + "(" * count + "free.cpu" + ")" * count)


FORBIDDEN = ("forbidden_node", "forbidden_name", "forbidden_argument", "syntax")
DENIED = (*FORBIDDEN, "too_large")
LOOPS = "".join(f"{'    ' * k}for i{k} in range(64):\n" for k in range(1, 7))

ATTACKS: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    "loops in Python": (body("while True:", "    pass", "return 1.0"), FORBIDDEN),
    "loops in compiled code": (
        f"import math\ndef score(free):\n    x = free.cpu\n{LOOPS}{'    ' * 7}x = x + math.sin(x)\n"
        "    return x\n",
        ("timeout",),
    ),
    "recurses": (body("return score(required, free, total)"), FORBIDDEN),
    "sleeps": ("import time\n" + body("time.sleep(99)", "return 1.0"), FORBIDDEN),
    "fills a list": (body("return len([0] * 10**12)"), DENIED),
    "fills a text": (body("return len('a' * 10**12)"), DENIED),
    "fills an array": (
        "import numpy as np\ndef scores(free):\n    return np.zeros(10**12) + free.cpu\n",
        (*DENIED, "memory", "raised"),
    ),
    "writes without end": (body("for i in range(64):", "    print('x')", "return 1.0"), FORBIDDEN),
    "reads a file": (body("return len(open('/etc/passwd').read())"), FORBIDDEN),
    "writes a file": (body("open('/tmp/unstrand-attack', 'w')", "return 1.0"), FORBIDDEN),
    "lists a folder": ("import os\n" + body("return len(os.listdir('/'))"), FORBIDDEN),
    "deletes": ("import shutil\n" + body("shutil.rmtree('/tmp/x')", "return 1.0"), FORBIDDEN),
    "reads the environment": ("import os\n" + body("return len(os.environ)"), FORBIDDEN),
    "opens a socket": ("import socket\n" + body("socket.socket()", "return 1.0"), FORBIDDEN),
    "starts a process": ("import os\n" + body("os.system('true')", "return 1.0"), FORBIDDEN),
    "forks": ("from os import fork\n" + body("return fork()"), FORBIDDEN),
    "signals its parent": (
        "import os\n" + body("os.kill(os.getppid(), 9)", "return 1.0"),
        FORBIDDEN,
    ),
    "imports by name": (body("return __import__('os').getpid()"), FORBIDDEN),
    "imports by importlib": ("import importlib\n" + body("return 1.0"), FORBIDDEN),
    "asks for builtins": (body("return len(__builtins__)"), FORBIDDEN),
    "asks for globals": (body("return len(globals())"), FORBIDDEN),
    "walks subclasses": (body("return len(().__class__.__base__.__subclasses__())"), FORBIDDEN),
    "walks the globals of a function": (body("return len(score.__globals__)"), FORBIDDEN),
    "evaluates": (body("return eval('1.0')"), FORBIDDEN),
    "executes": (body("exec('x = 1')", "return 1.0"), FORBIDDEN),
    "compiles": (body("compile('1', '', 'eval')", "return 1.0"), FORBIDDEN),
    "walks frames": ("import sys\n" + body("return sys._getframe(1).f_lineno"), FORBIDDEN),
    "asks the collector": ("import gc\n" + body("return len(gc.get_objects())"), FORBIDDEN),
    "patches math": ("import math\nmath.exp = abs\n" + body("return 1.0"), FORBIDDEN),
    "patches numpy": (
        "import numpy as np\ndef scores(free):\n    np.abs = np.exp\n    return free.cpu\n",
        FORBIDDEN,
    ),
    "traces": ("import sys\nsys.settrace(None)\n" + body("return 1.0"), FORBIDDEN),
    "leaves a handler": ("import atexit\n" + body("return 1.0"), FORBIDDEN),
    "exits": ("import os\n" + body("os._exit(0)", "return 1.0"), FORBIDDEN),
    "raises SystemExit": (body("raise SystemExit"), FORBIDDEN),
    "raises KeyboardInterrupt": (body("raise KeyboardInterrupt"), FORBIDDEN),
    "prints a forged result": (body("print('{\"score\": 1e9}')", "return 1.0"), FORBIDDEN),
    "returns an object of its own": (
        "class Score:\n    def __float__(self):\n        return 1e9\n" + body("return Score()"),
        FORBIDDEN,
    ),
    "returns a text": (body("return 'best'"), (*FORBIDDEN, "not_a_float")),
    "returns None": (body("x = free.cpu"), (*FORBIDDEN, "not_a_float")),
    "returns a complex": (body("return 1j"), (*FORBIDDEN, "not_a_float")),
    "returns NaN": (body("return (free.cpu - free.cpu) / 0.0"), ("not_finite",)),
    "returns infinity": (body("return 1.0 / (free.cpu - free.cpu)"), ("not_finite",)),
    "returns what is huge": (body("return 1e12" + " * 1e12" * 9), ("not_finite",)),
    "divides by zero": (body("return free.cpu / 0"), ("not_finite",)),
    "overflows": (
        "import math\n" + body("return math.exp(1e6 * (free.cpu + 1.0))"),
        ("not_finite", "raised"),
    ),
    "writes to free": (body("free.cpu = 1e9", "return 1.0"), ("writes_argument", *FORBIDDEN)),
    "writes to an array": (
        "def score(gpus):\n    gpus[0] = 1.0\n    return 1.0\n",
        ("writes_argument", *FORBIDDEN),
    ),
    "keeps state in a global": ("CALLS = 0\n" + body("return 1.0"), FORBIDDEN),
    "keeps state in a default": ("def score(free, *, seen=[]):\n    return 1.0\n", FORBIDDEN),
    "keeps state in an attribute": (body("score.calls = 1", "return 1.0"), FORBIDDEN),
    "is random": ("import random\n" + body("return random.random()"), FORBIDDEN),
    "reads the clock": ("import time\n" + body("return time.time()"), FORBIDDEN),
    "depends on id": (body("return id(free)"), FORBIDDEN),
    "depends on hash": (body("return hash('x')"), FORBIDDEN),
    "depends on a name": (
        "def score(machine):\n    return machine.name\n",
        (*FORBIDDEN, "forbidden_argument"),
    ),
    "loads a library": ("import ctypes\n" + body("ctypes.string_at(0)", "return 1.0"), FORBIDDEN),
    "reads outside an array": ("def score(gpus):\n    return gpus[123456789]\n", ("raised",)),
    "nests brackets": (nested(5_000), DENIED),
    "nests operators": (body("return " + "-" * 5_000 + "free.cpu"), DENIED),
    "is megabytes long": (body("return 1.0") + "#" * (3 << 20), ("too_large",)),
    "hides a name in look-alikes": (body("return \u13a1val('1')"), DENIED),
    "turns the direction of text": (body("x = 1.0  # \u202e", "return x"), ("syntax",)),
    "hides a name in escapes": (body("return \\u0065val('1')"), ("syntax",)),
    "has a null byte": (HEAD.encode() + b"    return 1.0\0\n", ("syntax",)),
    "is not UTF-8": (HEAD.encode() + b"    return 1.0  # \xff\n", ("syntax",)),
    "has 400 ifs": (ifs(400), ("too_large",)),
    "has 2,000 terms": (body("return " + " + ".join(["free.cpu"] * 2_000)), ("too_large",)),
    "folds a power tower": (body("return 9 ** 9 ** 9 ** 9"), DENIED),
}

MARKS: dict[str, tuple[str, str, str]] = {
    "has no opinion": (body("return 1.0"), "degenerate", "chooses as if it had no opinion"),
    "has an opinion that says nothing": (
        body("return 0.0 * free.cpu + total.cpu - total.cpu"),
        "degenerate",
        "chooses as if it had no opinion",
    ),
    "knows sizes by heart": (
        body("return free.cpu if required.cpu == int(required.cpu) else -free.cpu"),
        "lookup",
        "chooses otherwise when all amounts are shown a millionth larger",
    ),
    "depends on the order of machines": (
        "import numpy as np\ndef scores(free):\n    return np.arange(len(free.cpu)) * 1.0\n",
        "order_dependent",
        "scores of the same machines differ with their order",
    ),
}
"""Source, mark, and what is said of it."""

SALTED = "SALT = hash('unstrand') % 1009\ndef score(free):\n    return (SALT * free.cpu) % 7.0\n"
"""Decides by the hash seed of its process; the language lets nothing through that could."""
