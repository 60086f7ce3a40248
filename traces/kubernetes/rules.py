"""Where a pod may run by its own words: nodeSelector, required node affinity, tolerations.

As the scheduler's NodeAffinity and TaintToleration filters read them (kubernetes.io, Assigning Pods
to Nodes; Taints and Tolerations). What is only preferred makes no difference here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from traces.errors import nearest, shown
from traces.kubernetes.part import Part, cut

SELECTING = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
TOLERATING = ("Equal", "Exists", "Gt", "Lt")
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
CARD_MODEL = "alibabacloud.com/gpu-card-model"
_NAME = "metadata.name"


class Requirement(NamedTuple):
    """One condition on a node: on its label `key`, or on its name where `named`."""

    key: str
    operator: str
    values: tuple[str, ...]
    named: bool = False


class Toleration(NamedTuple):
    """Taints that a pod puts up with: of any key where it is empty, any effect where that is."""

    key: str
    operator: str
    value: str
    effect: str


class Taint(NamedTuple):
    """What keeps pods off a node unless they tolerate it."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True)
class Rule:
    """What a pod asks of a node.

    all_of: conditions that all hold. one_of: terms of which one holds, each a conjunction; None
    where there is no required affinity. tolerations: as they stand. gpu: the extended resource
    that its GPUs are, None without. on: the only nodes, by name, where something else than these
    rules binds it (a static pod); such a one passes over taints.
    """

    all_of: tuple[Requirement, ...] = ()
    one_of: tuple[tuple[Requirement, ...], ...] | None = None
    tolerations: tuple[Toleration, ...] = ()
    gpu: str | None = None
    on: frozenset[str] | None = None


def of_pod(spec: Part, annotations: dict[str, str], *, pinned: bool) -> Rule:
    """The rule of a pod. pinned: keep conditions on the node's name; without, they are left out.

    Raises TraceError.
    """
    selector = spec.texts("nodeSelector")
    all_of = [Requirement(key, "In", (value,)) for key, value in sorted(selector.items())]
    if models := annotations.get(CARD_MODEL):
        all_of.append(Requirement(CARD_MODEL, "In", tuple(models.split("|"))))
    return Rule(tuple(all_of), _affinity(spec, pinned), _tolerations(spec))


def _affinity(spec: Part, pinned: bool) -> tuple[tuple[Requirement, ...], ...] | None:
    affinity = spec.object("affinity")
    node = affinity.object("nodeAffinity") if affinity else None
    required = node.object("requiredDuringSchedulingIgnoredDuringExecution") if node else None
    if required is None:
        return None
    terms = []
    for term in required.parts("nodeSelectorTerms"):
        labels = [_requirement(part, False) for part in term.parts("matchExpressions")]
        names = [_requirement(part, True) for part in term.parts("matchFields")]
        if labels or (names and pinned):
            terms.append((*labels, *(names if pinned else ())))
        elif names:
            return None  # a term that asks for nothing but the name holds everywhere without it
    return tuple(terms)


def _requirement(part: Part, named: bool) -> Requirement:
    key, operator = part.needed("key"), part.needed("operator")
    values = tuple(value.as_text() for value in part.parts("values"))
    _check_word(part, "operator", operator, SELECTING)
    if named and key != _NAME:
        raise part.item.wrong(f"{part.path}.key", shown(key), _NAME)
    wrong = {
        "Exists": bool(values) and "no values",
        "DoesNotExist": bool(values) and "no values",
        "Gt": not (len(values) == 1 and is_whole(values[0])) and "one whole number",
        "Lt": not (len(values) == 1 and is_whole(values[0])) and "one whole number",
    }.get(operator, not values and "at least one value")
    if wrong:
        found = cut(", ".join(values[:9])) or "none"
        raise part.item.wrong(f"{part.path}.values", found, wrong)
    return Requirement(key, operator, values, named)


def _tolerations(spec: Part) -> tuple[Toleration, ...]:
    tolerations = set()
    for part in spec.parts("tolerations"):
        operator = part.text("operator") or "Equal"
        _check_word(part, "operator", operator, TOLERATING)
        effect = part.text("effect") or ""
        if effect:
            _check_word(part, "effect", effect, EFFECTS)
        key, value = part.text("key") or "", part.text("value") or ""
        if not key and operator != "Exists":
            raise part.item.wrong(f"{part.path}.operator", operator, "Exists where key is empty")
        tolerations.add(Toleration(key, operator, value, effect))
    return tuple(sorted(tolerations))


def taints(spec: Part | None) -> tuple[Taint, ...]:
    """The taints of a node, those that only ask to be avoided left out. Raises TraceError."""
    found = []
    for part in spec.parts("taints") if spec else ():
        effect = part.needed("effect")
        _check_word(part, "effect", effect, EFFECTS)
        if effect != "PreferNoSchedule":
            found.append(Taint(part.needed("key"), part.text("value") or "", effect))
    return tuple(found)


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """Whether a pod puts up with a taint."""
    if toleration.effect not in ("", taint.effect) or toleration.key not in ("", taint.key):
        return False
    if toleration.operator == "Exists":
        return True
    if toleration.operator == "Equal":
        return toleration.value == taint.value
    return compares(toleration.operator, taint.value, toleration.value)


def compares(operator: str, value: str, bound: str) -> bool:
    """Gt or Lt of whole numbers; false where one is none."""
    if not (is_whole(value) and is_whole(bound)):
        return False
    return int(value) > int(bound) if operator == "Gt" else int(value) < int(bound)


def is_whole(text: str) -> bool:
    """Whether a text is a whole number of 64 bits, as Gt and Lt compare them."""
    digits = text.removeprefix("-").removeprefix("+")
    return digits.isascii() and digits.isdecimal() and len(digits) <= 19


def _check_word(part: Part, name: str, word: str, known: tuple[str, ...]) -> None:
    if word not in known:
        raise part.item.wrong(
            f"{part.path}.{name}",
            shown(word),
            f"one of {', '.join(known)}",
            nearest(word, known) or nearest(word, [k.lower() for k in known]),
        )
