"""How a trigger stands, for tests that care for nothing else."""

from ecluse.azure.factory import AzureDataFactory
from ecluse.model.objects import ObjectRef


def is_on(factory: AzureDataFactory, ref: ObjectRef) -> bool | None:
    """Whether it runs; None when there is none."""
    state = factory.trigger(ref)
    return None if state is None else state.running
