"""The sentences that synthetic data is made from."""

from importlib.resources import files
from pathlib import Path

from tpd.errors import InputError


def bundled_texts() -> list[str]:
    """Sentences that come with tpd."""
    return files("tpd.distill").joinpath("texts.txt").read_text().splitlines()


def read_texts(path: Path) -> list[str]:
    """Sentences of a file, one a line. Raises InputError where it cannot be read or has none."""
    try:
        lines = [line.strip() for line in path.read_text().splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read sentences from {path}: {error}") from error
    if not lines:
        raise InputError(f"{path} has no sentences; expected one a line")
    return lines
