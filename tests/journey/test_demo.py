"""`stillwater demo` without a terminal: the story from an empty folder, then the end."""

import subprocess
import sys
from pathlib import Path

from cli.demo.tale import EVENTS, STEPS
from tests.support.houseprocess import free_port

ROOT = Path(__file__).parents[2]


def test_demo_tells_the_whole_story_and_ends_with_zero(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from cli.main import main; main()", "demo"]
    ended = subprocess.run(
        [*command, "--data", str(tmp_path), "--port", str(free_port())],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [name for name in EVENTS if name not in ended.stdout] == []
    assert [title for title, _ in STEPS if title not in ended.stdout] == []
