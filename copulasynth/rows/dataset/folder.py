"""A folder on a disk or in a store (S3, GCS, HDFS, whatever fsspec knows), by paths within it."""

import re
from dataclasses import dataclass
from pathlib import Path

from pyarrow import ArrowException, fs

from copulasynth._write import make_folder, said, whole
from copulasynth.errors import DataError, MissingExtraError, OutputError

__all__ = ["Folder", "folder_of", "is_address", "shown"]

#: Two letters at least: C:\\out is no address.
ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
#: Stores that pyarrow itself speaks to; of others fsspec knows how.
OWN = ("file", "s3", "gs", "gcs", "hdfs", "abfs", "abfss")
#: File systems of pyarrow in which nothing is half there, and a rename would be a copy.
OBJECTS = ("s3", "gcs", "abfs")


def is_address(path: object) -> bool:
    """Whether a path names a store, as ``s3://bucket/out``."""
    return ADDRESS.match(str(path)) is not None


def shown(path: object) -> str:
    """Return a path or address for messages, without the options and passwords of a store.

    Examples
    --------
    >>> shown("s3://key:secret@lake/out?endpoint_override=127.0.0.1:9000"), shown("out/a@b?c")
    ('s3://lake/out', 'out/a@b?c')
    """
    text = str(path)
    if not is_address(text):
        return text
    scheme, _, rest = text.partition("://")
    place, _, inside = rest.partition("?")[0].partition("/")
    return f"{scheme}://{'/'.join([place.rpartition('@')[2], inside])}"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of a file system."""

    system: fs.FileSystem
    root: str
    address: str

    @property
    def name(self) -> str:
        """The address for messages, without its options and passwords."""
        return shown(self.address)

    @property
    def local(self) -> bool:
        """Whether it is on a disk of this machine."""
        return isinstance(self.system, fs.LocalFileSystem)

    def sizes(self) -> dict[str, int]:
        """Return the bytes of every file in it, at any depth; hidden ones are not told."""
        try:
            found = self.system.get_file_info(
                fs.FileSelector(self.root, recursive=True, allow_not_found=True)
            )
        except (OSError, ArrowException) as e:
            raise OutputError(f"cannot read the folder {self.name}: {said(e)}") from e
        inside = {f.path[len(self.root) :].lstrip("/"): f for f in found if f.is_file}
        return {p: f.size for p, f in inside.items() if not p.rpartition("/")[2].startswith(".")}

    def read(self, name: str) -> bytes | None:
        """Return what a file holds, or None where there is none."""
        try:
            with self.system.open_input_stream(f"{self.root}/{name}", compression=None) as f:
                found: bytes = f.read()
            return found
        except FileNotFoundError:
            return None
        except (OSError, ArrowException) as e:
            raise OutputError(f"cannot read {self.name}/{name}: {said(e)}") from e

    def remove(self, name: str) -> None:
        """Remove a file.

        Raises
        ------
        OutputError
            If it cannot be removed.
        """
        try:
            self.system.delete_file(f"{self.root}/{name}")
        except (OSError, ArrowException) as e:
            raise OutputError(f"cannot remove {self.name}/{name}: {said(e)}") from e

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Write a file, whole or not at all.

        Object stores show an object when all of it is there; elsewhere it is written beside its
        place, under a hidden name, and renamed. Until then an older file stays.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        path = f"{self.root}/{name}"
        if self.local:
            make_folder(Path(path).parent)
            with whole(path) as f:
                f.write(data)
            return
        parent, _, last = path.rpartition("/")
        first = path if self.system.type_name in OBJECTS else f"{parent}/.{last}.part"
        try:
            if first != path:
                self.system.create_dir(parent)
            with self.system.open_output_stream(first, compression=None) as f:
                f.write(data)
            if first != path:
                self.system.move(first, path)
        except (OSError, ArrowException) as e:
            raise OutputError(f"cannot write {self.name}/{name}: {said(e)}") from e


def folder_of(path: object) -> Folder:
    """Return the folder that a path or the address of a store names; nothing is made.

    Raises
    ------
    DataError
        If the address cannot be understood, or its store is not known.
    MissingExtraError
        If the package for the store is not installed.
    OutputError
        If the store cannot be reached.
    """
    address = str(path).rstrip("/") or "/"
    found = ADDRESS.match(address)
    if found is None:
        return Folder(fs.LocalFileSystem(), Path(address).absolute().as_posix(), address)
    scheme = found[1].lower()
    try:
        system, root = fs.FileSystem.from_uri(address) if scheme in OWN else _by_fsspec(address)
    except (ValueError, ArrowException) as e:
        raise DataError(f"{shown(address)} is no address of a folder: {e}") from e
    except OSError as e:
        raise OutputError(f"{shown(address)} cannot be reached: {said(e)}") from e
    return Folder(system, root.rstrip("/"), address)


def _by_fsspec(address: str) -> tuple[fs.FileSystem, str]:
    try:
        import fsspec
    except ImportError as e:
        raise MissingExtraError(
            f"{shown(address)}: for this store run: pip install fsspec, and the store's own package"
        ) from e
    try:
        system, root = fsspec.core.url_to_fs(address)
    except ImportError as e:
        raise MissingExtraError(f"{shown(address)}: {e}") from e
    return fs.PyFileSystem(fs.FSSpecHandler(system)), root
