"""Files are written whole or not at all, and read only if they are the ones meant."""

import hashlib
from pathlib import Path
from typing import IO

import pytest

from tpd.errors import BundleError, OutputError
from tpd.files import read_verified, sha256_of, write_atomically


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_bytes_and_writers_arrive_and_replace_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    write_atomically(path, b"first")
    assert path.read_bytes() == b"first"
    write_atomically(path, lambda file: file.write(b"second"))
    assert path.read_bytes() == b"second"
    assert names_in(tmp_path) == ["a.bin"]


def test_a_written_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_atomically(tmp_path / "atomic", b"")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize(("fault", "shown"), [(OSError(28, "disk full"), OutputError), (ValueError("bad"), ValueError)])
def test_a_fault_while_writing_leaves_the_old_file(tmp_path: Path, fault: Exception, shown: type[Exception]) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def write_half(file: IO[bytes]) -> None:
        file.write(b"half")
        raise fault

    with pytest.raises(shown, match=r"disk full|bad"):
        write_atomically(path, write_half)
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["a.bin"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"missing/a\.bin"):
        write_atomically(tmp_path / "missing" / "a.bin", b"x")
    with pytest.raises(OutputError, match="cannot write"):
        write_atomically(tmp_path, b"x")


def test_the_file_its_manifest_names_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"content")
    sha256 = sha256_of(path)
    assert sha256 == hashlib.sha256(b"content").hexdigest()
    assert read_verified(path, size_bytes=7, sha256=sha256) == b"content"


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"content")
    sha256 = sha256_of(path)
    with pytest.raises(BundleError, match="expected 8 bytes, found 7"):
        read_verified(path, size_bytes=8, sha256=sha256)
    path.write_bytes(b"c0ntent")
    with pytest.raises(BundleError, match="not the file its manifest names"):
        read_verified(path, size_bytes=7, sha256=sha256)
    path.unlink()
    with pytest.raises(BundleError, match="cannot read"):
        read_verified(path, size_bytes=7, sha256=sha256)
