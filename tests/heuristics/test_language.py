"""What the language accepts, and the reason and line with which it refuses the rest."""

from __future__ import annotations

import ast

import pytest

import heuristics
from heuristics import HeuristicError
from heuristics.source import measure

BIDI = "\u202e"
LOOK_ALIKE = "\u0455core"  # a Cyrillic letter in front
FOLDED = "fr\uff45\uff45"  # full-width letters, which Python folds into free


def read(source: str | bytes) -> heuristics.Heuristic:
    return heuristics.parse(source, filename="mine.py", name="mine")


def one(expression: str, arguments: str = "required, free", head: str = "") -> str:
    return f"{head}def score({arguments}):\n    return {expression}\n"


ACCEPTED = {
    "a formula": one("free.cpu - required.cpu / 2"),
    "a docstring": '"""Mine."""\n\n\ndef score(free):\n    """Why."""\n    return -free.cpu\n',
    "ties": 'TIES = "random"\n' + one("free.cpu"),
    "constants": one("alpha * free.cpu + beta", "free, *, alpha=0.5, beta=-2"),
    "math": one("math.sqrt(free.cpu) + math.pi - math.inf", "free", "import math\n"),
    "no arguments": one("1", ""),
    "if and else": "def score(free):\n    if free.cpu > 1 and not free.mem < 2:\n        x = 1\n"
    "    elif free.cpu == 0:\n        x = 2\n    else:\n        return 3.0\n    return x\n",
    "a conditional expression": one("1 if 0 < free.cpu <= 4 else 2"),
    "a loop over an array": "def score(gpus):\n    most = 0.0\n    for g in gpus:\n"
    "        most = max(most, g)\n    return most\n",
    "a loop over a length": "def score(mix):\n    s = 0.0\n    for m in range(len(mix.weight)):\n"
    "        s += mix.weight[m] * mix.gpu[m]\n    return s\n",
    "a loop over a literal range": "def score(free):\n    x = free.cpu\n    for i in range(64):\n"
    "        x = x / 2 + i\n    return x\n",
    "resources by number": "def score(required, free, cell):\n    s = 0.0\n"
    "    for r in range(len(required)):\n        s += free[r] / cell.largest[r]\n"
    "    return s + free[0]\n",
    "assigned in a loop over resources": "def score(free):\n    for r in range(len(free)):\n"
    "        x = free[r]\n    return x\n",
    "a device by slot": one("gpus[slot] if slot >= 0 else len(gpus)", "gpus, slot"),
    "fragmentation": one("frag.before.gpu - frag.after.gpu + frag.gain.cpu", "frag"),
    "a power": one("free.cpu ** 8 + free.cpu ** 0.5"),
    "other resources": one("free.rdma - required.disk"),
    "CRLF and a byte order mark": b"\xef\xbb\xbfdef score(free):\r\n    return free.cpu\r\n",
    "comments in any script": one("free.cpu  # größer ist besser, 大"),
    "the array form": "import numpy as np\n\n\ndef scores(required, free):\n"
    "    left = free.size - required.size\n    first = (left > 0) & ~(left > 9)\n"
    "    d = np.diff(left)\n    return np.where(first, left[::-1], np.sum(d[1:]) - left)\n",
    "positions in the array form": "import numpy as np\n\n\ndef scores(free):\n"
    "    return free.cpu[0] + np.arange(len(free.cpu))\n",
}


@pytest.mark.parametrize("source", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_the_language_has(source: str | bytes) -> None:
    assert read(source).checked


def deep(levels: int) -> str:
    return one("abs(" * levels + "free.cpu" + ")" * levels)


IFS = "def score(free):\n    x = 0.0\n" + "    if free.cpu > 1:\n        x = 1.0\n" * 400
REJECTED = [
    ("while", "forbidden_node", 2, "def score(free):\n    while True:\n        pass\n"),
    ("recursion", "forbidden_name", 2, one("score(free)", "free")),
    ("sleep", "forbidden_name", 1, "import time\n" + one("1.0")),
    ("a list", "forbidden_node", 2, one("len([0] * 1000000000)")),
    ("a string times n", "forbidden_node", 2, one("len('a' * 1000000000)")),
    ("print", "forbidden_node", 2, "def score(free):\n    print(1)\n    return 1.0\n"),
    ("open", "forbidden_name", 2, one("open('/etc/passwd')")),
    ("os", "forbidden_name", 1, "import os\n" + one("os.listdir('.')")),
    ("from", "forbidden_node", 1, "from math import sqrt\n" + one("sqrt(free.cpu)")),
    ("socket", "forbidden_name", 1, "import socket\n" + one("1.0")),
    ("import inside", "forbidden_node", 2, "def score():\n    import os\n    return 1.0\n"),
    ("an alias", "forbidden_name", 1, "import math as m\n" + one("1.0")),
    ("__import__", "forbidden_name", 2, one("__import__('os').system('true')")),
    ("builtins", "forbidden_name", 2, one("__builtins__")),
    ("globals", "forbidden_name", 2, one("globals()")),
    ("subclasses", "forbidden_name", 2, one("free.__class__.__subclasses__()")),
    ("of a tuple", "forbidden_node", 2, one("().x")),
    ("__globals__", "forbidden_name", 2, one("math.__globals__", "free", "")),
    ("a number of 400 digits as exponent", "too_large", 2, one("free.cpu ** " + "1" * 400)),
    (
        "a number of 5000 digits as range",
        "too_large",
        2,
        "def score():\n    for i in range(0x" + "f" * 5000 + "):\n        x = i\n    return 1.0\n",
    ),
    ("a number of 5000 digits as index", "too_large", 2, one("free[0x" + "f" * 5000 + "]")),
    ("a fraction as index", "forbidden_node", 2, "def score(gpus):\n    return gpus[0.5]\n"),
    ("a truth as index", "forbidden_node", 2, "def score(gpus):\n    return gpus[True]\n"),
    (
        "a look-alike behind a lone carriage return",
        "forbidden_name",
        4,
        "import math\ndef score(free):\n    # \u00e9\r    return -\uff4dath.sqrt(free.cpu)\n",
    ),
    (
        "a dot in a name",
        "forbidden_name",
        2,
        "def score(free):\n    fr\u00b7ee = 2\n    return fr\u00b7ee\n",
    ),
    (
        "a sign that is a name",
        "forbidden_name",
        2,
        "def score():\n    \u212e = 2\n    return \u212e\n",
    ),
    ("eval", "forbidden_name", 2, one("eval('1')")),
    ("exec", "forbidden_name", 2, one("exec('1')")),
    ("compile", "forbidden_name", 2, one("compile('1', '', 'eval')")),
    ("getattr", "forbidden_name", 2, one("getattr(free, 'cpu')")),
    ("frames", "forbidden_name", 1, "import sys\n" + one("sys._getframe()")),
    (
        "patching",
        "forbidden_node",
        3,
        "import math\ndef score():\n    math.sqrt = 1\n    return 1.0\n",
    ),
    (
        "rebinding math",
        "forbidden_name",
        3,
        "import math\ndef score():\n    math = 1\n    return 1\n",
    ),
    ("a random generator", "forbidden_name", 1, "import random\n" + one("random.random()")),
    ("hash", "forbidden_name", 2, one("hash(free.cpu)")),
    ("raise", "forbidden_node", 2, "def score():\n    raise SystemExit\n"),
    (
        "try",
        "forbidden_node",
        2,
        "def score():\n    try:\n        return 1\n    except:\n        return 2\n",
    ),
    ("with", "forbidden_node", 2, "def score(free):\n    with free:\n        return 1\n"),
    ("assert", "forbidden_node", 2, "def score(free):\n    assert free.cpu\n    return 1\n"),
    ("del", "forbidden_node", 3, "def score(free):\n    x = 1\n    del x\n    return 1\n"),
    ("a class", "forbidden_node", 1, "class A:\n    pass\n" + one("1.0")),
    (
        "a nested function",
        "forbidden_node",
        2,
        "def score():\n    def f():\n        return 1\n    return f()\n",
    ),
    ("lambda", "forbidden_node", 2, one("(lambda: 1)()")),
    ("a second function", "forbidden_node", 1, "def helper():\n    return 1\n\n\n" + one("1.0")),
    ("another name", "forbidden_name", 1, "def heuristic(free):\n    return 1.0\n"),
    ("async", "forbidden_node", 1, "async def score():\n    return 1.0\n"),
    ("yield", "forbidden_node", 2, "def score():\n    yield 1.0\n"),
    ("a decorator", "forbidden_node", 2, "@cached\ndef score():\n    return 1.0\n"),
    ("an annotation", "forbidden_node", 1, "def score(free: float):\n    return 1.0\n"),
    ("a return annotation", "forbidden_node", 1, "def score() -> float:\n    return 1.0\n"),
    ("an annotated local", "forbidden_node", 2, "def score():\n    x: float = 1\n    return x\n"),
    ("a comprehension", "forbidden_node", 2, one("max([g for g in gpus])", "gpus")),
    ("sum", "forbidden_name", 2, one("sum(gpus)", "gpus")),
    ("a walrus", "forbidden_node", 2, one("(x := 1)")),
    ("a format string", "forbidden_node", 2, one("len(f'{free}')")),
    ("a global", "forbidden_node", 2, "def score():\n    global x\n    return 1\n"),
    ("a module variable", "forbidden_node", 1, "CACHE = 1\n" + one("1.0")),
    ("other ties", "forbidden_node", 1, 'TIES = "mine"\n' + one("1.0")),
    ("a default argument", "forbidden_argument", 1, one("1.0", "free=0")),
    ("a list as constant", "forbidden_argument", 1, one("1.0", "*, seen=[]")),
    ("a constant without default", "forbidden_argument", 1, one("1.0", "*, alpha")),
    ("a huge constant", "too_large", 1, one("1.0", "*, alpha=1e13")),
    ("a hidden constant", "forbidden_name", 1, one("1.0", "*, _a=1")),
    ("star arguments", "forbidden_argument", 1, one("1.0", "*args")),
    ("double star arguments", "forbidden_argument", 1, one("1.0", "**options")),
    ("an argument unknown", "forbidden_argument", 1, one("1.0", "required, node")),
    ("an argument not named", "forbidden_name", 2, one("total.cpu")),
    (
        "the state of a function",
        "forbidden_node",
        2,
        "def score():\n    score.n = 1\n    return 1\n",
    ),
    ("None", "not_a_float", 2, one("None")),
    ("nothing", "not_a_float", 2, "def score():\n    return\n"),
    ("no return", "not_a_float", 1, "def score(free):\n    if free.cpu > 1:\n        return 1.0\n"),
    ("a string", "not_a_float", 2, one("'a'")),
    ("a complex number", "not_a_float", 2, one("1j")),
    ("a tuple", "not_a_float", 2, one("(1, 2)")),
    ("an array", "not_a_float", 2, one("gpus", "gpus")),
    ("a column", "not_a_float", 2, one("mix.weight", "mix")),
    ("a vector", "not_a_float", 2, one("free")),
    ("a complex term", "forbidden_node", 2, one("free.cpu * 1j")),
    ("a vector as value", "forbidden_node", 2, one("1 + free")),
    ("writing a field", "writes_argument", 2, "def score(free):\n    free.cpu = 0\n    return 1\n"),
    ("writing an entry", "writes_argument", 2, "def score(gpus):\n    gpus[0] = 1\n    return 1\n"),
    (
        "adding to a field",
        "writes_argument",
        2,
        "def score(free):\n    free.cpu += 1\n    return 1\n",
    ),
    ("rebinding", "writes_argument", 2, "def score(slot):\n    slot = 1\n    return slot\n"),
    (
        "looping into",
        "writes_argument",
        2,
        "def score(free, gpus):\n    for free in gpus:\n        x = 1\n    return 1\n",
    ),
    ("rebinding a constant", "forbidden_name", 2, "def score(*, a=1):\n    a = 2\n    return a\n"),
    ("unpacking", "forbidden_node", 2, "def score():\n    a, b = 1, 2\n    return a\n"),
    (
        "an entry of a local",
        "forbidden_node",
        3,
        "def score():\n    x = 1\n    x[0] = 2\n    return 1\n",
    ),
    ("a hidden local", "forbidden_name", 2, "def score():\n    _x = 1\n    return _x\n"),
    ("read too early", "forbidden_name", 2, "def score():\n    y = x\n    x = 1\n    return y\n"),
    (
        "maybe unassigned",
        "forbidden_name",
        4,
        "def score(free):\n    if free.cpu:\n        x = 1\n    return x\n",
    ),
    (
        "unassigned after a loop",
        "forbidden_name",
        4,
        "def score(gpus):\n    for g in gpus:\n        x = g\n    return x\n",
    ),
    ("math without import", "forbidden_name", 2, one("math.sqrt(free.cpu)")),
    ("math unknown", "forbidden_name", 3, one("math.factorial(9)", "free", "import math\n")),
    ("numpy outside", "forbidden_name", 1, "import numpy as np\n" + one("1.0")),
    (
        "numpy unknown",
        "forbidden_name",
        4,
        "import numpy as np\n\ndef scores(free):\n    return np.load(free.cpu)\n",
    ),
    (
        "numpy made longer",
        "forbidden_node",
        4,
        "import numpy as np\n\ndef scores(free):\n    return np.arange(1000000000)\n",
    ),
    ("gpus in the array form", "forbidden_argument", 1, "def scores(gpus):\n    return 1\n"),
    ("keywords", "forbidden_node", 2, one("max(1, 2, key=abs)")),
    ("too few arguments", "forbidden_node", 2, one("max(free.cpu)")),
    ("a field of a field", "forbidden_name", 2, one("free.cpu.real")),
    ("a field unknown", "forbidden_name", 2, one("machine.name", "machine")),
    ("a vector by sum", "forbidden_node", 2, one("free[1 + 1]")),
    (
        "a resource by a rebound name",
        "forbidden_node",
        4,
        "def score(free):\n    for r in range(len(free)):\n        r = 1\n"
        "        x = free[r]\n    return x\n",
    ),
    ("a slice", "forbidden_node", 2, one("gpus[1:]", "gpus")),
    ("an open exponent", "forbidden_node", 2, one("2 ** free.cpu")),
    ("a large exponent", "too_large", 2, one("free.cpu ** 9")),
    ("a power tower", "forbidden_node", 2, one("9 ** 9 ** 9")),
    ("a large number", "too_large", 2, one("free.cpu + 2000000000000")),
    ("infinity by writing", "too_large", 2, one("1e999")),
    ("a shift", "forbidden_node", 2, one("1 << 60")),
    ("is", "forbidden_node", 2, one("free.cpu is 1")),
    (
        "a long range",
        "too_large",
        2,
        "def score():\n    for i in range(65):\n        x = 1\n    return 1\n",
    ),
    (
        "an open range",
        "forbidden_node",
        2,
        "def score(free):\n    for i in range(int(free.cpu)):\n        x = 1\n    return 1\n",
    ),
    (
        "else after for",
        "forbidden_node",
        2,
        "def score(gpus):\n    for g in gpus:\n        x = 1\n    else:\n"
        "        x = 2\n    return 1\n",
    ),
    (
        "three loops over resources",
        "too_large",
        4,
        "def score(free):\n    for a in range(len(free)):\n        for b in range(len(free)):\n"
        "            for c in range(len(free)):\n                x = 1\n    return 1\n",
    ),
    ("bad syntax", "syntax", 1, "def score(:\n"),
    ("an empty file", "syntax", None, ""),
    ("two of a name", "syntax", 1, "def score(free, free):\n    return 1.0\n"),
    ("a null byte", "syntax", 2, "def score():\n    return 1\x00\n"),
    ("not UTF-8", "syntax", 2, b"def score():\n    return 1 # \xff\n"),
    ("another encoding", "syntax", 1, "# coding: utf-7\n" + one("1.0")),
    ("a bidirectional mark", "syntax", 2, f"def score():\n    # {BIDI}\n    return 1\n"),
    ("a look-alike", "forbidden_name", 1, f"def {LOOK_ALIKE}():\n    return 1\n"),
    ("a folded name", "forbidden_name", 2, one(f"{FOLDED}.cpu", "free")),
    (
        "a look-alike local",
        "forbidden_name",
        2,
        "def score():\n    \u0430 = 1\n    return \u0430\n",
    ),
    ("an escape", "forbidden_node", 2, one("len('\\x5f\\x5f')")),
    ("megabytes", "too_large", None, "#" * 2_000_000),
    ("400 ifs", "too_large", None, IFS + "    return x\n"),
    ("2,000 terms", "too_large", None, one(" + ".join(["free.cpu"] * 2000))),
    ("deep nesting", "too_large", 2, deep(25)),
    ("very deep nesting", "too_large", None, deep(1000)),
    ("deep nesting of signs", "too_large", None, one("-" * 60000 + "1")),
    ("deep indentation", "too_large", None, "".join("    " * i + "if 1:\n" for i in range(120))),
]


@pytest.mark.parametrize(
    ("reason", "line", "source"), [r[1:] for r in REJECTED], ids=[r[0] for r in REJECTED]
)
def test_the_language_has_not(reason: str, line: int | None, source: str | bytes) -> None:
    with pytest.raises(HeuristicError) as caught:
        read(source)
    assert caught.value.reason == reason, str(caught.value)
    if line is not None:
        assert caught.value.line == line, str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("mine.py:")


def test_an_unknown_argument_is_answered_with_the_nearest_names() -> None:
    with pytest.raises(
        HeuristicError, match=r"^mine\.py:1: no argument is called requird; did you"
    ):
        read(one("1.0", "requird"))


def test_400_nodes_and_depth_20_are_the_limit() -> None:
    terms = "def score(free):\n" + "    x = 1.0\n" * 132 + "    return -1.0\n"
    assert measure(ast.parse(terms))[0] == 1 + 132 * 3 + 3
    assert read(terms).checked
    with pytest.raises(HeuristicError, match="401 nodes, expected at most 400"):
        read(terms.replace("-1.0", "--1.0"))
    assert read(deep(17)).checked  # return, 17 × abs, free.cpu: depth 20
    with pytest.raises(HeuristicError, match="nested 21 deep"):
        read(deep(18))
