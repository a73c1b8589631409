"""Manifests: which files belong together, each with its size and hash. Nothing is opened before its manifest holds."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tpd.errors import BundleError
from tpd.files import read_verified, sha256_of, write_atomically

FORMAT = 1
"""Version of the layout of manifests and of the graphs they name."""
RE_EXPORT = "export it again (tpd export) or install tpd again"
_MEND = {"teacher": "name a teacher's directory; the hatchling's is recipes/hatchling/weights in a checkout of tpd"}
"""What to do about a manifest of a kind, where it is not to export again."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A manifest that was read: what it says, and the files beside it that it vouches for."""

    path: Path
    content: dict[str, Any]
    seal: str
    """Hash of all it says, by which another manifest names this one."""

    def read(self, name: str) -> bytes:
        """A file of this manifest, verified. Raises BundleError where it is missing, foreign or damaged."""
        files = self.content["files"]
        if name not in files:
            raise BundleError(f"{self.path} names no file {name}; it names {', '.join(files)}; {RE_EXPORT}")
        return read_verified(
            self.path.parent / name, size_bytes=files[name]["size_bytes"], sha256=files[name]["sha256"]
        )


def read_manifest(path: Path, kind: str) -> Manifest:
    """Read a manifest of a kind ("bundle", "engine" or "teacher"). Raises BundleError where it is not one."""
    mend = _MEND.get(kind, RE_EXPORT)
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise BundleError(f"no {kind} manifest at {path}; {mend}") from error
    except OSError as error:
        raise BundleError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise BundleError(f"{path} is not a manifest: it is not JSON; {mend}") from error
    if not isinstance(content, dict) or content.get("kind") != kind:
        found = content.get("kind") if isinstance(content, dict) else type(content).__name__
        raise BundleError(f"{path}: expected the manifest of a {kind}, found {found}; {mend}")
    if content.get("format") != FORMAT:
        raise BundleError(
            f"{path}: expected format {FORMAT}, found {content.get('format')}: another version of tpd made it; {mend}"
        )
    seal = content.pop("seal", None)
    if seal != seal_of(content):
        raise BundleError(f"{path} was changed after it was written; {mend}")
    return Manifest(path=path, content=content, seal=seal)


def write_manifest(path: Path, kind: str, files: list[str], content: dict[str, Any]) -> None:
    """Write the manifest of files that lie beside it."""
    entries = {
        name: {"size_bytes": (path.parent / name).stat().st_size, "sha256": sha256_of(path.parent / name)}
        for name in files
    }
    whole = {"kind": kind, "format": FORMAT, **content, "files": entries}
    whole["seal"] = seal_of(whole)
    write_atomically(path, (json.dumps(whole, indent=2) + "\n").encode())


def seal_of(content: dict[str, Any]) -> str:
    """SHA-256 of what a manifest says, so that a flipped byte in it shows (it does not protect from intent)."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
