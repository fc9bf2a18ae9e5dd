"""Every session of `transcripts/` goes as it is written there."""

from pathlib import Path

import pytest

from cli.runner import complaints, folder_of

TRANSCRIPTS = Path(__file__).parent / "transcripts"


@pytest.mark.parametrize("name", sorted(path.stem for path in TRANSCRIPTS.glob("*.txt")))
def test_transcript(name: str, town: Path, tmp_path: Path) -> None:
    transcript = (TRANSCRIPTS / f"{name}.txt").read_text(encoding="utf-8")
    found = list(complaints(transcript, folder_of(town, tmp_path)))
    assert not found, "\n\n".join([f"{name}.txt does not hold", *found])
