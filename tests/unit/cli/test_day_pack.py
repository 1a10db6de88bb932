"""`stillwater daypack`: a key of one's own, and a pack that opens with nothing else at hand."""

import stat
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import typer

from cli.main import main
from services.scheduling.domain.daypack import DayPackAbout
from shared.parcel import seal_parcel

PASSPHRASE = "five words are long enough"
ABOUT = DayPackAbout(
    clinic="wellmeadow/larkspur", location="main", first_day=date(2026, 11, 30), days=2,
    made_at=datetime(2026, 11, 30, 13, tzinfo=UTC),
)  # fmt: skip


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run a command in an empty folder with a passphrase at hand: its exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments, passphrase=PASSPHRASE):
        monkeypatch.setattr(typer, "prompt", lambda *_, **__: passphrase)
        monkeypatch.setattr(sys, "argv", ["stillwater", "daypack", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return end.value.code or 0, said.out, said.err

    return command


def test_a_pack_opens_with_the_key_and_its_passphrase(run) -> None:
    code, public, _ = run("key", "reader.key")
    assert (code, stat.S_IMODE(Path("reader.key").stat().st_mode)) == (0, 0o600)
    Path("main.daypack").write_text(seal_parcel(ABOUT, b"<h1>Robin Ann Quist</h1>", [public.strip()]))
    code, said, _ = run("open", "main.daypack", "--key", "reader.key")
    assert (code, "main: 2 days from 2026-11-30" in said) == (0, True)
    assert Path("main.html").read_bytes() == b"<h1>Robin Ann Quist</h1>"
    assert stat.S_IMODE(Path("main.html").stat().st_mode) == 0o600
    Path("noise.bin").write_bytes(bytes(range(256)))
    for arguments, passphrase, says in (
        (("open", "main.daypack", "--key", "reader.key"), PASSPHRASE, "main.html is there already"),
        (("open", "main.daypack", "--key", "reader.key", "--to", "again.html"), "another", "not that of this key"),
        (("open", "reader.key", "--key", "reader.key"), PASSPHRASE, "take another copy of it"),
        (("open", "noise.bin", "--key", "reader.key"), PASSPHRASE, "noise.bin is no text"),
        (("open", "main.daypack", "--key", "noise.bin", "--to", "again.html"), PASSPHRASE, "take another copy of it"),
        (("open", "none.daypack", "--key", "reader.key"), PASSPHRASE, "none.daypack cannot be read"),
        (("key", "reader.key"), PASSPHRASE, "reader.key is there already"),
        (("key", "other.key"), "short", "at least 12 characters"),
        (("fetch", "main", "--into", "packs"), PASSPHRASE, "there are no secrets in .stillwater"),
    ):
        code, _, said = run(*arguments, passphrase=passphrase)
        assert (code, says in said) == (1, True), said
    assert not Path("again.html").exists()
