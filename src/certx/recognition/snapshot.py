"""All that regions published that bears on recognition, read at once: every agreement and every scenario."""

from collections.abc import Mapping
from typing import NamedTuple

from certx.errors import CertxError
from certx.recognition.agreement import Agreement, UnreadAgreement
from certx.recognition.published import filings_of, read_filing, withdrawals_of
from certx.recognition.scenario import Scenario, scenario_ids, scenario_of
from certx.trust.files import RegistryFiles


class Published(NamedTuple):
    """What regions published that bears on recognition; a scenario that cannot be read is the error."""

    regions: tuple[str, ...]
    agreements: tuple[Agreement | UnreadAgreement, ...]
    scenarios: Mapping[str, Mapping[str, Scenario | CertxError]]
    """By region and id."""


def published_in(files: RegistryFiles) -> Published:
    """All of it; raises `CertxError` if a region cannot be relied on."""
    regions = tuple(sorted(files.regions()))
    withdrawals = withdrawals_of(files, regions)
    agreements = tuple(read_filing(files, filing, withdrawals) for filing in filings_of(files, regions))
    return Published(regions, agreements, {region: _scenarios(files, region) for region in regions})


def _scenarios(files: RegistryFiles, region: str) -> dict[str, Scenario | CertxError]:
    found: dict[str, Scenario | CertxError] = {}
    for scenario_id in scenario_ids(files, region):
        try:
            scenario = scenario_of(files, region, scenario_id)
        except CertxError as error:
            found[scenario_id] = error
        else:
            if scenario is not None:
                found[scenario_id] = scenario
    return found
