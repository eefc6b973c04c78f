"""Files: whole or not at all, never over an input or what is no file, under the name asked for."""

import errno
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import copulasynth._write
from copulasynth._paths import inside, one_line, read_bytes, same
from copulasynth._write import check_outputs, destination, whole, write_text
from copulasynth.errors import OutputError

posix = pytest.mark.skipif(os.name == "nt", reason="of POSIX systems")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fill(path, error):
    with whole(path) as f:
        f.write(b"half")
        raise error


def names(folder):
    return sorted(p.name for p in folder.iterdir())


@posix
def test_a_file_is_not_written_over_an_input_whatever_it_is_called(here):
    Path("in.csv").write_text("a\n1\n")
    os.link("in.csv", "hard.csv")
    os.symlink("in.csv", "soft.csv")
    os.symlink("soft.csv", "softer.csv")
    (here / "sub").mkdir()
    others = ["in.csv", "./in.csv", "sub/../in.csv", here / "in.csv", "hard.csv", "softer.csv"]
    for path in others:
        with pytest.raises(OutputError, match=r"would replace the input in\.csv"):
            check_outputs([path], ["in.csv"])
        with pytest.raises(OutputError, match="would replace"):
            write_text(path, "x", [None, "in.csv"])
    assert Path("in.csv").read_text() == "a\n1\n"
    check_outputs(["other.csv"], ["in.csv", None])


def test_a_folder_of_parquet_is_an_input_as_a_whole(here):
    (here / "data.parquet").mkdir()
    with pytest.raises(OutputError, match="would replace"):
        check_outputs(["data.parquet/part-1.parquet"], ["data.parquet"])
    assert inside("data.parquet/a/b", "data.parquet")
    assert not inside("data", "data.parquet")


def test_outputs_are_not_written_over_one_another_or_into_no_folder(here):
    with pytest.raises(OutputError, match="same file"):
        check_outputs(["r.html", "./r.html"])
    with pytest.raises(OutputError, match="there is no folder"):
        check_outputs(["none/r.html"])
    assert same("r.html", "./r.html")
    assert not same("r.html", "s.html")


@posix
def test_what_is_no_file_is_refused_and_stays(here):
    os.mkfifo("pipe.json")
    (here / "folder.json").mkdir()
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket.json")
        os.symlink("pipe.json", "link.json")
        os.symlink("circle.json", "circle.json")
        found = {
            "pipe.json": "a named pipe",
            "link.json": "a named pipe",
            "folder.json": "a folder",
            "socket.json": "a socket",
            "/dev/null": "a device",
            "circle.json": "cannot write circle.json",
            "a\0b": "null",
        }
        before = names(here)
        for path, words in found.items():
            with pytest.raises(OutputError, match=words):
                write_text(path, "new")
    assert names(here) == before
    assert stat.S_ISFIFO(os.lstat("pipe.json").st_mode)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    with pytest.raises(OSError, match="named pipe"):
        read_bytes("pipe.json")


@posix
def test_a_link_stays_and_what_it_leads_to_is_replaced(here):
    (here / "kept").mkdir()
    os.symlink("kept/real.txt", "link.txt")
    for text in ("first", "second"):  # it leads nowhere before the first
        write_text("link.txt", text)
        assert os.path.islink("link.txt")
        assert Path("kept/real.txt").read_text() == text
    assert names(here / "kept") == ["real.txt"]


@posix
def test_permissions_are_those_of_the_older_file(here):
    Path("a.txt").write_text("older")
    os.chmod("a.txt", 0o640)
    write_text("a.txt", "newer")
    assert stat.S_IMODE(os.stat("a.txt").st_mode) == 0o640


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_full_disk_leaves_the_older_file_and_names_the_one_asked_for(here, number):
    Path("a.txt").write_text("older")
    with pytest.raises(OutputError, match=r"cannot write a\.txt: ") as caught:
        fill("a.txt", OSError(number, os.strerror(number), ".a.txt.part"))
    assert ".part" not in str(caught.value)
    assert names(here) == ["a.txt"]
    assert Path("a.txt").read_text() == "older"


@posix
def test_a_limit_of_the_system_leaves_the_older_file(here):
    Path("a.txt").write_text("older")
    code = (
        "import resource; from copulasynth._write import write_text;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)); write_text('a.txt', 'x' * 99999)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "OutputError: cannot write a.txt: File too large" in done.stderr
    assert names(here) == ["a.txt"]
    assert Path("a.txt").read_text() == "older"


def test_a_part_that_cannot_be_cleared_is_named(here, monkeypatch):
    def refused(self, missing_ok=False):
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(copulasynth._write.Path, "unlink", refused)
    with pytest.raises(OutputError, match=r"\.a\.txt\..*\.part could not be cleared away"):
        fill("a.txt", OSError(errno.ENOSPC, "full"))


@posix
def test_what_a_killed_process_left_is_cleared_and_what_a_living_one_writes_is_not(here):
    code = (
        "import os, signal; from copulasynth._write import whole\n"
        "with whole('a.txt') as f:\n f.write(b'x'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(names(here)) == 1
    Path(".b.txt.00000000.part").write_text("of another file")
    with whole("a.txt") as slow:
        write_text("a.txt", "quick")
        slow.write(b"slow")
    assert names(here) == [".b.txt.00000000.part", "a.txt"]
    assert Path("a.txt").read_text() == "slow"


def test_long_names_and_halves_of_characters(here):
    write_text("n" * 250, "x")
    assert names(here) == ["n" * 250]
    with pytest.raises(OutputError, match=r"\\ud800"):
        write_text("b.txt", "a\ud800")
    assert one_line("a\n\x1b[0m\u2028é") == "a\\n\\x1b[0m\\u2028é"


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write it")
def test_a_protected_file_is_not_replaced(here):
    Path("a.txt").write_text("older")
    os.chmod("a.txt", 0o400)
    with pytest.raises(OutputError, match="protected"):
        destination("a.txt")
