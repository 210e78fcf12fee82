"""The checklist's own examples, tried: each must come out as the verdict under which it stands."""

from scorer.examples import example_page
from scorer.findings import Judge


def failing_examples(judge: Judge) -> tuple[int, list[str]]:
    """How many examples were tried, and a line for each that came out otherwise."""
    tried = 0
    failed = []
    for criterion in judge.checklist.criteria:
        for example in criterion.examples:
            tried += 1
            said = {finding.criterion: finding.verdict.value for finding in judge.find(example_page(example))}
            came_out = said.get(criterion.id, "silent")
            if came_out != example.verdict.value:
                failed.append(
                    f"line {example.line}: {criterion.id}: “{example.text}” is {came_out}, not {example.verdict}"
                )
    return tried, failed
