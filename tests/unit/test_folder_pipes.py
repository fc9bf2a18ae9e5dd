"""A named pipe in a folder of credentials is passed over: nobody may ever write to it."""

import os
from pathlib import Path

import pytest

import world
from certx.app.verifying.inputs import open_inputs


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_a_named_pipe_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    credential = world.issue()
    (tmp_path / "a.txt").write_text(credential)
    os.mkfifo(tmp_path / "b.txt")
    assert [item.read().text for item in open_inputs([str(tmp_path)])] == [credential]
