"""Debian packages: the missing ones of tools/apt-packages.txt are installed."""

import os
import shutil
import subprocess
from pathlib import Path

from .cache import REPOSITORY, SetupError, run, say

LIST = REPOSITORY / "tools" / "apt-packages.txt"


def needed_packages(purposes: list[str]) -> list[str]:
    """The packages of these purposes, without those whose command is there already."""
    packages, purpose = [], None
    for line in LIST.read_text().splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0].startswith("["):
            purpose = words[0].strip("[]")
        elif purpose in purposes:
            package, command = words[0], words[2] if words[1:2] == ["unless"] else None
            if command is None or shutil.which(command) is None:
                packages.append(package)
    return packages


def missing_packages(packages: list[str]) -> list[str]:
    if not packages or shutil.which("dpkg-query") is None:
        return packages
    known = subprocess.run(
        ["dpkg-query", "-W", "-f=${binary:Package} ${db:Status-Status}\n", *packages],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ).stdout
    installed = {
        line.split()[0].split(":")[0] for line in known.splitlines() if line.endswith(" installed")
    }
    return [package for package in packages if package not in installed]


def install(purposes: list[str]) -> None:
    missing = missing_packages(needed_packages(purposes))
    if not missing:
        return
    if os.environ.get("MICROMEGAS_SKIP_APT"):
        say(f"MICROMEGAS_SKIP_APT is set; not installing {' '.join(missing)}")
        return
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    if shutil.which("apt-get") is None or (as_root and shutil.which("sudo") is None):
        raise SetupError(
            "these packages (Debian's names) are needed, and apt-get cannot be run as root here: "
            f"{' '.join(missing)}\ninstall them, or the like of your system, then run again with "
            "MICROMEGAS_SKIP_APT=1"
        )

    say(f"installing {' '.join(missing)}")
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    apt = (
        as_root
        + environment
        + ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=3"]
    )
    # --no-remove: never exchange a package that the user chose.
    install_them = apt + ["install", "--no-install-recommends", "--no-remove", *missing]
    if any(Path("/var/lib/apt/lists").glob("*Packages*")):
        try:
            run(install_them)
            return
        except SetupError:
            say("the package lists may be old; updating them")
    run(apt + ["update"])
    run(install_them)
