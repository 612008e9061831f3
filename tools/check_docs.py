#!/usr/bin/env python3
"""Checks that documents speak of what is there: quoted code is compiled code, links lead to files.

Code is quoted with the file's name in a comment above the block:

    <!-- from examples/quickstart.cpp -->
    ```cpp
    ...
    ```

Its lines must stand in that file one after the other, whatever the indentation of the whole; a line
`...` skips any number of them. The examples are built and run by tests, so what readers copy works:
in README.md and docs/ no C or C++ stands that is not quoted so.
"""

import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

sys.dont_write_bytecode = True

from check_tree import tracked_files  # noqa: E402

QUOTE = re.compile(r"^<!-- from (\S+) -->\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARKER = re.compile(r"^<!-- from ", re.MULTILINE)
UNQUOTED = re.compile(r"(?:^|\n)(?!<!-- from )[^\n]*\n```(?:cpp|c\+\+|c)\n([^\n]*)")
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
CODE_BLOCK = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
ELSEWHERE = re.compile(r"[a-z]+:")
SKIP = "..."


def pieces(lines: list[str]) -> list[list[str]]:
    """The runs of lines between those that skip."""
    runs = [[]]
    for line in lines:
        if line.strip() == SKIP:
            runs.append([])
        else:
            runs[-1].append(line)
    return [run for run in runs if run]


def is_quoted_from(code: str, source: str) -> bool:
    for indent in range(0, 17, 2):
        wanted = textwrap.indent(code, " " * indent).splitlines()
        lines = source.splitlines()
        at = 0
        for piece in pieces(wanted):
            found = (
                i
                for i in range(at, len(lines) - len(piece) + 1)
                if lines[i : i + len(piece)] == piece
            )
            start = next(found, None)
            if start is None:
                break
            at = start + len(piece)
        else:
            return True
    return False


def faults_of(file: Path, root: Path) -> Iterator[str]:
    name = file.relative_to(root)
    text = file.read_text()
    quotes = list(QUOTE.finditer(text))
    if len(MARKER.findall(text)) > len(quotes):
        yield f"{name}: `<!-- from ... -->` stands directly above a code block, or not at all"
    if name.parts[0] in ("README.md", "docs"):
        for block in UNQUOTED.finditer("\n" + text):
            yield f"{name}: code that is not quoted from an example: {block[1].strip()}"
    for quote in quotes:
        source = root / quote[1]
        if not source.is_file():
            yield f"{name}: quotes {quote[1]}, which does not exist"
        elif not is_quoted_from(quote[2], source.read_text()):
            yield f"{name}: its quote is not in {quote[1]}: copy it again"
    for link in LINK.findall(CODE_BLOCK.sub("", text)):
        if not ELSEWHERE.match(link) and not (file.parent / link).exists():
            yield f"{name}: links to {link}, which does not exist"


def faults(root: Path) -> Iterator[str]:
    for file in tracked_files(root):
        if file.suffix == ".md":
            yield from faults_of(file, root)


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    found = list(faults(root))
    print(*found, f"{len(found)} faults of documents", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
