"""Findings of a linter, beside a file that explains each kind of them in one line: a pattern, a tab, the reason. A finding without a line fails, and so does
a line that finds nothing."""
import pathlib
import re
import sys


def compare(linter, found, what):
    lines = [line for line in (pathlib.Path(__file__).parent / f"{linter}.txt").read_text().splitlines() if line and not line.startswith("#")]
    patterns = {line.split("\t")[0]: 0 for line in lines if len(line.split("\t")) == 2}
    wrong = [f"not of the form pattern, tab, reason: {line}" for line in lines if len(line.split("\t")) != 2]
    for finding in found:
        matching = [pattern for pattern in patterns if re.fullmatch(pattern, finding)]
        for pattern in matching:
            patterns[pattern] += 1
        if not matching:
            wrong.append(f"not explained: {finding}")
    wrong += [f"explains nothing: {pattern}" for pattern, count in patterns.items() if not count]
    print(f"{linter}: {what}, {len(found)} findings, {len(patterns)} explanations, {len(wrong)} wrong")
    if wrong:
        sys.exit("\n".join(wrong))
