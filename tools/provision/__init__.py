"""What tools/setup installs: Debian packages, pinned libraries, pinned Python environments.

Nothing lands in the source tree. Everything is found again by the hash of what asked for it, so a
second run, or a second clone, has nothing to do.
"""
