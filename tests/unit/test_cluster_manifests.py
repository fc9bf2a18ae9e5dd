"""The Kubernetes manifests of docs/cluster.md: YAML of the kinds that they say, whose parts fit together."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

PAGE: Final = Path(__file__).parents[2] / "docs" / "cluster.md"
(BLOCK,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
MANIFESTS: Final[list[dict[str, Any]]] = list(yaml.safe_load_all(BLOCK))
API: Final = {
    "Deployment": "apps/v1", "Job": "batch/v1", "Service": "v1", "NetworkPolicy": "networking.k8s.io/v1",
}  # fmt: skip
SOURCES: Final = {"secret": "secretName", "configMap": "name", "persistentVolumeClaim": "claimName"}
TEMPLATED: Final = [manifest for manifest in MANIFESTS if "template" in manifest["spec"]]
NAMED: Final = {"ids": lambda manifest: manifest["metadata"]["name"]}


def test_there_is_all_that_a_cluster_needs_and_once() -> None:
    kinds = [(manifest["kind"], manifest["metadata"]["name"]) for manifest in MANIFESTS]
    assert kinds == [
        ("Deployment", "scheduler"), ("Service", "scheduler"), ("Deployment", "workers"), ("Job", "issue"),
        ("NetworkPolicy", "certx-only"),
    ]  # fmt: skip


@pytest.mark.parametrize("manifest", MANIFESTS, **NAMED)
def test_each_is_of_the_version_of_its_kind(manifest: dict[str, Any]) -> None:
    assert manifest["apiVersion"] == API[manifest["kind"]]
    assert manifest.keys() == {"apiVersion", "kind", "metadata", "spec"}


@pytest.mark.parametrize("manifest", TEMPLATED, **NAMED)
def test_what_a_container_mounts_is_a_volume_of_its_pod(manifest: dict[str, Any]) -> None:
    pod = manifest["spec"]["template"]["spec"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        mounted = [mount["name"] for mount in container["volumeMounts"]]
        assert sorted(mounted) == sorted(volumes)
        assert all(isinstance(word, str) for word in container["args"])
        assert all(isinstance(value.get("value", ""), str) for value in container.get("env", ()))
    for volume in volumes.values():
        ((kind, source),) = [(key, value) for key, value in volume.items() if key != "name"]
        assert kind == "emptyDir" or source[SOURCES[kind]]
        if kind == "secret":
            assert source["defaultMode"] == 0o400


@pytest.mark.parametrize("manifest", TEMPLATED, **NAMED)
def test_selectors_find_the_pods_that_they_are_for(manifest: dict[str, Any]) -> None:
    labels = manifest["spec"]["template"]["metadata"]["labels"]
    assert labels["app"] == "certx", "the network policy is for all parts"
    if manifest["kind"] == "Deployment":
        assert manifest["spec"]["selector"]["matchLabels"] == labels


def test_the_service_leads_to_the_scheduler_at_the_port_that_it_listens_on() -> None:
    scheduler, service = MANIFESTS[:2]
    pod = scheduler["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    (port,) = service["spec"]["ports"]
    assert service["spec"]["selector"] == pod["metadata"]["labels"]
    assert container["args"][container["args"].index("--port") + 1] == str(port["port"])
    address = f"tls://{service['metadata']['name']}:{port['port']}"
    users = [c for m in TEMPLATED[1:] for c in m["spec"]["template"]["spec"]["containers"]]
    assert all(address in container["args"] for container in users)
