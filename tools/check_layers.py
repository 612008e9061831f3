#!/usr/bin/env python3
"""Compares the #includes of src/ and include/ with the architecture that src/CMakeLists.txt declares.

A folder may include itself and what its library reaches through USES. Public headers include only
each other: an application gets include/ alone. Programs may include anything of ours, so they are
not looked at.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

LIBRARY = re.compile(r"^\s*mm_library\(([^)]*)\)", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([a-z_]+)/|<(micromegas)/)')
KEYWORDS = {"USES", "LINKS", "SOURCES", "FOLDER", "TEST_LINKS"}
PUBLIC = "micromegas"  # The folder of include/, as it stands in an #include.


def declared_uses(cmake: str) -> dict[str, set[str]]:
    """Folder -> folders that it USES directly. Two libraries of one folder share its permissions."""
    folder_of, uses = {}, {}
    for call in LIBRARY.findall(re.sub(r"#.*", "", cmake)):
        words = call.split()
        arguments, keyword = {}, None
        for word in words[1:]:
            if word in KEYWORDS:
                keyword = word
            else:
                arguments.setdefault(keyword, []).append(word)
        folder = arguments.get("FOLDER", words[:1])[0]
        folder_of[words[0]] = folder
        uses.setdefault(folder, set()).update(folder_of[u] for u in arguments.get("USES", []))
    return uses


def reachable(folder: str, uses: dict[str, set[str]]) -> set[str]:
    seen, waiting = set(), [folder]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting.extend(uses.get(current, ()))
    return seen


def allowed_includes(uses: dict[str, set[str]]) -> dict[str, set[str]]:
    allowed = {folder: reachable(folder, uses) for folder in uses}
    for folder in allowed:
        if "tracing" in allowed[folder]:
            allowed[folder].add(PUBLIC)
    allowed[PUBLIC] = {PUBLIC}
    return allowed


def violations(root: Path) -> Iterator[str]:
    uses = declared_uses((root / "src/CMakeLists.txt").read_text())
    allowed = allowed_includes(uses)
    for top in ("src", "include"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".h", ".cpp"):
                continue
            folder = file.relative_to(root / top).parts[0]
            if folder not in allowed:
                yield f"{file.relative_to(root)}: no mm_library() declares the folder {folder}"
                continue
            for number, line in enumerate(file.read_text().splitlines(), 1):
                included = INCLUDE.match(line)
                target = included and (included[1] or included[2])
                if target in allowed and target not in allowed[folder]:
                    yield (
                        f"{file.relative_to(root)}:{number}: {folder} includes {target}, but "
                        f"src/CMakeLists.txt lets it use only "
                        f"{', '.join(sorted(allowed[folder] - {folder})) or 'itself'}"
                    )


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    found = list(violations(root))
    print(*found, f"{len(found)} layering violations", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
