"""The files that we publish, or would with the next commit."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]


def tracked() -> list[str]:
    """The names of all files that git keeps or has not been told to ignore, with `/` between folders."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607  # a prerequisite
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [name for name in sorted(set(listing.stdout.decode().split("\0"))) if name and (ROOT / name).is_file()]


def lines() -> Iterator[tuple[str, int, str]]:
    """Each line of each text file, as name, line number from 1, text."""
    for name in tracked():
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a test's own UTF-16 file, a picture
        yield from ((name, number, line) for number, line in enumerate(text.splitlines(), 1))
