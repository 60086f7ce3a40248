"""What the numbers of a search mean: what was tried, what was kept, and what it is worth."""

from __future__ import annotations

from report.definition import UNSTRAND, Definition

MAP_ELITES = "Mouret and Clune, Illuminating search spaces by mapping elites, 2015"
FUNSEARCH = "Romera-Paredes et al., FunSearch, Nature 625, 2024"

TERMS: tuple[Definition, ...] = (
    Definition(
        "best_shipped",
        "Best shipped heuristic",
        "Of the heuristics that come with the product and read nothing that the trace has not, "
        "the one with the highest mean on the test draws of the searched list; those that are "
        "shown to reject work are passed over, and the baseline counts as one. It is the best of "
        "many on the very draws that the champion is measured on, which flatters it, and never "
        "the champion. A search has won where the whole interval of the champion less this one "
        "lies above zero and the champion does not reject work.",
        UNSTRAND,
        words=("best shipped heuristic",),
    ),
    Definition(
        "outcomes",
        "Candidates, kept and rejected",
        "What came of each program that was proposed. Kept: it took a cell of the archive, an "
        "empty one (new) or one that a worse program held (improved). Not kept: beaten, it was "
        "measured whole and what holds its cell is better; lost, it fell so far behind on the "
        "first draws that the others were not run; known, it chooses as another text did before "
        "it. Rejected for good: degenerate, it chooses as if it had no opinion; lookup, it chooses "
        "otherwise when amounts are shown a millionth larger, and when they are shown a millionth "
        "smaller; nondeterministic or "
        "order_dependent, it does not choose the same again or in another order of machines; "
        "and what the language or containment forbids or can't hold (syntax, forbidden_node, "
        "forbidden_name, forbidden_argument, too_large, compile_timeout, timeout, memory, crash, "
        "raised, not_a_float, not_finite, writes_argument).",
        UNSTRAND,
        words=("kept",),
    ),
    Definition(
        "operators",
        "Operators, tried and kept",
        "What made a candidate: a small change of one program of the archive, terms of two "
        "joined, constants tuned, or a program out of nothing (new); seed is a shipped heuristic "
        "as it came. The search prefers those that have paid, so the counts are its choice too, "
        "and no experiment on operators.",
        UNSTRAND,
    ),
    Definition(
        "ancestry",
        "Ancestry and generation",
        "The candidates that a program was made of, and those that these were made of, down to "
        "shipped heuristics or programs out of nothing. The generation is one more than that of "
        "the youngest parent, 0 without any. The first parent is the one that was changed.",
        UNSTRAND,
    ),
    Definition(
        "archive",
        "Archive and its measures",
        "On each island the best program of every behaviour is kept, so that a search does not "
        "run into one corner. Behaviours are told apart by measures, cut into cells. emptier: the "
        "share of a program's choices, on the same states for all, that fall on machines with "
        "more free than the mean (0 to 1). balance: the mean spread over resources of what is "
        "used on the machine chosen (0 to 0.5). complexity: nodes of the program (to 160). The "
        "map shows the best of all islands in each cell.",
        f"{MAP_ELITES}; islands: {FUNSEARCH}",
    ),
    Definition(
        "complexity",
        "Nodes and operations",
        "The size of a program: the nodes of its syntax tree; as found, and after the champion "
        "was cut down to what its score needs (at most 0.01 points of score on train and on "
        "validation). Operations: how many it takes to score one machine, counted on the source.",
        UNSTRAND,
    ),
    Definition(
        "ablation",
        "Ablation, points",
        "What the removal of one term costs: the score on validation draws of the champion less "
        "that of the champion without the term. Near zero, the term does nothing there; below, it "
        "does harm there. Terms that lean on each other each show less than both are worth.",
        UNSTRAND,
        "cost(term) = score(champion) − score(champion without the term)",
    ),
    Definition(
        "fresh",
        "Measured anew",
        "Train and validation chose the champion, so its numbers there are those of the luckiest "
        "of many (the winner's curse). Fresh draws are of validation's kind under seeds that "
        "nothing was chosen by: the lead is measured anew on them, and how much less it is than "
        "on validation is what luck had added. Cells and loads differ between train, validation "
        "with fresh, and test, so beside each other stand what validation and fresh say.",
        "Capen, Clapp and Campbell, Journal of Petroleum Technology 23, 1971 (winner's curse)",
        words=("Measured anew",),
    ),
    Definition(
        "null_arm",
        "Null arm",
        "The same problem, budget and verdict with the loop's cleverness left out: programs out "
        "of nothing (random), blind changes of shipped heuristics (best_of_n), changes of the "
        "best so far (one_plus_one), or constants tuned and nothing else (constants). What a "
        "search finds beyond them is what it has earned. The difference between champions is "
        "paired on the same test draws.",
        UNSTRAND,
        words=("null arms",),
    ),
    Definition(
        "models",
        "Models, their yield and their cost",
        "What language models were asked for and what it brought. Kept is the share of a model's "
        "programs that took a cell; the mean gain is in points of score over the first parent, on "
        "the draws that both had, of the programs that were scored. Tokens are as the endpoint "
        "counted them, or about one for 3.5 characters where it did not; dollars are tokens at "
        "the prices of the configuration, and answers that were lost on the way are not in them. "
        "The search prefers models that have paid, so the counts are its choice too.",
        UNSTRAND,
    ),
    Definition(
        "instructions",
        "Instructions, tried and varied",
        "A text that a prompt asks with besides its task. The search draws among them by what "
        "they have paid (Thompson sampling) and adds new ones now and then: written by a model, "
        "or recombined of the sentences of two. Kept and gain are those of the programs that were "
        "asked for with it.",
        UNSTRAND,
    ),
    Definition(
        "constitution",
        "Constitution: rules that a champion is held against",
        "Written rules, each judged by execution where it can be (choices on a fixed course of "
        "states, as they are and with amounts in other units or constants moved), and by a model "
        "where one was asked, whose verdict counts only with a quotation that stands in the "
        "program. What nobody can tell is not judged. The findings stand beside the score and "
        "are never in it; a gate may ask a champion for a share of them.",
        UNSTRAND,
    ),
)
