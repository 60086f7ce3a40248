"""On which nodes a pod may start: rules against nodes, all nodes at once.

A set of nodes is a whole number whose bit i is node i, so that thousands of rules over thousands of
nodes take moments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from traces.kubernetes.nodes import Node
from traces.kubernetes.rules import Requirement, Rule, Taint, Toleration, compares, tolerates


class Feasible:
    """The nodes' labels, names and taints as sets of nodes, by value."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.everyone = (1 << len(nodes)) - 1
        self._names: dict[str, int] = {}
        self._labels: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._gpus: dict[str, int] = defaultdict(int)
        tainted: dict[Taint, int] = defaultdict(int)
        for number, node in enumerate(nodes):
            bit = 1 << number
            self._names[node.name] = bit
            for key, value in node.labels.items():
                self._labels[key][value] |= bit
            for taint in node.taints:
                tainted[taint] |= bit
            if node.gpu_name:
                self._gpus[node.gpu_name] |= bit
        self._tainted = dict(tainted)
        self._kept_off: dict[tuple[Toleration, ...], int] = {}
        self._masks: dict[Rule, int] = {}

    def nodes(self, rule: Rule) -> int:
        """The nodes that a pod of this rule may start on."""
        if rule not in self._masks:
            self._masks[rule] = self._nodes(rule)
        return self._masks[rule]

    def _nodes(self, rule: Rule) -> int:
        if rule.on is not None:
            return sum(self._names.get(name, 0) for name in rule.on)
        may = self._all(rule.all_of)
        if rule.one_of is not None:
            terms = 0
            for term in rule.one_of:
                terms |= self._all(term)
            may &= terms
        if rule.gpu is not None and len(self._gpus) > 1:
            may &= self._gpus.get(rule.gpu, 0)
        return may & ~self._off(rule.tolerations)

    def _all(self, requirements: Sequence[Requirement]) -> int:
        may = self.everyone
        for requirement in requirements:
            may &= self._one(requirement)
        return may

    def _one(self, requirement: Requirement) -> int:
        values = self._names if requirement.named else self._labels.get(requirement.key, {})
        operator = requirement.operator
        if operator in ("In", "NotIn"):
            among = _union(values.get(value, 0) for value in requirement.values)
            return among if operator == "In" else self.everyone & ~among
        if operator in ("Exists", "DoesNotExist"):
            there = _union(values.values())
            return there if operator == "Exists" else self.everyone & ~there
        bound = requirement.values[0]
        return _union(bit for value, bit in values.items() if compares(operator, value, bound))

    def _off(self, tolerations: tuple[Toleration, ...]) -> int:
        """The nodes with a taint that these do not tolerate."""
        if tolerations not in self._kept_off:
            self._kept_off[tolerations] = _union(
                bit
                for taint, bit in self._tainted.items()
                if not any(tolerates(one, taint) for one in tolerations)
            )
        return self._kept_off[tolerations]


def _union(sets: Iterable[int]) -> int:
    union = 0
    for one in sets:
        union |= one
    return union
