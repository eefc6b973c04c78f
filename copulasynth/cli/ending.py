"""How a command ends, and what is not said on the way: always one line, and none of a library.

Imports little, so that a command can be interrupted from its first moment on.
"""

import os
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from types import FrameType
from typing import Protocol, TextIO, runtime_checkable

from copulasynth._paths import one_line
from copulasynth.errors import CopulasynthError

__all__ = ["in_one_line", "is_own", "undisturbed"]

#: What tells a command to end, from the keyboard, a closed terminal, or another program.
TELLING = tuple(
    signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)

#: Seconds that a command has for its clearing away; code that is not Python may hear of no signal.
PATIENCE = 10.0


class Command(Protocol):
    """Where something was typed, as Typer tells it."""

    command_path: str


@runtime_checkable
class WronglyTyped(Protocol):
    """What Typer raises for arguments that a command does not take; its classes are private."""

    ctx: Command | None

    def format_message(self) -> str: ...


class Told(SystemExit):
    """A signal told the command to end; no library takes it for an error to live with."""


@contextmanager
def in_one_line() -> Iterator[None]:
    """Run a command so that whatever ends it is one line on standard error and an exit code.

    Expected errors end with 2, an interrupt (Ctrl-C) with 130, other signals with 128 and their
    number. Inside, warnings of other packages, and what their C and Fortran prints, are not shown
    unless Python is run with ``-W`` or ``-X dev``.
    """
    with ExitStack() as stack:
        told: list[int] = []
        if threading.current_thread() is threading.main_thread():
            stack.enter_context(_told_by_signals(told))
        if not sys.warnoptions and not sys.flags.dev_mode:
            stack.enter_context(_own_words())
        try:
            yield
        except BaseException as e:
            _finish(e, told)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Heed no signal: what was asked for stands, and only how it went is left to say."""
    here = threading.current_thread() is threading.main_thread()
    before = {s: signal.getsignal(s) for s in TELLING} if here else {}
    for number in before:
        signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, how in before.items():
            signal.signal(number, how)


def _finish(error: BaseException, told: Sequence[int]) -> None:
    """Say why a command ended, in one line, and end the process."""
    if told or isinstance(error, KeyboardInterrupt):
        # whatever it is, an interrupt in the midst of a library led to it
        _end(*_ended(told[0] if told else signal.SIGINT))
    if isinstance(error, CopulasynthError):
        _end(str(error), 2)
    if isinstance(error, WronglyTyped):
        _end(_usage(error), 2)
    if isinstance(error, MemoryError):
        _end("there is not enough memory", 2)
    if isinstance(error, BrokenPipeError) or isinstance(error.__context__, BrokenPipeError):
        # the reader of a pipe (head, say) has seen enough; keep Python from flushing into it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    raise error


def _usage(error: WronglyTyped) -> str:
    """Return what is wrong with how a command was typed, and where its help is."""
    text = error.format_message().rstrip()
    if not text:  # a bare command has shown its help
        raise SystemExit(2) from None
    where = "copulasynth" if error.ctx is None else error.ctx.command_path
    if text.startswith("Got unexpected extra argument") and where.endswith(("fit", "evaluate")):
        text += "; a name that stands for many files is quoted, as 'lake/*.parquet'"
    stop = "" if text.endswith((".", "?")) else "."
    return f"{text}{stop} Try: {where} --help"


def _end(why: str, code: int) -> None:
    from typer import secho

    with suppress(OSError):
        secho(f"copulasynth: {one_line(why)}", err=True, fg="red")
    raise SystemExit(code) from None


def _ended(number: int) -> tuple[str, int]:
    """Return in words that a signal ended a command, and its exit code."""
    name = signal.Signals(number).name
    return "interrupted" if number == signal.SIGINT else f"ended by {name}", 128 + number


@contextmanager
def _told_by_signals(told: list[int]) -> Iterator[None]:
    """Raise `Told` when a signal comes, and end the process if that is not heard in time."""

    def tell(number: int, _: FrameType | None) -> None:
        told.append(number)
        if len(told) == 1:  # clearing away is not interrupted
            raise Told(128 + number)

    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        theirs.setblocking(False)
        before = {s: signal.getsignal(s) for s in TELLING}
        # who started this with a signal ignored (nohup, &) wants it ignored
        heard = [s for s, how in before.items() if how != signal.SIG_IGN]
        for number in heard:
            signal.signal(number, tell)
        wakeup = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        heeded = threading.Event()
        threading.Thread(target=_insist, args=(ours, heeded), daemon=True).start()
        try:
            yield
        finally:
            heeded.set()
            signal.set_wakeup_fd(wakeup)
            # a process that is told to end hears no more of it, not even while Python ends
            for number in heard:
                signal.signal(number, signal.SIG_IGN if told else before[number])


def _insist(ours: socket.socket, heeded: threading.Event) -> None:
    """End the process some time after a signal that is not heeded, whatever it is doing."""
    with suppress(OSError):
        while told := ours.recv(1):
            if told[0] in TELLING and not heeded.wait(PATIENCE):
                _leave(told[0])


def _leave(number: int) -> None:
    why, code = _ended(number)
    with suppress(OSError, ValueError):
        shown = "\x1b[?25h" if sys.stderr.isatty() else ""  # the cursor, which bars hide
        sys.stderr.write(f"{shown}copulasynth: {why}\n")
        sys.stderr.flush()
    os._exit(code)


def is_own(category: type[Warning]) -> bool:
    """Whether a warning is one of this package, for its users, and not of a library."""
    return category.__module__.partition(".")[0] == "copulasynth"


@contextmanager
def _own_words() -> Iterator[None]:
    """Show warnings of this package in its style, and nothing that other code prints."""

    def show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        if is_own(category):
            from typer import secho

            secho(f"note: {one_line(str(message))}", err=True, fg="yellow")

    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.showwarning = show
        stack.enter_context(_alone("stdout", 1))
        stack.enter_context(_alone("stderr", 2))
        yield


@contextmanager
def _alone(name: str, number: int) -> Iterator[None]:
    """Keep a standard stream for Python; what C and Fortran print to its descriptor is dropped.

    LAPACK complains there of numbers that are no mistake of the user's, and a line of it among
    the rows of a table would be a damage.
    """
    stream: TextIO = getattr(sys, name)
    try:
        plain = stream.fileno() == number
    except (AttributeError, OSError, ValueError):
        plain = False
    if not plain:
        yield
        return
    stream.flush()
    kept = os.dup(number)
    own = open(  # noqa: SIM115
        kept,
        "w",
        encoding=stream.encoding,
        errors=stream.errors,
        buffering=1 if stream.isatty() or number == 2 else -1,
    )
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
    setattr(sys, name, own)
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            own.flush()
        setattr(sys, name, stream)
        os.dup2(kept, number)
        with suppress(OSError):
            own.close()
