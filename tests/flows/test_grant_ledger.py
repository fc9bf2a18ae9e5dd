"""What a body grants stands in the ledger of its licences, so that its status lists can end it."""

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from certx.app.machine.ledgers import make_ledger
from certx.app.recognition.grant_ledger import Make, enter_grants, revoke_here
from certx.errors import UsageError
from certx.keys import Signer
from certx.ledger import StatusChange
from certx.licence.status import CanonicalStatus
from certx.recognition.grant import Grant, make_grant, read_grant
from certx.settings import Settings, load_settings
from certx.status.reference import list_uri, series_of
from granting import GRANTEE, GRANTS, TERMS, THIEF, Body, granted
from world import CREDIT_CODE, ISSUER, NOW, SICHUAN

SERIES: Final = series_of(SICHUAN, CREDIT_CODE)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = load_settings({"CERTX_HOME": str(tmp_path)})
    make_ledger(found).close()
    return found


def making(signer: Signer = GRANTS) -> Make:
    terms = TERMS._replace(licence=None)
    return partial(make_grant, terms, GRANTEE.public_jwk, signer, grantor=ISSUER, issued_at=int(NOW))


def entered(settings: Settings, *uniques: str) -> list[Grant]:
    wanted = dict.fromkeys(uniques, making())
    return [read_grant(text) for text in enter_grants(settings, Body().issuer, GRANTS.kid, wanted, now=NOW)]


def ended(settings: Settings) -> dict[int, CanonicalStatus]:
    with closing(make_ledger(settings)) as ledger:
        return {idx: status for one in ledger.lists(SERIES) for idx, status in one.statuses.items()}


def test_each_grant_has_an_entry_of_its_own_and_ends_by_it(settings: Settings) -> None:
    first, second = entered(settings, "a", "b")
    assert first.place is not None
    assert second.place is not None
    assert first.place.uri == second.place.uri == list_uri(SERIES, 1)
    assert first.place.idx != second.place.idx
    with closing(make_ledger(settings)) as ledger:
        assert ledger.live_by_type() == {}
        assert [(use.kid, use.live) for use in ledger.uses(CREDIT_CODE)] == [(GRANTS.kid, 2)]
    assert revoke_here(settings, [first], "contract ended", now=NOW) == StatusChange(1, 0, 0)
    assert ended(settings) == {first.place.idx: CanonicalStatus.CANCELLED}
    assert revoke_here(settings, [first, second], "all", now=NOW) == StatusChange(1, 0, 1)
    assert ended(settings).keys() == {first.place.idx, second.place.idx}


def test_it_is_the_very_grant_that_is_ended_not_one_that_bears_its_number(settings: Settings) -> None:
    """Whoever hands in a forged one would have another ended than the one that is looked at."""
    (good,) = entered(settings, "a")
    forged = read_grant(making(THIEF)(unique="a", place=good.place))
    assert forged.number == good.number
    for grants in ([forged], [good, forged]):
        with pytest.raises(UsageError) as caught:
            revoke_here(settings, grants, "x", now=NOW)
        assert caught.value.code == "grant-not-here"
    assert ended(settings) == {}


def test_what_has_no_entry_is_not_asked_for_in_a_ledger(tmp_path: Path) -> None:
    without = load_settings({"CERTX_HOME": str(tmp_path)})
    with pytest.raises(UsageError) as caught:
        revoke_here(without, [read_grant(granted())], "x", now=NOW)
    assert caught.value.code == "grant-not-here"


def test_a_body_that_signs_no_lists_needs_no_ledger(tmp_path: Path) -> None:
    issuer, without = Body().issuer._replace(status_keys={}), load_settings({"CERTX_HOME": str(tmp_path)})
    (text,) = enter_grants(without, issuer, GRANTS.kid, {"a": making()}, now=NOW)
    assert read_grant(text).place is None
    with pytest.raises(UsageError) as caught:
        enter_grants(without, Body().issuer, GRANTS.kid, {"a": making()}, now=NOW)
    assert caught.value.code == "ledger-none"
