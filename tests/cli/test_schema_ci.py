"""What other people's CI runs: the very commands of the hooks, the action and the GitLab template.

Each on a fresh git repository of schemas with a good change and with one that breaks another region.
"""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from cli.runner import Result, Session

ROOT = Path(__file__).resolve().parents[2]
NEW = "schemas/business-licence/1.1.json"

resource = pytest.importorskip("resource", reason="these sessions need a POSIX shell")
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def repository(tmp_path: Path) -> Session:
    """A repository of what certx ships, one commit on `main`, a pull request on `change`."""
    folder = tmp_path / "shared"
    folder.mkdir()
    for name in ("schemas", "keys"):
        shutil.copytree(ROOT / name, folder / name)
    session = Session(folder, GIT_CONFIG_NOSYSTEM="1", HOME=str(tmp_path), CERTX_HOME=str(tmp_path / "home"))
    names = "git config user.name tester && git config user.email tester@example.org"
    begun = session.run(
        f"git init -q -b main && {names} && echo .bin/ > .gitignore && git add -A && git commit -qm first"
    )
    assert begun.status == 0, begun.stderr
    assert session.run("git update-ref refs/remotes/origin/main main && git checkout -q -b change").status == 0
    return session


def add_minor(
    session: Session, change: Callable[[dict[str, Any]], object], *, commit: bool = True, folder: str = "."
) -> None:
    top = session.folder / folder
    document = json.loads((top / "schemas/business-licence/1.0.json").read_bytes())
    document["$id"] = "urn:certx:schema:business-licence:1.1"
    change(document["properties"])
    (top / NEW).write_text(json.dumps(document, ensure_ascii=False, indent=2), "utf-8")
    if commit:
        assert session.run("git add -A && git commit -qm second").status == 0


LABELS = {"title": "商标", "x-title-en": "Trade mark", "x-disclosure": "selective", "x-group": "holder"}


def good(properties: dict[str, Any]) -> None:
    properties["tradeMark"] = {"type": "string", "maxLength": 50, **LABELS}


def bad(properties: dict[str, Any]) -> None:
    properties["entityType"]["maxLength"] = 20


@pytest.mark.parametrize(("change", "status"), [(good, 0), (bad, 3)])
def test_the_pre_commit_hooks(repository: Session, change: Any, status: int) -> None:
    hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    add_minor(repository, change, commit=False)  # before the commit, as the hook runs
    for name, wanted in (("certx-schema-lint", 3 if change is bad else 0), ("certx-schema-compat", status)):
        hook = hooks[name]
        assert (hook["language"], hook["pass_filenames"]) == ("python", False)
        done = repository.run(" ".join([hook["entry"], *hook.get("args", [])]))
        assert done.status == wanted or (name == "certx-schema-lint" and done.status == 0), done.stdout
    assert ("old-licences-refused" in done.stdout) == (change is bad)


def run_action(session: Session, *, base: str = "main", **inputs: str) -> tuple[Result, str]:
    """The steps of the composite action but for the installation."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    install, check = action["runs"]["steps"]
    assert action["runs"]["using"] == "composite"
    assert "$GITHUB_ACTION_PATH" in install["run"]
    defaults = {name: row["default"] for name, row in action["inputs"].items()}
    given = {**defaults, **inputs}
    values = {"${{ inputs.%s }}" % name: value for name, value in given.items()} | {"${{ github.base_ref }}": base}  # noqa: UP031
    assert set(check["env"].values()) <= set(values)
    environment = {name: values[text] for name, text in check["env"].items()}
    summary = session.folder / ".bin" / "summary.md"
    done = run_bash(session, check["run"], GITHUB_STEP_SUMMARY=str(summary), **environment)
    return done, summary.read_text("utf-8")


def test_the_action_names_files_from_the_top_and_takes_the_commit_before_after_a_push(repository: Session) -> None:
    move_into(repository, "sub")
    add_minor(repository, bad, folder="sub")
    done, _ = run_action(repository, base="", folder="sub")
    assert done.status == 3
    assert f"::error file=sub/{NEW},line=" in done.stdout


def move_into(session: Session, folder: str) -> None:
    """Put the schema repository into a folder of a larger one."""
    top = session.folder / folder
    top.mkdir()
    for name in ("schemas", "keys"):
        (session.folder / name).rename(top / name)
    assert session.run("git add -A && git commit -qm moved").status == 0


def run_bash(session: Session, script: str, **more: str) -> Result:
    """As runners do it: bash, stopping at the first command that fails."""
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], cwd=session.folder, env={**session.environment, **more},
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_the_action_lets_a_good_change_pass(repository: Session) -> None:
    add_minor(repository, good)
    done, summary = run_action(repository)
    assert (done.status, done.stderr) == (0, "")
    assert "compatible" in summary


def test_the_action_stops_a_broken_change_and_shows_the_document(repository: Session) -> None:
    add_minor(repository, bad)
    done, summary = run_action(repository, sarif=".bin/gate.sarif")
    assert done.status == 3
    assert f"::error file={NEW},line=" in done.stdout
    assert "<details>" in summary
    assert "entityType" in summary
    log = json.loads((repository.folder / ".bin/gate.sarif").read_bytes())
    assert "old-licences-refused" in {result["ruleId"] for result in log["runs"][0]["results"]}


def run_template(session: Session, **inputs: str) -> tuple[Result, dict[str, ET.Element]]:
    """The script of the GitLab template but for the installation, and its reports by name."""
    text = (ROOT / "templates" / "schema-gate.yml").read_text("utf-8")
    spec, _ = yaml.safe_load_all(text.replace("$[[", "'$[[").replace("]]", "]]'"))
    for name, row in spec["spec"]["inputs"].items():
        text = text.replace(f"$[[ inputs.{name} ]]", json.dumps(inputs.get(name, row["default"])))
    _, jobs = yaml.safe_load_all(text)
    job = jobs["certx-schema-gate"]
    assert "$[[" not in text
    variables = {**job["variables"], "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
    done = run_bash(session, "\n".join(job["script"]), **variables)
    names = job["artifacts"]["reports"]["junit"]
    return done, {name: ET.parse(session.folder / name).getroot() for name in names}  # noqa: S314 - our own


@pytest.mark.parametrize("folder", [".", "sub"])
@pytest.mark.parametrize(("change", "status", "failures"), [(good, 0, "0"), (bad, 3, "1")])
def test_the_gitlab_template(repository: Session, change: Any, status: int, failures: str, folder: str) -> None:
    if folder != ".":
        move_into(repository, folder)
        assert repository.run("git update-ref refs/remotes/origin/main HEAD").status == 0
    add_minor(repository, change, folder=folder)
    done, reports = run_template(repository, folder=folder)
    assert done.status == status, done.stderr
    assert {suites.tag for suites in reports.values()} == {"testsuites"}
    assert reports["certx-compat.xml"].attrib["failures"] == failures
    classes = {case.attrib["classname"] for case in reports["certx-compat.xml"].iter("testcase")}
    assert str(PurePosixPath(folder) / NEW) in classes  # from the top of the repository, as GitLab links it


def test_what_landed_on_the_target_branch_meanwhile_is_not_taken_for_removed(repository: Session) -> None:
    assert repository.run("git checkout -q main").status == 0
    add_minor(repository, good)
    assert repository.run("git update-ref refs/remotes/origin/main main && git checkout -q change").status == 0
    for done, _ in (run_template(repository), run_action(repository)):
        assert done.status == 0, done.stdout
    assert repository.run("certx schema compat --against git:origin/main").status == 3


def test_the_gate_takes_less_than_three_seconds_over_what_is_shipped(repository: Session) -> None:
    """Every type with a new minor at once: far more than a pull request changes."""
    for folder in sorted((repository.folder / "schemas").iterdir()):
        path = max(folder.glob("1.*.json"), default=None)
        document = {} if path is None else json.loads(path.read_bytes())
        if path is not None and "x-certx" in document:
            minor = int(path.stem.partition(".")[2]) + 1
            document["$id"] = f"{document['$id'].rpartition('.')[0]}.{minor}"
            good(document["properties"])
            path.with_name(f"1.{minor}.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    begun = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = repository.run("certx schema compat --against git:main")
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.status == 0, done.stdout
    assert done.stdout.count(": good against 1.0") > 10
    assert ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime < 3.0  # of a core: others use them too


def test_a_reviewed_exception_in_the_repository(repository: Session) -> None:
    add_minor(repository, bad)
    exception = f'id = "old-licences-refused"\nplace = "{NEW}"\nwhy = "no such licence was issued"\n'
    config = repository.folder / "certx.toml"
    for until, status in (("2999-12-31", 0), ("2020-01-01", 3)):
        config.write_text(f"[[schema.exceptions]]\n{exception}until = {until}\n")
        assert repository.run("certx schema compat --against git:main").status == status
        for other in ("lint", "matrix"):  # it is about a change, not about these
            assert "exception" not in repository.run(f"certx schema {other}").stdout
    config.write_text('[schema]\nschemes = "schemas"\n')
    assert repository.run("certx schema compat --against git:main").status == 2


def renamed(properties: dict[str, Any]) -> None:
    properties["certNo"] = properties.pop("certificateNumber")


def test_a_change_of_the_settings_does_not_hide_what_was_there(repository: Session) -> None:
    """Each side lies as its own certx.toml says."""
    (repository.folder / "certx.toml").write_text('[schema]\nschemas = "shared"\n', "utf-8")
    moved = "git mv schemas shared && git add -A && git commit -qm moved && certx schema compat --against git:main"
    assert repository.run(moved).status == 0
    path = repository.folder / "shared/business-licence/1.0.json"
    document = json.loads(path.read_bytes())
    renamed(document["properties"])
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    result = repository.run("certx schema compat --against git:main --format json")
    assert result.status == 3
    assert "published-changed" in result.stdout


@pytest.mark.parametrize("name", ["schemas", "keys"])
def test_a_folder_that_is_not_there_is_no_clean_repository(repository: Session, name: str) -> None:
    add_minor(repository, renamed)
    (repository.folder / "certx.toml").write_text(f'[schema]\n{name} = "nowhere"\n', "utf-8")
    for command in ("compat --against git:main", "matrix", "lint"):
        result = repository.run(f"certx schema {command}")
        assert result.status == 2, command
        assert "nowhere" in result.stderr


@pytest.mark.parametrize("part", ["schemas/business-licence", "keys", "keys/510000"])
def test_a_part_of_the_repository_is_not_judged_for_the_whole(repository: Session, part: str) -> None:
    add_minor(repository, renamed)
    for command in (
        f"certx schema compat {part} --against git:main",
        f"cd {part}; certx schema compat --against git:main...",
    ):
        result = repository.run(command)
        assert result.status == 2, result
        assert str(repository.folder) in result.stderr
    assert repository.run("certx schema compat schemas --against git:main").status == 3


def test_what_is_no_file_was_not_read(repository: Session) -> None:
    assert repository.run("cp -r schemas ../other; mkfifo ../other/business-licence/1.1.json").status == 0
    assert repository.run("certx schema compat schemas --against ../other").status == 6


@pytest.mark.parametrize("old", ["../empty", "schemas/business-licence"])
def test_a_folder_without_licence_schemas_is_nothing_to_compare_with(repository: Session, old: str) -> None:
    result = repository.run(f"mkdir ../empty; certx schema compat . --against {old}")
    assert result.status == 2
    assert old in result.stderr


def test_what_an_earlier_commit_says_of_its_gate_keeps_nobody_from_mending_it(repository: Session) -> None:
    (repository.folder / "certx.toml").write_text('[schema]\nschemaz = "x"\n', "utf-8")
    assert repository.run("git add -A; git commit -qm slip; certx schema compat --against git:main").status == 2
    assert repository.run("git rm -q certx.toml; certx schema compat --against git:HEAD").status == 0
