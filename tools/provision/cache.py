"""The folder outside the tree that keeps downloads, unpacked libraries and Python environments."""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


class SetupError(Exception):
    """Something that the user can mend; the text says how."""


def cache_folder() -> Path:
    return Path(os.environ.get("MICROMEGAS_CACHE") or Path.home() / ".cache" / "micromegas-cpp")


def say(text: str) -> None:
    sys.stderr.write(f"setup: {text}\n")  # One write, so that threads do not mix their lines.


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def only_one_at_a_time():
    """Two clones may be set up at once; they share this cache, hence take turns."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another setup on this machine")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(command: list[str], **options) -> None:
    """Runs quietly; on failure shows what the command said."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        **options,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-25:])
        raise SetupError(f"`{' '.join(command)}` failed with code {done.returncode}:\n{tail}")
