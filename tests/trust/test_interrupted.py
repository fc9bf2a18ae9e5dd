"""A sync or a publication that is killed, starved or overtaken: readers see the old or the new, whole."""

import os
import random
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest

from certx.errors import CertxError, EnvironmentFailureError
from certx.reason import Outcome, Reason
from trust.realm import AGREEMENT_DOCUMENT, NOW, Realm
from trust.test_lists import CREDENTIAL as LISTED
from trust.test_lists import INDEX, REVOKED, VALID, Issuing
from world import CHONGQING, SICHUAN, decision, issue

CREDENTIAL = issue(issued_at=NOW - 3_600)
POINTS: Final = 100
POINTS_IN_CI: Final = 8
_RANDOM: Final = random.Random(20261123)  # noqa: S311 - points in a run, and the same ones every day
FRACTIONS: Final = [_RANDOM.random() for _ in range(POINTS)]
WATCHED: Final = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree", "os.truncate"}

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def in_child(work: Callable[[], object], before: Callable[[], object] = int) -> int:
    """Do something in a process of its own; its exit status, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        status = 1
        with suppress(BaseException):
            before()
            work()
            status = 0
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_at(nth: int) -> Callable[[], None]:
    """Die just before Python does the n-th thing to the disk."""
    count = 0

    def watch(event: str, _: tuple[Any, ...]) -> None:
        nonlocal count
        if event in WATCHED:
            count += 1
            if count == nth:
                os.kill(os.getpid(), signal.SIGKILL)

    return lambda: sys.addaudithook(watch)


def events_of(work: Callable[[], object], folder: Path) -> int:
    """How many such things an undisturbed run does."""
    log = folder / "events"

    def count() -> None:
        seen = 0

        def watch(event: str, _: tuple[Any, ...]) -> None:
            nonlocal seen
            seen += event in WATCHED

        sys.addaudithook(watch)
        work()
        log.write_text(str(seen))

    assert in_child(count) == 0
    return int(log.read_text())


def suspend(realm: Realm) -> None:
    """The second version: the key is suspended, and Chongqing has left the agreement."""
    realm.list_issuer(state="suspended", since="2026-01-01T00:00:00+08:00")
    (realm.source / CHONGQING / "agreements" / f"{AGREEMENT_DOCUMENT['id']}.json").unlink()


OLD: Final = {(Outcome.ACCEPTED, None)}
NEW: Final = {(Outcome.UNDETERMINED, Reason.KEY_SUSPENDED)}


def answer(realm: Realm) -> tuple[Outcome, Reason | None]:
    verdict = realm.verify(CREDENTIAL)
    reasons = {finding.reason for finding in verdict.findings}
    assert (Reason.KEY_SUSPENDED in reasons) == (Reason.AGREEMENT_NOT_MUTUAL in reasons)  # never one without the other
    return decision(verdict)[:2]


points = pytest.mark.parametrize(
    "point", [pytest.param(n, marks=[pytest.mark.slow] if n >= POINTS_IN_CI else []) for n in range(POINTS)]
)


@pytest.fixture(scope="session")
def sync_events(first_realm: Realm, tmp_path_factory: pytest.TempPathFactory) -> int:
    realm = first_realm.copied(tmp_path_factory.mktemp("undisturbed"))
    realm.sync()
    suspend(realm)
    realm.publish()
    return events_of(realm.sync, realm.folder)


@points
def test_a_sync_that_is_killed_leaves_the_old_or_the_new(point: int, realm: Realm, sync_events: int) -> None:
    realm.sync()
    suspend(realm)
    realm.publish()
    nth = 1 + int(FRACTIONS[point] * sync_events)
    assert in_child(realm.sync, kill_at(nth)) in {-signal.SIGKILL, 0}
    assert answer(realm) in OLD | NEW
    realm.sync()
    assert answer(realm) in NEW
    assert not list((realm.home / "registry").rglob("*.part"))


@points
def test_a_first_sync_that_is_killed_is_finished_by_the_next(point: int, realm: Realm, sync_events: int) -> None:
    realm.init()
    in_child(realm.sync, kill_at(1 + int(FRACTIONS[point] * sync_events * 3)))
    assert realm.verify(CREDENTIAL).outcome in {Outcome.UNDETERMINED, Outcome.ACCEPTED}
    realm.sync()
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


@pytest.fixture(scope="session")
def publish_events(first_realm: Realm, tmp_path_factory: pytest.TempPathFactory) -> int:
    realm = first_realm.copied(tmp_path_factory.mktemp("undisturbed"))
    suspend(realm)
    return events_of(realm.publish, realm.folder)


@points
def test_a_publication_that_is_killed_serves_the_old_or_the_new(point: int, realm: Realm, publish_events: int) -> None:
    realm.sync()
    suspend(realm)
    nth = 1 + int(FRACTIONS[point] * publish_events)
    assert in_child(realm.publish, kill_at(nth)) in {-signal.SIGKILL, 0}
    realm.sync()
    assert answer(realm) in OLD | NEW
    realm.publish()
    realm.sync()
    assert answer(realm) in NEW
    fresh = Realm(realm.folder)
    fresh.home = realm.folder / "another counter"
    fresh.sync()
    assert answer(fresh) in NEW


@pytest.fixture(scope="session")
def list_realm(first_realm: Realm, tmp_path_factory: pytest.TempPathFactory) -> Realm:
    """A counter that has a list, and a source that serves the next one and its delta."""
    realm = first_realm.copied(tmp_path_factory.mktemp("lists"))
    office = Issuing(realm)
    office.publish()
    realm.sync()
    office.publish(INDEX)
    return realm


@pytest.fixture(scope="session")
def list_events(list_realm: Realm, tmp_path_factory: pytest.TempPathFactory) -> int:
    realm = list_realm.copied(tmp_path_factory.mktemp("undisturbed"))
    return events_of(realm.sync, realm.folder)


@points
def test_a_sync_by_delta_that_is_killed_leaves_the_old_list_or_the_new(
    point: int, list_realm: Realm, list_events: int, tmp_path: Path
) -> None:
    realm = list_realm.copied(tmp_path)
    assert in_child(realm.sync, kill_at(1 + int(FRACTIONS[point] * list_events))) in {-signal.SIGKILL, 0}
    assert decision(realm.verify(LISTED)) in {VALID, REVOKED}
    realm.sync()
    assert decision(realm.verify(LISTED)) == REVOKED
    assert not list((realm.home / "registry").rglob("*.part"))


def number(realm: Realm, version: int) -> None:
    """A version that says its number in two files of two regions."""
    document = {**AGREEMENT_DOCUMENT, "version": version}
    for code in (SICHUAN, CHONGQING):
        realm.list_agreement(code, document)
    realm.list_issuer(types=["business-licence"] * version)


def read_numbers(realm: Realm) -> tuple[int, int]:
    """The number as the agreement says it and as the registry's version does."""
    finding = next(f for f in realm.verify(CREDENTIAL).findings if f.check == "recognition")
    return int(str(finding.params["version"])), int(realm.read().registry.version)


@pytest.mark.parametrize(
    ("readers", "syncs"), [(4, 8), pytest.param(20, 100, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_readers_never_fail_and_never_see_a_mixture(realm: Realm, readers: int, syncs: int) -> None:
    number(realm, 2)
    realm.publish()
    realm.sync()
    stop = realm.folder / "stop"

    def read() -> None:
        last = 0
        while not stop.exists():
            said, _ = read_numbers(realm)
            assert said >= last, (said, last)
            last = said

    children = []
    for _ in range(readers):
        child = os.fork()
        if child == 0:
            status = 1
            with suppress(BaseException):
                read()
                status = 0
            os._exit(status)
        children.append(child)
    for version in range(3, syncs + 3):
        number(realm, version)
        realm.publish()
        assert realm.sync().version == version
    stop.touch()
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * readers


@pytest.mark.parametrize("size", [0, 600, 3_000])
def test_a_full_disk_leaves_the_old_generation_and_nothing_else(realm: Realm, size: int) -> None:
    realm.sync()
    before = sorted(path for path in (realm.home / "registry").rglob("*") if path.is_file())
    suspend(realm)
    realm.publish()

    def starved() -> None:
        with pytest.raises(EnvironmentFailureError) as caught:
            realm.sync()
        assert caught.value.code in {"sync-unwritable", "file-unwritable"}
        assert str(realm.home) in str(caught.value.params["path"])

    limit = (size, resource.RLIM_INFINITY)
    assert in_child(starved, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)) == 0
    assert answer(realm) in OLD
    assert sorted(path for path in (realm.home / "registry").rglob("*") if path.is_file()) == before
    realm.sync()
    assert answer(realm) in NEW


def test_a_file_system_without_links_will_do(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stick with FAT: no symbolic links, no hard links; the home lies on it, and so does the source."""
    for name in ("symlink", "link"):
        real = getattr(os, name)

        def refuse(source: Any, target: Any, *rest: Any, real: Any = real, **options: Any) -> None:
            if str(target).startswith(str(realm.folder)):
                raise PermissionError(1, "Operation not permitted", str(target))
            real(source, target, *rest, **options)

        monkeypatch.setattr(os, name, refuse)
    realm.sync()
    suspend(realm)
    realm.publish()
    realm.sync()
    assert answer(realm) in NEW


def test_two_syncs_at_once_both_end_well(realm: Realm) -> None:
    realm.sync()
    suspend(realm)
    realm.publish()
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            status = 1
            with suppress(BaseException):
                realm.sync()
                status = 0
            os._exit(status)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
    assert answer(realm) in NEW
    assert len(list((realm.home / "registry" / "generations").iterdir())) == 2


def test_a_lock_of_a_process_that_was_killed_is_no_lock(realm: Realm) -> None:
    realm.init()
    assert in_child(realm.sync, kill_at(30)) == -signal.SIGKILL
    with suppress(CertxError):
        realm.verify(CREDENTIAL)
    assert realm.sync().is_new
