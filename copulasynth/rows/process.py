"""A process that fills the buffers of blocks for another one, over a pair of pipes.

It is a copy of this process where that is safe (Linux), and a fresh interpreter elsewhere. Neither
runs the caller's script again, so scripts need no ``if __name__ == "__main__"``; both end when
their pipe does, so none outlives the process that started it.
"""

import gc
import io
import os
import pickle
import signal
import struct
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from io import FileIO
from types import FunctionType
from typing import IO, Any

from copulasynth.errors import SamplingError
from copulasynth.rows.blocks import RowBlock, Source, buffers_of
from copulasynth.schema import Buffer

__all__ = ["Helper", "copied", "fresh", "main"]

SIZE = struct.Struct("<Q")


@dataclass(slots=True, eq=False)
class Helper:
    """A running process, seen from the one that started it; used by one thread at a time.

    Attributes
    ----------
    reads, writes : file
        Unbuffered ends of the pipes from and to the process.
    end : callable
        Ends the process, whatever it is doing, and returns its exit code.
    first : list of bytes
        What the process must be sent before the first block.
    """

    reads: IO[bytes]
    writes: IO[bytes]
    end: Callable[[], int]
    first: list[bytes] = field(default_factory=list)

    def fill(self, buffers: Sequence[Buffer], rows: slice, block: RowBlock) -> None:
        """Have the rows of a block drawn into `rows` of the buffers.

        Raises
        ------
        SamplingError
            If the process is gone. What it raises itself is raised here as it is.
        """
        try:
            while self.first:
                _send(self.writes, self.first.pop(0))
            _send(self.writes, pickle.dumps(block))
            said, error, told = pickle.loads(_received(self.reads))
            if error is None:
                for array in _arrays(buffers):
                    _fill(self.reads, memoryview(array[rows]).cast("B"))
        except (EOFError, BrokenPipeError):
            raise SamplingError(
                f"a worker process ended with exit code {self.end()}, perhaps for want of memory; "
                "draw with workers=1"
            ) from None
        # a filter may make an error of a warning, so all that was sent has been read before
        for message, kind, file, line in said:
            warnings.warn_explicit(message, kind, file, line)
        if error is not None:
            error.add_note(f"In a worker process:\n{told}")
            raise error

    def stop(self) -> None:
        """End the process and close the pipes to it."""
        self.end()
        for file in (self.reads, self.writes):
            file.close()


def copied(source: Source, others: Iterable[Helper] = ()) -> Helper:
    """Start a copy of this process (fork); it draws from `source` without being sent it.

    `others` are helpers already there, whose pipes the copy must not keep open.
    """
    (inbox, to), (back, outbox) = os.pipe(), os.pipe()
    with warnings.catch_warnings():
        # of threads, whose locks a copy keeps shut; what it runs takes none of theirs
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        ends = [to, back, *(f.fileno() for one in others for f in (one.reads, one.writes))]
        _live(source, inbox, outbox, ends)
    os.close(inbox)
    os.close(outbox)

    def end() -> int:
        try:
            os.kill(pid, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        except (ProcessLookupError, ChildProcessError):  # ended before
            return -int(signal.SIGKILL)

    return Helper(FileIO(back, "rb"), FileIO(to, "wb"), end)


def _live(source: Source, inbox: int, outbox: int, ends: Iterable[int]) -> None:
    """Be a copy: serve until the pipe ends, and leave nothing of the original's to run."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        gc.freeze()  # finalizers of the original's objects are its own to run
        for number in ends:
            os.close(number)
        _serve(source, FileIO(inbox, "rb"), FileIO(outbox, "wb"))
    finally:
        os._exit(0)


def fresh(source: Source) -> Helper:
    """Start a fresh interpreter, which is sent `source` with its first block.

    Raises
    ------
    pickle.PicklingError, TypeError, AttributeError
        If `source` cannot be sent, or needs what the caller's script defines.
    OSError
        If no process can be started.
    """
    model = io.BytesIO()
    _Sender(model, protocol=5).dump(source)
    places = [place or os.getcwd() for place in sys.path]
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", f"from {__name__} import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        process_group=0,  # an interrupt from the keyboard is for the original alone
        env=os.environ | {"PYTHONPATH": os.pathsep.join(places)},
    )
    if process.stdin is None or process.stdout is None:
        raise OSError("a process was started without pipes")

    def end() -> int:
        process.kill()
        return process.wait()

    return Helper(process.stdout, process.stdin, end, [model.getvalue()])


def main() -> None:
    """Be a fresh interpreter: learn the source from standard input, then serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    reads, writes = FileIO(os.dup(0), "rb"), FileIO(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not reach the rows
    try:
        source = pickle.loads(_received(reads))
    except EOFError:
        return
    _serve(source, reads, writes)


class _Sender(pickle.Pickler):
    """Refuse what a fresh interpreter does not have: the functions and classes of a script."""

    def reducer_override(self, value: Any, /) -> Any:
        if isinstance(value, FunctionType | type) and value.__module__ == "__main__":
            raise pickle.PicklingError(f"{value.__qualname__} is defined in the script itself")
        return NotImplemented


def _serve(source: Source, reads: IO[bytes], writes: IO[bytes]) -> None:
    """Answer blocks by their rows until the pipe ends."""
    try:
        while True:
            block = pickle.loads(_received(reads))
            buffers, answer = _drawn(source, block)
            _send(writes, answer)
            for array in _arrays(buffers):
                _write(writes, memoryview(array).cast("B"))
    except (EOFError, BrokenPipeError):
        return


def _drawn(source: Source, block: RowBlock) -> tuple[list[Buffer], bytes]:
    """Return the buffers of a block, none after an error, and what to say of them."""
    buffers: list[Buffer] = []
    error: Exception | None = None
    told = ""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            buffers = buffers_of(source, block)
        except Exception as e:  # whatever it is, it is raised where the rows were asked for
            error, told = e, traceback.format_exc()
    notes = [(str(w.message), w.category, w.filename, w.lineno) for w in said]
    try:
        answer = pickle.dumps((notes, error, told))
        pickle.loads(answer)
    except Exception:  # an error, or a warning, that cannot be sent is told
        buffers, answer = (
            [],
            pickle.dumps(([], RuntimeError(f"in a worker process:\n{told}"), told)),
        )
    return buffers, answer


def _arrays(buffers: Sequence[Buffer]) -> Iterable[Any]:
    for buffer in buffers:
        yield buffer.values
        if buffer.mask is not None:
            yield buffer.mask


def _send(file: IO[bytes], message: bytes) -> None:
    _write(file, memoryview(SIZE.pack(len(message))))
    _write(file, memoryview(message))


def _received(file: IO[bytes]) -> bytes:
    head = bytearray(SIZE.size)
    _fill(file, memoryview(head))
    message = bytearray(SIZE.unpack(head)[0])
    _fill(file, memoryview(message))
    return bytes(message)


def _write(file: Any, view: memoryview) -> None:
    while view:
        view = view[file.write(view) :]


def _fill(file: Any, view: memoryview) -> None:
    while view:
        got = file.readinto(view)
        if not got:
            raise EOFError
        view = view[got:]
