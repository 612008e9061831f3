#!/usr/bin/env python3
"""Checks what holds for the tree as a whole: no machine's paths or hosts, no oversized or empty files,
and a README.md in each folder of src/."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_CODE_LINES = 600
CODE = {".cpp", ".h", ".py", ".cmake"}
BINARY = {".bin", ".cbor", ".png", ".lz4", ".parquet"}

# Written in pieces, so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:" + r"home/\w|ro" + r"ot/|wo" + r"rk/|Users/\w)")
REGISTRY = re.compile(
    r"(?:files\.python" + r"hosted|pypi" + r"\.org|repo1?\.maven|maven\.org|deb\.debian"
    r"|registry\.npm|proxy\.golang|crates" + r"\.io)"
)


def tracked_files(root: Path) -> list[Path]:
    """What git has or would add; in an unpacked archive, everything but builds."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    if listed.returncode == 0 and listed.stdout:
        names = sorted(set(filter(None, listed.stdout.split("\0"))))
    else:
        names = [str(f.relative_to(root)) for f in sorted(root.rglob("*")) if f.is_file()]
        names = [n for n in names if not n.startswith(("build/", ".git/", "demo-output/"))]
    return [root / name for name in names if (root / name).is_file()]


def faults_of(file: Path, name: str) -> Iterator[str]:
    if file.suffix in BINARY or name.startswith("tests/golden/"):
        return
    text = file.read_text(errors="replace")
    lines = text.splitlines()
    if file.suffix in CODE and len(lines) > MAX_CODE_LINES:
        yield f"{name}: {len(lines)} lines; above {MAX_CODE_LINES} a file holds a second concept"
    if file.stem == "placeholder":
        yield f"{name}: a placeholder; give the folder its first real file"
    if (
        file.suffix in CODE
        and file.name not in ("CMakeLists.txt", "__init__.py")
        and not text.strip()
    ):
        yield f"{name}: empty"
    for number, line in enumerate(lines, 1):
        if found := MACHINE_PATH.search(line):
            yield f"{name}:{number}: a path of one machine: {found[0]}..."
        if found := REGISTRY.search(line):
            yield f"{name}:{number}: the host of a registry ({found[0]}): use its client by package name"


def faults(root: Path) -> Iterator[str]:
    for file in tracked_files(root):
        yield from faults_of(file, str(file.relative_to(root)))
    for folder in sorted((root / "src").iterdir()):
        if folder.is_dir() and any(folder.glob("*.cpp")) and not (folder / "README.md").exists():
            yield f"src/{folder.name}: no README.md saying why it exists and what goes there"


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    found = list(faults(root))
    print(*found, f"{len(found)} faults of the tree", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
