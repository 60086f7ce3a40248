"""On which nodes a pod may start: rules against nodes, all nodes at once.

A set of nodes is a whole number whose bit i is node i, so that thousands of rules over thousands of
nodes take moments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from traces.kubernetes.nodes import Node
from traces.kubernetes.rules import Requirement, Rule, Taint, Toleration, compares, tolerates

Numbers = list[int]


class Feasible:
    """The nodes by label, name, taint and sort of GPU; labels are looked through when asked for."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.everyone = (1 << len(nodes)) - 1
        self._nodes = nodes
        self._by_label: dict[str, dict[str, Numbers]] = {}
        self._by_name = {node.name: [number] for number, node in enumerate(nodes)}
        by_gpu: dict[str, Numbers] = defaultdict(list)
        by_taint: dict[Taint, Numbers] = defaultdict(list)
        for number, node in enumerate(nodes):
            for taint in node.taints:
                by_taint[taint].append(number)
            if node.gpu_name:
                by_gpu[node.gpu_name].append(number)
        self._gpus = {name: self._set([numbers]) for name, numbers in by_gpu.items()}
        self._tainted = {taint: self._set([numbers]) for taint, numbers in by_taint.items()}
        self._rules: dict[Rule, int] = {}
        self._requirements: dict[Requirement, int] = {}
        self._tolerations: dict[tuple[Toleration, ...], int] = {}

    def nodes(self, rule: Rule) -> int:
        """The nodes that a pod of this rule may start on."""
        if rule not in self._rules:
            self._rules[rule] = self._of_rule(rule)
        return self._rules[rule]

    def _of_rule(self, rule: Rule) -> int:
        if rule.on is not None:
            return self._set(self._by_name.get(name, []) for name in rule.on)
        may = self._all(rule.all_of)
        if rule.one_of is not None:
            terms = 0
            for term in rule.one_of:
                terms |= self._all(term)
            may &= terms
        if rule.gpu is not None and len(self._gpus) > 1:
            may &= self._gpus.get(rule.gpu, 0)
        return may & ~self._kept_off(rule.tolerations)

    def _all(self, requirements: Sequence[Requirement]) -> int:
        may = self.everyone
        for requirement in requirements:
            if requirement not in self._requirements:
                self._requirements[requirement] = self._one(requirement)
            may &= self._requirements[requirement]
        return may

    def _one(self, requirement: Requirement) -> int:
        values = self._by_name if requirement.named else self._labels(requirement.key)
        operator = requirement.operator
        if operator in ("In", "NotIn"):
            among = self._set(values.get(value, []) for value in requirement.values)
            return among if operator == "In" else self.everyone & ~among
        if operator in ("Exists", "DoesNotExist"):
            there = self._set(values.values())
            return there if operator == "Exists" else self.everyone & ~there
        bound = requirement.values[0]
        return self._set(ns for value, ns in values.items() if compares(operator, value, bound))

    def _labels(self, key: str) -> dict[str, Numbers]:
        """The nodes by their value of a label."""
        if key not in self._by_label:
            values: dict[str, Numbers] = defaultdict(list)
            for number, node in enumerate(self._nodes):
                if key in node.labels:
                    values[node.labels[key]].append(number)
            self._by_label[key] = dict(values)
        return self._by_label[key]

    def _kept_off(self, tolerations: tuple[Toleration, ...]) -> int:
        """The nodes with a taint that these do not tolerate."""
        if tolerations not in self._tolerations:
            off = 0
            for taint, there in self._tainted.items():
                if not any(tolerates(one, taint) for one in tolerations):
                    off |= there
            self._tolerations[tolerations] = off
        return self._tolerations[tolerations]

    def _set(self, several: Iterable[Numbers]) -> int:
        """Nodes by their numbers as a set."""
        there = np.zeros(len(self._nodes), bool)
        for numbers in several:
            there[numbers] = True
        return int.from_bytes(np.packbits(there, bitorder="little").tobytes(), "little")
