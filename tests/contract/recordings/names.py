"""Names that the recorder masked, and ids that are new at every run: one text for both sides, never a looser look.

| recorded | stands for |
|---|---|
| `mock-deployment` in a request | the deployment that the answer names (`scope.deployment_of`) |
| the factory's real name in lower case | the masked name in lower case: the recorder misses that spelling |
| an operation's id in an address | the id that the sandbox gave for the same call |
| `store` and 13 letters | `uniqueString` of the resource group's masked id |
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.contract.recordings.recorded import Answer, Interaction

MASKED_DEPLOYMENT = "mock-deployment"
_OPERATION = re.compile(r"/operation(?:statuses|results|s)/([^/?\"]+)", re.IGNORECASE)
_FACTORY_ID = re.compile(r"/factories/([^/]+)$", re.IGNORECASE)
_UNIQUE = re.compile(r"(?<=/storageAccounts/store)[a-z0-9]{13}\b")


@dataclass(slots=True)
class Names:
    """What is known of one session's names, growing with each answer."""

    _recorded: dict[str, str] = field(default_factory=dict)
    _asked: dict[str, str] = field(default_factory=dict)

    def address(self, each: Interaction, deployment: str) -> str:
        """The path and query of a request as the sandbox knows them."""
        path = each.path.replace(f"/{MASKED_DEPLOYMENT}", f"/{deployment or MASKED_DEPLOYMENT}")
        for recorded, given in self._asked.items():
            path = path.replace(recorded, given)
        return f"{path}?{each.query}"

    def learn(self, recorded: Answer, given: Answer) -> None:
        """Remember which recorded id is which of the sandbox's, and the factory's real name."""
        self._learn_factory(recorded.body)
        for header in ("azure-asyncoperation", "location"):
            pair = [_OPERATION.search(each.headers.get(header, "")) for each in (recorded, given)]
            if pair[0] and pair[1]:
                self._asked[pair[0][1]] = pair[1][1]
        ids = [
            {_target(each): each["operationId"] for each in _operations(answer.body)} for answer in (recorded, given)
        ]
        self._asked |= {known: ids[1][target] for target, known in ids[0].items() if target in ids[1]}

    def _learn_factory(self, body: Any) -> None:
        if isinstance(body, dict) and body.get("type") == "Microsoft.DataFactory/factories":
            found = _FACTORY_ID.search(body["id"])
            if found and found[1] != body["name"].lower():
                self._recorded[found[1]] = body["name"].lower()

    def of_recording(self, answer: Answer) -> Answer:
        """A recorded answer with the masked names and the sandbox's ids."""
        return _changed(answer, self._recorded | self._asked)


def without_unique(answer: Answer) -> Answer:
    """An answer with a word in the place of what `uniqueString` gave."""
    text = json.dumps([answer.headers, answer.body])
    headers, body = json.loads(_UNIQUE.sub("-unique", text))
    return Answer(answer.status, headers, body, answer.year)


def _changed(answer: Answer, names: dict[str, str]) -> Answer:
    text = json.dumps([answer.headers, answer.body])
    for recorded, wanted in names.items():
        text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(recorded)}(?![A-Za-z0-9])", wanted.replace("\\", r"\\"), text)
    headers, body = json.loads(text)
    return Answer(answer.status, headers, body, answer.year)


def _operations(body: Any) -> list[dict[str, Any]]:
    value = body.get("value") if isinstance(body, dict) else None
    found = [*value, body] if isinstance(value, list) else [body]
    return [each for each in found if isinstance(each, dict) and "operationId" in each]


def _target(operation: dict[str, Any]) -> str:
    target = operation["properties"].get("targetResource", {})
    return str(target.get("id", ""))
