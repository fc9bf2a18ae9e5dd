"""The counter, plain and full screen: the same verdicts as `certx verify`, whatever happens around it."""

import asyncio
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from certx.app.carrier import confined
from certx.app.counter.background_sync import BackgroundSync
from certx.app.counter.folder_watch import FolderWatch
from certx.app.counter.session import Counter, Shown, Waiting
from certx.app.machine.clock import now
from certx.app.registry.sources import LocalSources
from certx.app.verifying.verdict_log import read_history
from certx.carrier import symbols
from certx.credential.parse import parse
from certx.i18n import Words
from certx.recognition.scenario import Scenario
from certx.settings import Settings, load_settings
from certx.tui.app import CounterApp
from hostile import HELD
from trust.realm import AGREEMENT_DOCUMENT, Realm
from unit.mutating import ODD
from world import (
    CHONGQING,
    OTHER_ISSUER,
    OTHER_KEY,
    SICHUAN,
    STATUS_KEY,
    STATUS_URI,
    STRANGER,
    TYPES,
    forge,
    issue,
)

DAY: Final = 86_400
_ALPHABET: Final = "ABCDEFabcdef0123456789-_~."


@pytest.fixture
def home(town: Path, tmp_path: Path) -> Path:
    """The home of the demo's counter in Chongqing, to be changed freely."""
    return shutil.copytree(town.parent / "day" / "counter", tmp_path / "home")


@pytest.fixture
def settings(home: Path) -> Settings:
    return load_settings({"CERTX_HOME": str(home)})


@pytest.fixture(scope="session")
def good(town: Path) -> str:
    return (town / "licences" / "business-licence.txt").read_text().strip()


def hundred(town: Path, settings: Settings) -> list[str]:
    """Scans of every kind: the demo's cases, licences of each type, symbols of them, all of these changed, garbage."""
    chance = random.Random(5)  # noqa: S311 - the same cases every time
    whole = [path.read_text().strip() for path in sorted((town / "cases").glob("*.txt"))]
    whole += [path.read_text().strip() for path in sorted((town / "licences").glob("*.txt"))]
    dictionaries = LocalSources(settings, now=now()).dictionary
    for number, credential in enumerate(whole[-8:]):
        texts = symbols.write(credential, dictionaries, digits=number % 2 == 1)
        whole += texts if len(texts) == 1 else []
    whole += ["garbage", "eyJ", "eyJ.e30.x~", "CX1:", "CX1:%%%", "6901234567892", '{"credential":1}', "[]", "证照"]
    changed = []
    while len(whole) + len(changed) < 110:
        text = chance.choice(whole[:-9])
        place = chance.randrange(len(text))
        odd = chance.choice(_ALPHABET)
        changed.append(chance.choice([text[:place], text[:place] + odd + text[place + 1 :], text + odd]))
    return list(dict.fromkeys(text for text in (*whole, *changed) if text.strip()))


def certx(home: Path, *arguments: str, stdin: str = "", status: int | None = 0) -> str:
    environment = {**os.environ, "CERTX_HOME": str(home), "PYTHONUTF8": "1"}
    command = [sys.executable, "-P", "-m", "certx._entry", *arguments]
    done = subprocess.run(command, input=stdin.encode(), env=environment, capture_output=True, check=False)
    assert status is None or done.returncode == status, done.stderr.decode()
    return done.stdout.decode()


def judged(text: str) -> list[tuple[str | None, str | None]]:
    return [(item["outcome"], item["reason"]) for item in map(json.loads, text.encode().splitlines())]


def on_screen(
    settings: Settings,
    act: Callable[[CounterApp, Any], Awaitable[None]],
    *,
    clock: Callable[[], float] = now,
    watch: Path | None = None,
    size: tuple[int, int] = (80, 24),
) -> CounterApp:
    """A full-screen counter, driven by `act`; it has ended."""
    quiet = settings._replace(sync_minutes=0)
    counter = Counter(quiet)
    folder = FolderWatch(watch) if watch is not None else None
    app = CounterApp(counter, BackgroundSync(quiet), "zh", clock=clock, watch=folder)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await act(app, pilot)
            await pilot.pause()

    asyncio.run(run())
    counter.close(now=now())
    return app


async def type_in(pilot: Any, text: str) -> None:
    """Keys as fast as they are taken, the way a scanner's come."""
    from textual.events import Key  # noqa: PLC0415 - of an extra

    for char in text:
        pilot.app.post_message(Key("enter" if char == "\r" else char, None if char == "\r" else char))


def shown(app: CounterApp) -> list[tuple[str | None, str | None]]:
    """Outcome and reason of every scan of the shift, in order."""
    return [
        (None if seen.outcome == "unreadable" else seen.outcome, seen.reason or None)
        for seen in reversed([*app.session.shift])
    ]


def words_on(app: CounterApp, name: str) -> str:
    return str(app.query_one(f"#{name}").render())


def crafted() -> list[str]:
    """What an issuer of the realm, or a stranger, may have signed: each another way to be right or wrong."""
    chance, moment = random.Random(7), now()  # noqa: S311 - the same cases every time
    found = [issue(name, issued_at=moment - 60) for name in TYPES]
    times: tuple[object, ...] = (0, moment - 60, moment + 60, moment + 9e6, 1e300, -1, "soon", True, [], None)
    names = ("iat", "exp", "nbf")
    found += [forge(**{"iat": moment - 60, name: time}) for name in names for time in times]
    odd: dict[str, tuple[object, ...]] = {
        "iss": ("urn:certx:issuer:x", OTHER_ISSUER, 5, None),
        "vct": ("urn:certx:licence:none:1", "urn:certx:licence:driving-licence:1", "x"),
        "aud": ("me", 5),
        "cnf": ({}, {"jwk": {}}),
        "status": (
            {}, {"status_list": {"idx": -1, "uri": STATUS_URI}}, {"status_list": {"idx": 1, "uri": STATUS_URI}},
            {"status_list": {"idx": 2, "uri": STATUS_URI}}, {"status_list": {"idx": 9_999, "uri": STATUS_URI}},
            {"status_list": {"idx": 0, "uri": STATUS_URI}}, {"status_list": {"idx": 0, "uri": "https://x.example/1"}},
        ),
    }  # fmt: skip
    found += [forge(**{"iat": moment - 60, name: value}) for name, values in odd.items() for value in values]
    found += [forge(signer=signer, iat=moment - 60) for signer in (STRANGER, OTHER_KEY, STATUS_KEY)]
    claims = [name for name in parse(forge()).claims if name not in {*names, *odd}]
    while len(found) < 110:
        found.append(forge(**{"iat": moment - 60, chance.choice(claims): chance.choice(ODD)}))
    return found


def come_out_alike(home: Path, cases: list[str]) -> list[tuple[str | None, str | None]]:
    """What `verify`, `--plain` and the full screen make of each, which is the same."""
    assert len({*cases}) == len(cases) >= 100
    for number, case in enumerate(cases):
        (home / f"{number}.txt").write_text(case, "utf-8")
    files = [str(home / f"{number}.txt") for number in range(len(cases))]
    by_verify = judged(certx(home, "verify", *files, "--json", "--no-log", status=None))
    assert len(by_verify) == len(cases)
    assert judged(certx(home, "counter", "--plain", "--json", stdin="\n".join(cases))) == by_verify

    async def scan_all(_app: CounterApp, pilot: Any) -> None:
        for case in cases:
            await type_in(pilot, f"{case}\r")
        await pilot.pause()

    assert shown(on_screen(load_settings({"CERTX_HOME": str(home)}), scan_all)) == by_verify
    return by_verify


def test_a_hundred_scans_come_out_the_same_in_verify_plain_and_full_screen(
    town: Path, home: Path, settings: Settings
) -> None:
    found = come_out_alike(home, hundred(town, settings))
    assert {outcome for outcome, _ in found} == {"accepted", "invalid", "not-acceptable", None}


def test_a_hundred_crafted_credentials_come_out_the_same(tmp_path: Path) -> None:
    realm = Realm.founded(tmp_path)
    realm.list_statuses({1: 1, 2: 2}, issued_at=now())
    terms = {**AGREEMENT_DOCUMENT, "types": [name for name in TYPES if name != "driving-licence"]}
    for code in (SICHUAN, CHONGQING):
        realm.list_agreement(code, terms)
    realm.publish(now=now())
    realm.sync(now=now())
    found = come_out_alike(realm.home, crafted())
    assert {outcome for outcome, _ in found} == {"accepted", "invalid", "not-acceptable", "undetermined"}
    assert len({reason for _, reason in found}) >= 15, {reason for _, reason in found}


def test_twenty_scans_back_to_back_are_twenty_verdicts_in_order_and_logged(town: Path, settings: Settings) -> None:
    cases = [path.read_text().strip() for path in sorted((town / "cases").glob("*.txt"))] * 3

    async def burst(_app: CounterApp, pilot: Any) -> None:
        await type_in(pilot, "".join(f"{case}\r" for case in cases[:20]))
        await pilot.pause()

    app = on_screen(settings, burst)
    assert len(app.session.shift) == 20
    logged = [record.line.kind for record in read_history(settings, since=0, until=float("inf"), now=now())]
    assert [(kind.outcome or None, kind.reason or None) for kind in logged] == shown(app)


def test_the_screen_says_what_and_why_and_what_next_in_both_languages(town: Path, settings: Settings) -> None:
    said = {}

    async def look(app: CounterApp, pilot: Any) -> None:
        await type_in(pilot, (town / "cases" / "revoked.txt").read_text().strip() + "\r")
        for language in ("zh", "en"):
            await pilot.pause()
            said[language] = words_on(app, "banner") + words_on(app, "body")
            await pilot.press("f2")

    on_screen(settings, look)
    assert "无  效" in said["zh"]
    assert "下一步" in said["zh"]
    assert "I N V A L I D" in said["en"]
    assert "next" in said["en"]


def test_the_history_of_the_shift_has_no_personal_data(settings: Settings, good: str) -> None:
    said = []

    async def look(app: CounterApp, pilot: Any) -> None:
        await type_in(pilot, f"{good}\r")
        await pilot.pause()
        said.append(words_on(app, "history"))
        assert "张示例" in words_on(app, "body") or app.session.view.answer is not None

    on_screen(settings, look)
    assert "营业执照" in said[0]
    assert "张示例" not in said[0]
    assert "成都示例" not in said[0]


def test_a_scan_that_is_cut_off_is_dropped_with_a_message_and_the_next_one_counts(
    settings: Settings, good: str
) -> None:
    async def unplug(app: CounterApp, pilot: Any) -> None:
        await type_in(pilot, good[:900])
        await pilot.pause(1.5)
        assert "900" in words_on(app, "banner")
        assert len(app.session.shift) == 0
        await type_in(pilot, f"{good}\r")
        await pilot.pause()

    assert shown(on_screen(settings, unplug)) == [("accepted", None)]


def test_a_whole_scan_needs_no_line_end(settings: Settings, good: str) -> None:
    async def scan(_app: CounterApp, pilot: Any) -> None:
        await type_in(pilot, good)
        await pilot.pause(0.7)

    assert shown(on_screen(settings, scan)) == [("accepted", None)]


def test_pastes_of_credentials_and_of_paths_are_whole(town: Path, settings: Settings, good: str) -> None:
    from textual.events import Paste  # noqa: PLC0415 - of an extra

    path = town / "cases" / "altered.txt"

    async def paste(app: CounterApp, pilot: Any) -> None:
        for text in (good, f'"{path}"', path.as_uri(), f"{good}\n{good}"):
            app.post_message(Paste(text))
        while len(app.session.shift) < 5:
            await pilot.pause(0.02)

    found = shown(on_screen(settings, paste))
    assert sorted(outcome for outcome, _ in found) == ["accepted", "accepted", "accepted", "invalid", "invalid"]


def test_a_scan_does_not_wait_for_a_file_that_takes_long_to_open(settings: Settings, good: str, tmp_path: Path) -> None:
    from textual.events import Paste  # noqa: PLC0415 - of an extra

    path = tmp_path / "slow.pdf"
    path.write_bytes(HELD["a page of a billion drawings"])

    async def paste(app: CounterApp, pilot: Any) -> None:
        app.post_message(Paste(str(path)))
        await pilot.pause()
        assert "正在打开" in words_on(app, "prompt")
        app.post_message(Paste(good))
        while len(app.session.shift) < 2:
            await pilot.pause(0.02)
        assert words_on(app, "prompt").strip() == ""

    found = shown(on_screen(settings, paste))
    assert [outcome for outcome, _ in found] == ["accepted", None]


def test_files_dropped_into_a_watched_folder_are_verified_once_each(
    town: Path, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()

    async def drop(app: CounterApp, pilot: Any) -> None:
        for name in ("revoked", "altered"):
            shutil.copyfile(town / "cases" / f"{name}.txt", folder / f"{name}.txt")
            os.utime(folder / f"{name}.txt", (len(name), len(name)))
        for _ in range(50):
            await pilot.pause(0.1)
            if len(app.session.shift) == 2:
                break
        await pilot.pause(1.2)

    app = on_screen(settings, drop, watch=folder)
    assert sorted(str(reason) for _, reason in shown(app)) == ["revoked", "signature-wrong"]


def test_symbols_of_one_licence_may_come_in_any_order(
    settings: Settings, good: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(symbols, "ROOM_ALONE", 100)
    monkeypatch.setattr(symbols, "ROOM", 350)
    parts = symbols.write(good, LocalSources(settings, now=now()).dictionary)
    assert len(parts) >= 2
    counter = Counter(settings)
    found = [counter.scan(part, now=now()) for part in (*parts[:0:-1], parts[-1], parts[0])]
    assert found[0] == Waiting(1, len(parts), "1")
    assert found[-2] == Waiting(len(parts) - 1, len(parts), str(len(parts)))
    assert isinstance(found[-1], Shown)
    (answer,) = found[-1].answers
    assert answer.verdict is not None
    assert answer.verdict.outcome == "accepted"
    assert not counter.waiting


def test_quitting_asks_only_if_something_is_not_finished(settings: Settings, good: str) -> None:
    async def leave(app: CounterApp, pilot: Any) -> None:
        await type_in(pilot, "ab")
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert app.is_running
        assert "Y" in words_on(app, "body")
        await pilot.press("escape", "escape")
        await type_in(pilot, f"{good}\r")
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert not app.is_running or app._exit

    on_screen(settings, leave)


def test_a_registry_that_expires_while_the_counter_is_open_is_noticed(settings: Settings, good: str) -> None:
    moments = [now()]

    async def wait(app: CounterApp, pilot: Any) -> None:
        for later in (0, 9 * DAY, 30 * DAY):
            moments[0] = now() + later
            await type_in(pilot, f"{good}\r")
            await pilot.pause()
        await pilot.pause(1.1)
        assert "×" in words_on(app, "registry")

    app = on_screen(settings, wait, clock=lambda: moments[0])
    assert [outcome for outcome, _ in shown(app)] == ["accepted", "accepted", "undetermined"]


def test_plain_takes_up_a_registry_that_another_process_has_changed(home: Path, good: str) -> None:
    environment = {**os.environ, "CERTX_HOME": str(home), "PYTHONUTF8": "1"}
    command = [sys.executable, "-P", "-m", "certx._entry", "counter", "--plain", "--json"]
    pointer = home / "registry" / "current"
    kept = pointer.read_bytes()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def ask() -> tuple[str | None, str | None]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{good}\n".encode())
            process.stdin.flush()
            return judged(process.stdout.readline().decode())[0]

        assert ask() == ("accepted", None)
        pointer.unlink()
        assert ask()[0] == "undetermined"
        pointer.write_bytes(kept)
        assert ask() == ("accepted", None)
        process.stdin.close()
        assert process.wait(20) == 0


@pytest.mark.parametrize("name", ["\\\\evil\\share\\x.txt", "//evil/share/x", "file://evil/share/x", "/dev/zero", "."])
def test_a_scan_opens_no_share_and_no_device(settings: Settings, name: str) -> None:
    found = Counter(settings).scan(name, now=now())
    assert isinstance(found, Shown)
    assert found.answers[0].error is not None
    assert found.answers[0].error.reason.startswith("unreadable-not-a-credential")


def test_the_log_is_never_in_the_way(home: Path, town: Path) -> None:
    (home / "counter.salt").write_bytes(b"damaged")
    case = str(town / "cases" / "revoked.txt")
    assert judged(certx(home, "verify", case, "--json", status=3)) == [("invalid", "revoked")]
    assert judged(certx(home, "counter", "--plain", "--json", stdin=case)) == [("invalid", "revoked")]


def test_what_is_logged_and_what_is_not(home: Path, town: Path) -> None:
    case = str(town / "cases" / "revoked.txt")
    certx(home, "verify", case, status=3)
    certx(home, "verify", case, "--no-log", status=3)
    certx(home, "verify", case, "--at", "2026-01-01", status=None)
    certx(home, "counter", "--plain", stdin=f"{case}\n")
    records = [json.loads(line) for line in certx(home, "counter", "--history", "--json").splitlines()]
    assert [(record["number"], record["outcome"], record["reason"]) for record in records] == [
        (1, "invalid", "revoked"), (2, "invalid", "revoked"),
    ]  # fmt: skip
    assert records[0]["licence"] == records[1]["licence"] is not None
    shown_lines = certx(home, "counter", "--history", "--lang", "zh").splitlines()
    assert len(shown_lines) == 2
    assert "无效  营业执照" in shown_lines[0]
    assert certx(home, "counter", "--history", "--day", "2020-01-01") == ""


def test_a_machine_that_was_never_set_up_gets_no_log(town: Path, tmp_path: Path) -> None:
    certx(tmp_path / "nowhere", "verify", str(town / "cases" / "revoked.txt"), status=None)
    assert not (tmp_path / "nowhere").exists()


def test_many_verdicts_are_logged_in_chunks(home: Path, town: Path) -> None:
    lines = [path.read_text().strip() for path in sorted((town / "cases").glob("*.txt"))] * 40
    judged(certx(home, "verify", "-", "--json", stdin="\n".join(lines), status=3))
    records = certx(home, "counter", "--history", "--json").splitlines()
    assert len(records) == len(lines)


def scans() -> Iterator[list[str]]:
    yield ["--csv", "x"]
    yield ["--json"]
    yield ["--plain", "--watch", "."]
    yield ["--history", "--plain"]
    yield ["--history", "--day", "2026-01-01", "--since", "2026-01-01"]
    yield ["--history", "--csv", "x", "--json"]
    yield []  # no terminal


@pytest.mark.parametrize("arguments", [*scans()], ids=" ".join)
def test_options_that_do_not_go_together_are_refused(home: Path, arguments: list[str]) -> None:
    certx(home, "counter", *arguments, status=2)


def test_a_file_whose_name_has_full_width_brackets_is_read(settings: Settings, tmp_path: Path, good: str) -> None:
    path = tmp_path / "证照（一）.txt"
    path.write_text(good, "utf-8")
    found = Counter(settings).scan(str(path), now=now())
    assert isinstance(found, Shown)
    assert [str(answer.verdict.outcome) for answer in found.answers if answer.verdict] == ["accepted"]


def widened(text: str) -> str:
    """As a Chinese input method that was left on types it."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def test_full_width_keys_are_mended_alike_in_verify_and_at_the_counter(home: Path, good: str) -> None:
    symbol = "ＣＸ１：" + widened("%%%")
    scans = [good, widened(good), f"{widened(good)}\u3000", symbol, f"{good}\n{widened(good)}"]
    by_verify = [judged(certx(home, "verify", "-", "--json", "--no-log", stdin=scan, status=None)) for scan in scans]
    by_counter = [judged(certx(home, "counter", "--plain", "--json", stdin=scan)) for scan in scans]
    assert by_verify == by_counter
    assert by_verify[:3] == [[("accepted", None)]] * 3
    assert by_verify[3] == [(None, "unreadable-symbol")]


def test_what_is_in_json_is_not_taken_for_typed(home: Path, good: str) -> None:
    item = json.dumps({"credential": good, "note": "证照（一）"}, ensure_ascii=False)
    assert judged(certx(home, "verify", "-", "--json", stdin=item)) == [("accepted", None)]


def test_the_help_can_be_read_to_its_end_in_both_languages(settings: Settings) -> None:
    said = {"zh": "", "en": ""}

    async def read(app: CounterApp, pilot: Any) -> None:
        for language in ("zh", "en"):
            await pilot.press("f1")
            for _ in range(4):
                await pilot.pause()
                said[language] += words_on(app, "body")
                assert all(len(line) <= 80 for line in words_on(app, "body").split("\n"))
                await pilot.press("pagedown")
            await pilot.press("escape", "f2")

    on_screen(settings, read)
    for language, text in said.items():
        assert [word for word in Words(language).term("counter-help").split() if word not in text] == []


def test_a_matter_with_a_long_name_is_named_as_far_as_there_is_room(settings: Settings) -> None:
    heads = list[str]()

    async def look(app: CounterApp, pilot: Any) -> None:
        app.session.counter.scenario = "matter-" + "long-" * 30
        await pilot.press("f2")
        await pilot.pause()
        heads.append("".join(segment.text for segment in app.query_one("#head").render_line(0)))

    on_screen(settings, look)
    assert "matter-long-long-" in heads[0]
    assert heads[0].rstrip().endswith("…")


def test_a_long_list_of_matters_follows_the_clerk(settings: Settings) -> None:
    matters = [Scenario(f"m{number}-" + "long" * 30, 1, "0001", {}, None, None) for number in range(30)]
    rows = list[str]()

    async def look(app: CounterApp, pilot: Any) -> None:
        app.session.view.choose(matters, None)
        for _ in range(30):
            await pilot.press("down")
            await pilot.pause()
            rows.append(words_on(app, "body"))

    on_screen(settings, look)
    assert all(f"m{number}-" in row for number, row in enumerate(rows))


def test_the_tally_is_never_cut(settings: Settings, town: Path) -> None:
    cases = [(town / "cases" / f"{name}.txt").read_text().strip() for name in ("accepted", "expired", "not-recognised")]
    lines = list[str]()

    async def look(app: CounterApp, pilot: Any) -> None:
        await pilot.press("f2")
        await type_in(pilot, "".join(f"{case}\r" for case in [*cases, "garbage"]))
        await pilot.pause()
        app.session.shift.tally["undetermined"] += 1_000
        for width in (100, 70, 50):
            await pilot.resize_terminal(width, 24)
            await pilot.pause()
            lines.append(words_on(app, "tally"))

    on_screen(settings, look)
    whole, less, least = lines
    assert "NOT ACCEPTABLE HERE 1" in whole
    assert len(less) <= 70
    assert "INVALID 1" in less
    assert len(least) <= 50
    assert all(f"{mark} {count}" in least for mark, count in (("√", 1), ("!", 1), ("?", 1000), ("×", 1)))


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
def test_the_history_says_in_words_what_and_why(settings: Settings, town: Path, size: tuple[int, int]) -> None:
    said = list[str]()

    async def look(app: CounterApp, pilot: Any) -> None:
        for name in ("expired", "not-recognised"):
            await type_in(pilot, (town / "cases" / f"{name}.txt").read_text().strip() + "\r")
        await pilot.pause()
        said.append(words_on(app, "side-history" if size[0] > 110 else "history"))

    on_screen(settings, look, size=size)
    assert "有效期已于" in said[0]
    assert "没有互认协议" in said[0]
    assert "四川省" in said[0]
    assert not any(code in said[0] for code in ("expired", "no-agreement", "510000"))
    assert all(len(line) <= size[0] for line in said[0].split("\n"))


def test_news_of_a_scanner_is_gone_with_the_next_scan_and_its_loss_is_not(settings: Settings, good: str) -> None:
    said = list[str]()

    async def look(app: CounterApp, pilot: Any) -> None:
        for notice in ("scanner-back", "scanner-gone"):
            app.inlets.news = notice
            await type_in(pilot, f"{good}\r")
            await pilot.pause()
            said.append(words_on(app, "prompt").strip())

    on_screen(settings, look)
    assert said[0] == ""
    assert said[1]


def test_a_package_that_is_missing_does_not_end_the_counter(
    settings: Settings, tmp_path: Path, good: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    monkeypatch.setattr(confined, "_READER", confined.ConfinedReader())
    monkeypatch.setattr(confined, "_PROGRAM", "import sys; sys.modules['PIL.Image'] = None\n" + confined._PROGRAM)
    counter = Counter(settings)
    found = counter.scan(str(path), now=now())
    assert isinstance(found, Shown)
    error = found.answers[0].error
    assert error is not None
    assert error.reason == "unreadable-file"
    assert "certx[carrier]" in str(error.params)
    assert isinstance(counter.scan(good, now=now()), Shown)


@pytest.mark.parametrize("trouble", ["damaged", "locked"])
def test_the_last_line_before_the_end_reaches_the_log(home: Path, settings: Settings, good: str, trouble: str) -> None:
    certx(home, "counter", "--plain", stdin=f"{good}\n")
    counter = Counter(settings)
    found = counter.scan(good, now=now())
    assert isinstance(found, Shown)
    database = sqlite3.connect(settings.counter, isolation_level=None)
    if trouble == "damaged":
        settings.counter_waiting.mkdir(exist_ok=True)
        (settings.counter_waiting / "1-ab.jsonl").write_text("garbage")
    else:
        database.execute("BEGIN IMMEDIATE")
    counter.note(found.answers, now=now())
    assert counter.log_problem is not None
    if trouble == "locked":
        database.execute("ROLLBACK")
    assert counter.close(now=now()) == 0
    assert len(list(read_history(settings, since=0, until=float("inf"), now=now()))) == 2
