"""Every session of `transcripts/` goes as it is written there."""

import re
from pathlib import Path

import pytest

from cli.runner import complaints, folder_of

TRANSCRIPTS = Path(__file__).parent / "transcripts"
RUNBOOK = Path(__file__).parents[2] / "docs" / "key-compromise.md"


@pytest.mark.parametrize("name", sorted(path.stem for path in TRANSCRIPTS.glob("*.txt")))
def test_transcript(name: str, town: Path, tmp_path: Path) -> None:
    transcript = (TRANSCRIPTS / f"{name}.txt").read_text(encoding="utf-8")
    found = list(complaints(transcript, folder_of(town, tmp_path)))
    assert not found, "\n\n".join([f"{name}.txt does not hold", *found])


def test_the_drill_goes_as_the_runbook_says(tmp_path: Path) -> None:
    """From the stolen key to the recovered federation, and every other day that the page is for."""
    steps = re.findall(r"^```console\n(.*?)^```", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    found = list(complaints("\n".join(steps), tmp_path))
    assert len(steps) >= 12
    assert not found, "\n\n".join(["the runbook does not hold", *found])
