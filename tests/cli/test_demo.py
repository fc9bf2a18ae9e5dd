"""What `certx demo` ends with can be typed straight after."""

import sys
from pathlib import Path

from cli.runner import Session


def test_the_counter_of_a_demo_asks_and_its_people_answer_as_it_says(tmp_path: Path) -> None:
    session = Session(tmp_path)
    played = session.run("certx demo --dir day --lang en")
    assert played.status == 0, played.stderr
    typed = [line.strip() for line in played.stdout.splitlines() if line.strip().startswith("(cd ")]
    assert [line.partition("certx ")[2].split()[0] for line in typed] == ["request", "present", "present", "verify"]
    for line in typed:
        result = session.run(line.replace(" present ", " present --yes "))
        assert result.status == 0, result.stdout + result.stderr
    assert "ACCEPTED 2" in result.stdout
    alone = session.run(typed[-1].replace("../second/answer.json", ""))
    assert alone.status == 0, "the set was accepted: the same again comes out the same"
    assert "shown once" in alone.stdout
    listed = session.run("CERTX_HOME=day/counter certx scenario list --lang en")
    assert "company-branch" in listed.stdout, "patterns to begin with"


def test_where_certx_is_on_no_path_it_is_named_from_the_root(tmp_path: Path) -> None:
    """As `make demo` runs it; the commands are typed in other folders."""
    code = "import sys; sys.argv[0] = '.venv/bin/certx'; from certx._entry import main; main()"
    played = Session(tmp_path).run(f'PATH=/usr/bin:/bin {sys.executable} -P -c "{code}" demo --dir day --lang en')
    assert f"; CERTX_HOME=. {tmp_path}/.venv/bin/certx request " in played.stdout
