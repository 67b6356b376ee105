"""What the sandbox remembers: one JSON document in DIR, in the shape that GET answers from."""

import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

from ecluse_sandbox import refusals

SCHEMA_VERSION = 1
PROVIDERS = (
    "Microsoft.Authorization",
    "Microsoft.DataFactory",
    "Microsoft.EventGrid",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
    "Microsoft.Resources",
    "Microsoft.Sql",
    "Microsoft.Storage",
)
KNOWN_PROVIDERS = (*PROVIDERS, "Microsoft.Logic", "Microsoft.Purview", "Microsoft.Web")


class World:
    """Subscriptions, resource groups, factories and deployments; raises Azure's refusals for what is absent.

    Addresses are case-insensitive, as Resource Manager's are; the spelling of the creation is kept.
    """

    def __init__(self, document: dict[str, Any], changed: Callable[[], None] = lambda: None) -> None:
        self.document = document
        self.changed = changed

    @property
    def tenant(self) -> str:
        """The one tenant's id."""
        return str(self.document["tenantId"])

    def subscription(self, subscription: str) -> dict[str, Any]:
        """The subscription, or SubscriptionNotFound."""
        found: dict[str, Any] | None = self.document["subscriptions"].get(subscription.lower())
        if found is None:
            raise refusals.subscription_not_found(subscription)
        return found

    def group(self, subscription: str, group: str) -> dict[str, Any]:
        """The resource group, or ResourceGroupNotFound."""
        found: dict[str, Any] | None = self.subscription(subscription)["groups"].get(group.lower())
        if found is None:
            raise refusals.group_not_found(group)
        return found

    def group_id(self, subscription: str, group: str) -> str:
        """`/subscriptions/…/resourceGroups/…` as Azure spells it."""
        name = self.group(subscription, group)["name"]
        return f"/subscriptions/{self.subscription(subscription)['subscriptionId']}/resourceGroups/{name}"

    def require_provider(self, subscription: str, namespace: str) -> None:
        """Raise MissingSubscriptionRegistration unless the namespace is registered."""
        provider = self.subscription(subscription)["providers"].get(namespace.lower())
        if provider is None or provider["registrationState"] != "Registered":
            raise refusals.not_registered(namespace)

    @property
    def factories(self) -> dict[str, Any]:
        """All factories, by `subscription/group/name` in lower case."""
        factories: dict[str, Any] = self.document["factories"]
        return factories

    def factory(self, subscription: str, group: str, name: str) -> dict[str, Any]:
        """The factory's record (`resource`, `objects`), or ResourceNotFound."""
        stored = self.group(subscription, group)["name"]
        found: dict[str, Any] | None = self.factories.get(address(subscription, group, name))
        if found is None:
            raise refusals.resource_not_found(f"Microsoft.DataFactory/factories/{name}", stored)
        return found

    def deployments(self, subscription: str, group: str) -> dict[str, Any]:
        """A resource group's deployments, by name in lower case."""
        self.group(subscription, group)
        deployments: dict[str, Any] = self.document["deployments"].setdefault(address(subscription, group), {})
        return deployments

    def new_etag(self) -> str:
        """As the service spells them: `0e005331-0000-0d00-0000-5d79c8c40000`, never twice the same."""
        self.document["etags"] += 1
        return f"{self.document['etags'] & 0xFFFFFFFF:08x}-0000-0d00-0000-{int(time.time()):08x}0000"


def address(*parts: str) -> str:
    """The key of something in the document."""
    return "/".join(parts).lower()


def seeded(subscription: str, groups: Iterable[str], location: str, tenant: str) -> dict[str, Any]:
    """A new document: a tenant, one subscription with registered providers, the named resource groups."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tenantId": tenant,
        "seed": {"subscription": subscription, "groups": list(groups), "location": location},
        "etags": secrets.randbits(24),
        "subscriptions": {
            subscription.lower(): {
                "subscriptionId": subscription,
                "displayName": "Ecluse sandbox",
                "providers": {
                    name.lower(): {"namespace": name, "registrationState": "Registered"} for name in PROVIDERS
                },
                "groups": {name.lower(): {"name": name, "location": location, "tags": {}} for name in groups},
            }
        },
        "factories": {},
        "deployments": {},
        "opaque": {},
    }
