"""Python environments, one per list of pinned requirements, found by the hash of that list."""

import functools
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from .cache import REPOSITORY, SetupError, cache_folder, run, say

REQUIREMENTS = {
    "test": REPOSITORY / "tests" / "python" / "requirements.txt",
    "lint": REPOSITORY / "tools" / "requirements-lint.txt",
}


@functools.cache
def base_python() -> str:
    """A Python 3.11: the pinned wheels are built for it."""
    candidates = [sys.executable, shutil.which("python3.11"), "/usr/bin/python3.11"]
    for candidate in filter(None, candidates):
        version = "import sys; print('%d.%d' % sys.version_info[:2])"
        try:
            said = subprocess.run([candidate, "-c", version], stdout=subprocess.PIPE, text=True)
        except OSError:
            continue
        if said.stdout.strip() == "3.11":
            return candidate
    raise SetupError("Python 3.11 not found: install the package python3.11")


def environment_folder(purpose: str) -> Path:
    wanted = REQUIREMENTS[purpose].read_bytes() + str(Path(base_python()).resolve()).encode()
    return cache_folder() / f"venv-{hashlib.sha256(wanted).hexdigest()[:16]}"


def python_of(purpose: str) -> Path:
    return environment_folder(purpose) / "bin" / "python"


def is_ready(purpose: str) -> bool:
    return (environment_folder(purpose) / "complete").exists() and python_of(purpose).exists()


def install(purpose: str) -> None:
    if is_ready(purpose):
        return
    folder, requirements = environment_folder(purpose), REQUIREMENTS[purpose]
    say(f"making the Python environment of {requirements.relative_to(REPOSITORY)}")
    create(folder)
    run(
        [
            str(folder / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "-q",
            "--retries",
            "5",
            "--only-binary",
            ":all:",
            "--require-hashes",
            "-r",
            str(requirements),
        ]
    )
    (folder / "complete").touch()


def create(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    run([base_python(), "-m", "venv", str(folder)])


@functools.cache
def python_with_pip() -> Path:
    """Debian's own Python has no pip; an empty environment does."""
    folder = cache_folder() / "venv-pip"
    python = folder / "bin" / "python"
    works = (
        python.exists()
        and subprocess.run(
            [str(python), "-m", "pip", "--version"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ).returncode
        == 0
    )
    if not works:
        create(folder)
    return python
