"""What signs a batch: processes of this machine, or a cluster."""

from certx.app.issuing.run import MakeRunner, on_this_machine
from certx.errors import UsageError
from certx.settings import ClusterSettings, Settings


def choose_runner(
    name: str | None, named: ClusterSettings, settings: Settings, *, workers: int | None, is_open: bool
) -> MakeRunner:
    """The runner of that name, `None`: of this machine. Of its cluster, what is not `named` is as in the settings.

    `is_open`: rows may go unencrypted to another machine. Raises `UsageError` for a name that nobody has, and for a
    number of `workers` where the cluster says how many there are.
    """
    if name is None:
        return on_this_machine
    if name != "dask":
        raise UsageError("runner-unknown", hint="runner-unknown", runner=name)
    if workers is not None:
        raise UsageError("cluster-workers", hint="cluster-workers")
    from certx.app.issuing.cluster import on_cluster  # noqa: PLC0415 - rarely asked for

    chosen = {field: given or getattr(settings.cluster, field) for field, given in named._asdict().items()}
    return on_cluster(named._replace(**chosen), is_open=is_open)
