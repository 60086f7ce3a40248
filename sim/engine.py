"""The arrays of one run with all that belongs to them: room that grows, questions answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from sim import layout
from sim import state as st
from sim.composition import Composition
from sim.doors import shut
from sim.entries import needed
from sim.gangs import Gangs
from sim.groups import grown
from sim.handle import view
from sim.interpret import Asker
from sim.kernel import Kernel, scorer
from sim.population import Machines, Population
from sim.preempt import Preemption
from sim.scoring import fill_before
from sim.stale import Stale
from sim.state import Ints, Mix
from sim.tape import Tape
from sim.unseen import ROOM, forget, width

ROWS_BUDGET_BYTES = 1 << 28
RACK = 40
"""Machines a rack, in order, where a trace names none."""


class Engine:
    """An empty cell with a scorer, ready for the compiled operations.

    run: the arrays; view: what compiled operations are handed. whole: (R,) what the fleet has,
    machines that are away counted in, whole units. Placements and delays that leave through
    `drain` are kept in `placements` and `delays`, in pieces. One that follows a tape has no use
    for the heuristics, and asks none. plans: its queue keeps a reservation. evicts: tasks may have
    to leave before their end. preemption: who may evict whom, None where nobody does. stale: of
    schedulers that decide at once, which have engines of their own, `schedulers`. rows_bytes: of
    memory for scores that are kept.
    """

    def __init__(
        self,
        machines: Machines,
        population: Population,
        mix: Mix,
        composition: Composition,
        kernels: Sequence[Kernel],
        *,
        ties: int,
        seed: int,
        label: Callable[[Ints], str],
        live: int = 1,
        placements: int = 0,
        tape: Tape | None = None,
        plans: bool = False,
        evicts: bool = False,
        preemption: Preemption | None = None,
        gangs: Gangs | None = None,
        stale: Stale | None = None,
        rows_bytes: int = ROWS_BUDGET_BYTES,
    ) -> None:
        self.tape = tape
        if tape is not None and tape.follows:
            composition, kernels = replace(composition, levels=(), steps=()), ()
        sharing = stale.schedulers if stale and stale.decisions else 0
        rows_bytes //= 1 + sharing
        self.schedulers = [
            Engine(
                machines,
                population,
                mix,
                composition,
                kernels,
                ties=ties,
                seed=seed,
                label=label,
                tape=tape,
                rows_bytes=rows_bytes,
            )
            for _ in range(sharing)
        ]
        resources = len(population.resources)
        cell = st.empty_cell(
            machines.total, machines.devices, machines.model, population.per, population.gpu
        )
        self.whole = machines.total.sum(axis=0)
        count = len(population.shapes.share)
        marking = scorer(
            kernels,
            composition.steps,
            ties,
            seed,
            resources,
            recorded=composition.recorded,
            tape=layout.NO_TAPE if tape is None else tape.mode,
        )
        kept, marks = bool(marking.flags[st.KEPT]), marking.flags
        remembered = bool(marks[st.USES_FRAG]) and not (marks[st.USES_SLOT] or marks[st.EXTERNAL])
        marks[st.REMEMBERED] = remembered
        frag = marking.frag.size if remembered else 0
        budget = rows_bytes if kept or remembered else 0
        self.run = st.Run(
            cell=cell,
            shapes=population.shapes,
            mix=mix,
            rows=st.empty_rows(len(machines), count, budget, kept=kept, frag=frag),
            live=st.empty_live(live, evicts=evicts or preemption is not None),
            groups=st.empty_groups(1024),
            scratch=st.empty_scratch(
                len(machines), cell.shares.shape[1], resources, len(kernels), mix
            ),
            flow=st.empty_flow(count, resources, placements),
            scorer=marking,
            registers=st.empty_registers(),
            plan=st.empty_plan(
                len(machines) if plans else 0,
                st.QUEUE if plans else 0,
                np.array(preemption.bands if preemption else (), np.int64).reshape(-1, 2),
                count if preemption else 0,
                population.largest_gang,
            ),
            views=st.empty_views(
                sharing, len(machines), stale.decisions if stale else 0, width(cell)
            ),
            doors=st.Doors(np.zeros(layout.DOORS, np.int64)),
        )
        self.run.doors.address[:] = shut.address
        opened = needed(
            stale=sharing > 0,
            preempts=preemption is not None,
            gangs=population.largest_gang > 1,
            plans=plans,
        )
        for number, door in opened.items():
            self.run.doors.address[number] = door.address
        self.run.registers.at[layout.SCHEDULERS] = sharing
        self._keep_together(machines, population.largest_gang, gangs or Gangs())
        self.run.registers.at[layout.PREEMPTS] = preemption is not None
        self.run.registers.at[layout.RESERVED_FOR] = layout.NOT_SEEN
        if tape is not None:
            self.run = self.run._replace(
                flow=self.run.flow._replace(tape=tape.entries, taped=tape.at)
            )
        self._share_flow()
        self.view = view(self.run)
        self.asker = Asker(composition, population.resources, machines, label, self.run, self.view)
        self.placements: list[Ints] = []
        self.delays: list[Ints] = []
        if marking.flags[st.USES_FRAG]:
            for n in range(len(machines)):
                fill_before(self.view, n)

    def _keep_together(self, machines: Machines, largest: int, gangs: Gangs) -> None:
        at, domain = self.run.registers.at, self.run.cell.domain
        at[layout.LARGEST_GANG], at[layout.DOMAIN] = largest, layout.ANYWHERE
        at[layout.PATIENCE] = gangs.patience
        if gangs.topology != "any":
            alone = gangs.topology == "machine"
            domain[:] = np.arange(len(machines)) if alone else machines.racks(RACK)
            at[layout.DOMAINS] = int(domain.max()) + 1

    def replace(self, **groups: object) -> None:
        """Put other arrays in the place of a group's."""
        self.run = self.run._replace(**groups)  # type: ignore[arg-type]
        if "flow" in groups:
            self._share_flow()
        self.view = view(self.run, self.view, groups)
        self.asker.look_at(self.run, self.view)

    def _share_flow(self) -> None:
        """Have schedulers decide for the task that is current here."""
        for one in self.schedulers:
            one.replace(flow=self.run.flow)
        self.run.views.address[:] = [one.view.address for one in self.schedulers]

    def attend(self, reply: int) -> None:
        """Do what a compiled run stopped for.

        Raises:
            HeuristicError: a score that can't be used.
            TapeError: a decision of a tape that can't be taken.
        """
        run, at = self.run, self.run.registers.at
        if reply == layout.DECIDE:
            self._answer()
        elif reply == layout.FAILED:
            raise self._asked().asker.failure()
        elif reply == layout.GROW_LIVE:
            at[layout.LIVE_FREE] = run.live.end.size
            self.replace(live=st.grown_live(run.live))
        elif reply == layout.GROW_QUEUE:
            most = at[layout.LARGEST_GANG] + at[layout.PREEMPTS] * at[layout.LIVE_COUNT]
            self.make_queue_room(int(most))
        elif reply == layout.GROW_GROUPS:
            self._grow_groups()
        elif reply == layout.GROW_UNSEEN:
            self.make_unseen_room(ROOM)
        elif reply == layout.DRAIN:
            self.drain()
        elif self.tape is not None and reply == layout.GROW_TAPE:
            self.tape.grow()
            self.replace(flow=run.flow._replace(tape=self.tape.entries))
        elif self.tape is not None and reply == layout.OFF_TAPE:
            task, machines = self.asker.label(run.flow.current), run.cell.free.shape[1]
            raise self.tape.failure(int(at[layout.ERROR_KIND]), task, machines)
        else:
            raise AssertionError(f"unknown reply {reply}")

    def _asked(self) -> Engine:
        """Who is deciding: a scheduler, or this itself."""
        asked = int(self.run.registers.at[layout.ASKED])
        return self.schedulers[asked - 1] if asked else self

    def _answer(self) -> None:
        """Ask the heuristic in Python."""
        one, at = self._asked(), self.run.registers.at
        one.asker.answer()
        for register in (layout.PHASE, layout.DECIDED_MACHINE, layout.DECIDED_SLOT):
            at[register] = one.run.registers.at[register]

    def _grow_groups(self) -> None:
        """Make room for groups: here, and in views that are to see what they have not yet."""
        unseen = self.run.registers.at[layout.UNSEEN] - self.run.views.seen_to
        for one, more in zip((self, *self.schedulers), (0, *unseen.tolist()), strict=True):
            at, groups = one.run.registers.at, one.run.groups
            if 2 * (at[layout.GROUPS] + more) >= groups.key.size:
                larger = grown(groups, more)
                at[layout.GROUPS] = int((larger.key >= 0).sum())
                one.replace(groups=larger)
        self._share_flow()

    def make_unseen_room(self, more: int) -> None:
        """Have room for so many more changes of machines that schedulers have not seen."""
        if not self.schedulers:
            return
        forget(self.view)
        at = self.run.registers.at
        first, last = int(at[layout.OLDEST]), int(at[layout.UNSEEN])
        while 2 * (last - first + more) > len(self.run.views.what):
            self.replace(views=st.grown_views(self.run.views, first, last))

    def make_queue_room(self, more: int = 1) -> None:
        """Move the queue to the front of its room, or to a larger one, where `more` need it."""
        flow, at = self.run.flow, self.run.registers.at
        head, tail = int(at[layout.QUEUE_HEAD]), int(at[layout.QUEUE_TAIL])
        size = flow.queue.shape[1]
        if tail + more <= size:
            return
        while 2 * (tail - head + more - 1) > size:
            size *= 2
        queue = np.zeros((layout.TASK_FIELDS, size), np.int64)
        queue[:, : tail - head] = flow.queue[:, head:tail]
        for register in (layout.QUEUE_READ, layout.QUEUE_WRITE, layout.QUEUE_TAIL):
            at[register] -= head
        at[layout.QUEUE_HEAD] = 0
        self.replace(flow=flow._replace(queue=queue))
        order = self.run.plan.order
        if 0 < order.size < size:
            larger = np.zeros(size, np.int64)
            larger[: order.size] = order
            self.replace(plan=self.run.plan._replace(order=larger))

    def drain(self) -> None:
        """Take out the placements and delays written down so far."""
        flow, at = self.run.flow, self.run.registers.at
        if at[layout.PLACEMENTS]:
            self.placements.append(flow.placements[:, : at[layout.PLACEMENTS]].copy())
        if at[layout.DELAYS]:
            self.delays.append(flow.delays[: at[layout.DELAYS]].copy())
        at[layout.PLACEMENTS] = 0
        at[layout.DELAYS] = 0
