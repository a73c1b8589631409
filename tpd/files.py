"""Files are written through one function and large ones read through one: nothing is lost or half-written."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from tpd.errors import BundleError, OutputError

Content = bytes | Callable[[IO[bytes]], object]
"""Bytes, or a function that writes them to an open file."""


def write_atomically(path: Path, content: Content) -> None:
    """Write a file beside its place, flush it to disk, then put it there in one move.

    Raises OutputError where that cannot be done; what was at `path` before is then still there.
    """
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            if isinstance(content, bytes):
                file.write(content)
            else:
                content(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"cannot write {path}: {reason}; choose a place that exists and can be written"
        raise OutputError(message) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def make_directory(path: Path) -> Path:
    """Make a directory and those above it, if they are not there. Raises OutputError where that cannot be done."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot make the directory {path}: {reason}; choose a place that can be written") from error
    return path


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_verified(path: Path, *, size_bytes: int, sha256: str) -> bytes:
    """Read a file that must be exactly the one its manifest names.

    Raises BundleError where it is missing, of another size or of other content.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BundleError(f"cannot read {path}: {error.strerror}; its manifest names it") from error
    if len(content) != size_bytes:
        raise BundleError(
            f"{path} is damaged: expected {size_bytes} bytes, found {len(content)}; export or install again"
        )
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise BundleError(
            f"{path} is not the file its manifest names: "
            f"expected sha256 {sha256[:16]}..., found {found[:16]}...; export or install again"
        )
    return content


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
