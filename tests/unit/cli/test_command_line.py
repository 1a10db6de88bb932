"""What an operator sees: one clear line on stderr and a non-zero exit when something is wrong."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from uuid import UUID

import pytest

from cli.clock import duration
from cli.events import line
from cli.house import CannotDo, service_urls
from cli.main import main
from shared.auth.tokens import TokenVerifier
from shared.events import Envelope
from shared.ids import named_id
from shared.runtime.secrets import make_secrets

LARKSPUR = Path(__file__).parents[3] / "clinics" / "larkspur.yaml"
PATIENT = "018f3f5e-7c1a-7c55-9d4e-7a3f0b7c1e11"


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run a command in an empty folder: its exit code, stdout, stderr."""
    for name in ("STILLWATER_URL", "STILLWATER_TOKEN", "STILLWATER_ENV", "STILLWATER_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["stillwater", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return end.value.code or 0, said.out, said.err

    return command


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("token",), 2, "Missing argument 'role'"),
        (("fly",), 2, "No such command 'fly'"),
        (("apply", "none.yaml"), 1, "none.yaml, line 1, column 1: the file cannot be read"),
        (("apply", LARKSPUR, "--sideways"), 2, "No such option"),
        (("apply", LARKSPUR), 1, "there are no secrets in .stillwater: run `stillwater init`"),
        (("apply", LARKSPUR, "--impact", "--yes"), 1, "--impact applies nothing"),
        (("apply", LARKSPUR, "--json"), 1, "--json is for --impact"),
        (("apply", LARKSPUR, "--impact"), 1, "there are no secrets in .stillwater"),
        (("token", "king"), 1, "there is no role 'king'"),
        (("token", "patient"), 1, "patient with --patient ID"),
        (("token", "nurse"), 1, "there are no secrets"),
        (("clock", "advance", "soon"), 1, "'soon' is no duration"),
        (("rescreening", "show", "larkspur"), 1, "is written organisation/clinic"),
        (("clock", "show", "--clinic", "larkspur"), 1, "--clinic is written organisation/clinic"),
        (("events", "tail"), 1, "there are no secrets"),
        (("parked", "retry"), 1, "the patient id, or --type"),
        (("parked", "retry", PATIENT, "--type", "OrderSigned"), 1, "the patient id, or --type"),
        (("parked", "retry", "--type", "OrderSinged"), 1, "no event is called 'OrderSinged'"),
        (("parked", "discard", PATIENT), 2, "Missing option '--reason'"),
        (("parked", "discard", PATIENT, "--reason", "wrong one"), 1, "such as DUPLICATE_RECORD"),
    ],
)
def test_a_mistake_is_one_line_on_stderr(run, arguments, code, says):
    ended, out, err = run(*arguments)
    assert ended == code
    assert out == ""
    assert err.startswith("stillwater: ")
    assert says in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [("clock", "show"), ("parked", "list"), ("lag",), ("apply", LARKSPUR, "--yes"),
     ("rescreening", "show", "wellmeadow/larkspur")],
)  # fmt: skip
def test_a_house_that_does_not_run_is_said_to_be_away(run, arguments, monkeypatch):
    run("init")
    monkeypatch.setenv("STILLWATER_URL", "http://127.0.0.1:9")
    code, _, err = run(*arguments)
    assert code == 1
    assert "nothing answers at http://127.0.0.1:9/intake" in err
    assert "Traceback" not in err


def test_every_mistake_of_a_clinic_file_is_a_line(run, tmp_path):
    for included in ("forms", "medicines", "rules"):
        copytree(LARKSPUR.parent / included, tmp_path / included)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(LARKSPUR.read_text().replace("America/Boise", "Mars").replace("USD", "dollars"))
    code, _, err = run("apply", wrong)
    assert code == 1
    assert [text.split(": ")[1] for text in err.splitlines()] == [
        "wrong.yaml, line 6, column 1", f"wrong.yaml, line {_line_of('currency')}, column 3",
    ]  # fmt: skip


def test_clinic_files_are_checked_without_a_server_and_what_is_looser_is_told(run, tmp_path):
    for included in ("forms", "medicines", "rules"):
        copytree(LARKSPUR.parent / included, tmp_path / included)
    looser = tmp_path / "larkspur.yaml"
    change = """rule_changes:
  - rule: SCR-057
    removed: true
    approval: {approved_by: Avery Kestrel, approved_on: "2026-11-20", why: A urologist sees them.}
include: ["""
    looser.write_text(LARKSPUR.read_text().replace("include: [", change))
    code, out, err = run("clinic", "check", LARKSPUR, looser)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "larkspur.yaml: 67 rules in force, every example holds",
        "larkspur.yaml: 66 rules in force, every example holds",
        "  Looser than the shipped rules: SCR-057 is taken out"
        " (approved by Avery Kestrel on 2026-11-20: A urologist sees them.)",
    ]  # fmt: skip
    looser.write_text(looser.read_text().replace("removed: true", "removed: no"))
    code, out, err = run("clinic", "check", looser, LARKSPUR)
    assert (code, out.splitlines()) == (1, ["larkspur.yaml: 67 rules in force, every example holds"])
    assert "column 5: rule_changes[0].approval is about SCR-057, which is not looser than shipped" in err


def _line_of(field):
    return next(n for n, text in enumerate(LARKSPUR.read_text().splitlines(), 1) if text.strip().startswith(field))


def test_a_bug_shows_its_kind_and_never_its_text(run, monkeypatch):
    monkeypatch.setattr("cli.main.load", lambda path: 1 / 0)
    assert run("apply", LARKSPUR) == (
        1, "", "stillwater: a bug, ZeroDivisionError; STILLWATER_DEBUG=1 shows where\n",
    )  # fmt: skip


def test_help_is_there_for_every_command(run):
    for command in (
        "init",
        "up",
        "demo",
        "apply",
        "migrate",
        "token",
        "clock",
        "events",
        "parked",
        "lag",
        "clinic",
        "rescreening",
    ):
        code, out, _ = run(command, "--help")
        assert code == 0
        assert "Usage" in out


async def _caller(token, tmp_path):
    settings = make_secrets(tmp_path / ".stillwater" / "secrets.json").settings(
        "intake", database_url="postgresql://nowhere/nothing", kafka="nowhere:9"
    )
    return await TokenVerifier(settings).caller(token)


def test_a_token_is_all_that_is_printed_and_the_services_accept_it(run, tmp_path):
    import asyncio

    assert run("init")[0] == 0
    code, out, err = run("token", "clinician")
    assert (code, err, len(out.split())) == (0, "", 1)
    caller = asyncio.run(_caller(out.strip(), tmp_path))
    assert caller.organisation_id == named_id("organisation", "wellmeadow")
    assert caller.roles == {(named_id("clinic", "wellmeadow/larkspur"), "clinician")}
    _, patient, _ = run("token", "patient", "--patient", PATIENT)
    assert asyncio.run(_caller(patient.strip(), tmp_path)).patient_id == UUID(PATIENT)


@pytest.mark.parametrize("role", [("nurse",), ("patient", "--patient", PATIENT)])
def test_no_token_is_made_in_production(run, monkeypatch, role):
    run("init")
    monkeypatch.setenv("STILLWATER_ENV", "production")
    code, out, err = run("token", *role)
    assert (code, out) == (1, "")
    assert "exists only with STILLWATER_ENV=development" in err


def test_init_keeps_the_secrets_that_are_there(run, tmp_path):
    run("init")
    before = (tmp_path / ".stillwater" / "secrets.json").read_text()
    run("init")
    assert (tmp_path / ".stillwater" / "secrets.json").read_text() == before


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("48h", timedelta(hours=48)), ("7d", timedelta(days=7)), ("1d12h", timedelta(days=1.5)),
        ("90m", timedelta(minutes=90)), ("30s", timedelta(seconds=30)),
    ],
)  # fmt: skip
def test_durations_are_read_as_people_write_them(text, meant):
    assert duration(text) == meant


@pytest.mark.parametrize("text", ["", "48", "h", "-1h", "1.5h", "2 d", "1w"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(CannotDo, match="is no duration"):
        duration(text)


def test_services_are_found_by_setting_then_by_the_house_s_word_then_on_the_default_port(run, tmp_path, monkeypatch):
    data = tmp_path / "data"
    assert service_urls(data)["billing"] == "http://127.0.0.1:8080/billing"
    data.mkdir()
    (data / "house.json").write_text('{"url": "http://127.0.0.1:9001", "kafka": "127.0.0.1:9002"}')
    assert service_urls(data)["intake"] == "http://127.0.0.1:9001/intake"
    monkeypatch.setenv("STILLWATER_URL", "https://care.example.org/")
    assert service_urls(data)["intake"] == "https://care.example.org/intake"


def test_an_event_is_shown_without_its_body():
    at = datetime(2026, 11, 30, 16, tzinfo=UTC)
    envelope = Envelope(
        id=UUID(int=1), type="stillwater.intake.OrderSigned.v1", service="intake", subject="", time=at,
        key=UUID(PATIENT), sequence=3, epoch=1, organisation_id=UUID(int=2), clinic_id=None,
        correlation_id=UUID(int=3), causation_id=None, traceparent=None, body=b'{"secret": "marked"}',
    )  # fmt: skip
    shown = line(envelope, at - timedelta(milliseconds=42))
    assert "OrderSigned" in shown
    assert f"{PATIENT} #3 +42 ms" in shown
    assert "marked" not in shown
