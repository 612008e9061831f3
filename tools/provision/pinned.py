"""Libraries that Debian lacks: archives fetched by the registries' own clients, known by hash.

tools/dependencies.json says what to fetch, the hash it must have and which members to keep. All of
it is unpacked to `deps/<hash of that file>/`, which is where cmake/Dependencies.cmake looks.
"""

import concurrent.futures
import json
import os
import shutil
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

from .cache import REPOSITORY, SetupError, cache_folder, run, say, sha256_of
from .environments import python_with_pip

PINS = REPOSITORY / "tools" / "dependencies.json"
MAVEN_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
ATTEMPTS = 4


def folder() -> Path:
    return cache_folder() / "deps" / sha256_of(PINS)[:16]


def install() -> None:
    pins = json.loads(PINS.read_text())
    skipped = os.environ.get("MICROMEGAS_SYSTEM_DEPS", "").replace(",", " ").split()
    missing = [name for name in pins if name not in skipped and not (folder() / name).is_dir()]
    if not missing:
        return
    if (machine := os.uname().machine) != "x86_64":
        raise SetupError(
            f"the pinned {' and '.join(missing)} are for x86_64, this machine is {machine}: install "
            "Arrow (20 or newer, with Flight) and DuckDB (2.0 or newer), then set "
            "MICROMEGAS_SYSTEM_DEPS='arrow duckdb'"
        )
    python_with_pip()  # Made once, before the threads ask for it.
    artifacts = [artifact for name in missing for artifact in pins[name]["artifacts"]]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        archives = dict(zip((a["sha256"] for a in artifacts), pool.map(fetch, artifacts)))
    for name in missing:
        unpack(folder() / name, pins[name], archives)


def fetch(artifact: dict) -> Path:
    """The archive on disk, fetched unless a file of that hash is there already."""
    home = cache_folder() / "downloads" / artifact["sha256"]
    kept = list(home.glob("*"))
    if kept and sha256_of(kept[0]) == artifact["sha256"]:
        return kept[0]
    for attempt in range(1, ATTEMPTS + 1):
        say(f"fetching {artifact['name']} ({artifact['client']})")
        try:
            return fetch_once(artifact, home)
        except SetupError as error:
            if attempt == ATTEMPTS:
                raise
            say(f"{error}\nsetup: trying again in {2**attempt} s")
            time.sleep(2**attempt)
    raise AssertionError("unreachable")


def fetch_once(artifact: dict, home: Path) -> Path:
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        match artifact["client"]:
            case "maven":
                run(
                    [
                        "mvn",
                        "-B",
                        "-q",
                        MAVEN_COPY,
                        f"-Dartifact={artifact['name']}",
                        f"-DoutputDirectory={scratch}/got",
                    ],
                    cwd=scratch,
                )
            case "pip-wheel":
                run(
                    pip_download(scratch)
                    + ["--only-binary", ":all:", *artifact["pip"], artifact["name"]]
                )
            case "pip-sdist":
                package = artifact["name"].split("==")[0]
                run(pip_download(scratch) + ["--no-binary", package, artifact["name"]])
        got = list(Path(scratch, "got").glob("*"))
        if len(got) != 1:
            raise SetupError(f"{artifact['name']}: expected one file, got {len(got)}")
        if (found := sha256_of(got[0])) != artifact["sha256"]:
            raise SetupError(
                f"{artifact['name']}: sha256 is {found}, but tools/dependencies.json says "
                f"{artifact['sha256']}; do not use it before you know why"
            )
        shutil.rmtree(home, ignore_errors=True)
        got[0].parent.rename(home)
        return home / got[0].name


def pip_download(scratch: str) -> list[str]:
    return [
        str(python_with_pip()),
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "-d",
        f"{scratch}/got",
    ]


def unpack(target: Path, pin: dict, archives: dict[str, Path]) -> None:
    """Fills a folder beside `target` and renames it there, so that a half-filled one is never seen."""
    say(f"unpacking {target.name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        filling = Path(scratch, target.name)
        for artifact in pin["artifacts"]:
            extract(archives[artifact["sha256"]], artifact["extract"], filling)
        for link, goal in pin["links"].items():
            (filling / link).symlink_to(goal)
        filling.rename(target)


def extract(archive: Path, wanted: dict[str, str], into: Path) -> None:
    """Writes the wanted members; a name with a trailing slash stands for all beneath it."""
    found = set()
    for name, read in members(archive):
        for source, destination in wanted.items():
            if name == source or (source.endswith("/") and name.startswith(source)):
                file = into / (destination + name.removeprefix(source))
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(read())
                found.add(source)
    if lost := set(wanted) - found:
        raise SetupError(f"{archive.name} has no {', '.join(sorted(lost))}")


def members(archive: Path):
    if archive.name.endswith((".tar.gz", ".tgz")):
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.isfile():
                    yield member.name, lambda m=member: tar.extractfile(m).read()
    else:
        with zipfile.ZipFile(archive) as zipped:
            for name in zipped.namelist():
                if not name.endswith("/"):
                    yield name, lambda n=name: zipped.read(n)
