"""Data Factory's REST addresses, api-version 2018-06-01."""

from typing import Any

from ecluse_sandbox import captures, factories, objects, paging, pipeline_runs, refusals, runtimes, triggers
from ecluse_sandbox.answers import Answer
from ecluse_sandbox.kinds import FACTORY_TYPE, NAMESPACE, Collection
from ecluse_sandbox.router import Api, Route
from ecluse_sandbox.sandbox import Call

API = Api(NAMESPACE, ("2018-06-01",))

_IN_SUBSCRIPTION = "/subscriptions/{subscription}/providers/Microsoft.DataFactory"
_IN_GROUP = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DataFactory"
_FACTORY = f"{_IN_GROUP}/factories/{{factory}}"
_TRIGGER = f"{_FACTORY}/triggers/{{name}}"
_RUNTIME = f"{_FACTORY}/integrationRuntimes/{{name}}"
_CAPTURE = f"{_FACTORY}/adfcdcs/{{name}}"
_OBJECTS = f"{_FACTORY}/{{collection}}"
_ENDPOINTS = f"{_FACTORY}/managedVirtualNetworks/{{parent}}/{{collection}}"


def routes() -> list[Route]:
    """All addresses of the provider."""
    return [
        *_factory_routes(),
        *_trigger_routes(),
        *_runtime_routes(),
        *_capture_routes(),
        *_run_routes(),
        *_object_routes(_OBJECTS),
        *_object_routes(_ENDPOINTS),
    ]


def _factory_routes() -> list[Route]:
    repo = f"{_IN_SUBSCRIPTION}/locations/{{location}}/configureFactoryRepo"
    return [
        Route("GET", f"{_IN_SUBSCRIPTION}/factories", _list_factories, API),
        Route("POST", repo, _configure_repo, API),
        Route("GET", f"{_IN_GROUP}/factories", _list_factories, API),
        Route("PUT", _FACTORY, _put_factory, API),
        Route("PATCH", _FACTORY, _patch_factory, API),
        Route("GET", _FACTORY, _get_factory, API),
        Route("DELETE", _FACTORY, _delete_factory, API),
    ]


def _trigger_routes() -> list[Route]:
    return [
        Route("POST", f"{_TRIGGER}/start", _start_trigger, API),
        Route("POST", f"{_TRIGGER}/stop", _stop_trigger, API),
        Route("POST", f"{_TRIGGER}/subscribeToEvents", _subscribe, API),
        Route("POST", f"{_TRIGGER}/unsubscribeFromEvents", _unsubscribe, API),
        Route("POST", f"{_TRIGGER}/getEventSubscriptionStatus", _poll_subscription, API),
        Route("GET", f"{_TRIGGER}/getEventSubscriptionStatus", _follow_subscription, API),
    ]


def _runtime_routes() -> list[Route]:
    return [
        Route("POST", f"{_RUNTIME}/{{verb}}", _runtime_action, API),
        Route("PATCH", _RUNTIME, _get_runtime, API),
        Route("GET", f"{_RUNTIME}/{{verb}}/operationstatuses/{{operation}}", _runtime_operation, API),
        Route("GET", f"{_RUNTIME}/{{verb}}/operationresults/{{operation}}", _runtime_result, API),
    ]


def _capture_routes() -> list[Route]:
    return [
        Route("POST", f"{_CAPTURE}/start", _start_capture, API),
        Route("POST", f"{_CAPTURE}/stop", _stop_capture, API),
        Route("GET", f"{_CAPTURE}/status", _poll_capture, API),
    ]


def _run_routes() -> list[Route]:
    return [
        Route("POST", f"{_FACTORY}/pipelines/{{name}}/createRun", _create_run, API),
        Route("POST", f"{_FACTORY}/queryPipelineRuns", _query_runs, API),
    ]


def _object_routes(base: str) -> list[Route]:
    return [
        Route("GET", base, _list_objects, API),
        Route("PUT", f"{base}/{{name}}", _put_object, API),
        Route("GET", f"{base}/{{name}}", _get_object, API),
        Route("DELETE", f"{base}/{{name}}", _delete_object, API),
    ]


def _factory(call: Call) -> dict[str, Any]:
    return call.world.factory(call["subscription"], call["group"], call["factory"])


def _list_factories(call: Call) -> Answer:
    call.world.subscription(call["subscription"])
    prefix = call["subscription"].lower() + "/"
    if "group" in call.place:
        call.world.group(call["subscription"], call["group"])
        prefix += call["group"].lower() + "/"
    found = [record["resource"] for key, record in call.world.factories.items() if key.startswith(prefix)]
    return paging.page(call, found)


def _put_factory(call: Call) -> Answer:
    place = (call["subscription"], call["group"], call["factory"])
    return Answer(200, factories.put(call.sandbox, *place, call.object()))


def _patch_factory(call: Call) -> Answer:
    return Answer(200, factories.patch(call.sandbox, _factory(call), call.object()))


def _get_factory(call: Call) -> Answer:
    factory = _factory(call)
    return _unless_same(call, factory["resource"]["eTag"], factories.shown(factory))


def _delete_factory(call: Call) -> Answer:
    gone = factories.delete(call.sandbox, call["subscription"], call["group"], call["factory"])
    return Answer(200 if gone else 204)


def _configure_repo(call: Call) -> Answer:
    body = call.object()
    parts = str(body.get("factoryResourceId", "")).strip("/").split("/")
    if len(parts) != len(f"subscriptions/s/resourceGroups/g/providers/{FACTORY_TYPE}/f".split("/")):
        raise refusals.invalid_content("Required property 'factoryResourceId' not found in JSON. Path ''")
    factory = call.world.factory(parts[1], parts[3], parts[7])
    change = {"properties": {"repoConfiguration": body.get("repoConfiguration")}}
    return Answer(200, factories.patch(call.sandbox, factory, change))


def _start_trigger(call: Call) -> Answer:
    return _changed_trigger(call, triggers.start(_factory(call), _trigger(call)))


def _stop_trigger(call: Call) -> Answer:
    return _changed_trigger(call, triggers.stop(_trigger(call)))


def _changed_trigger(call: Call, answer: Answer) -> Answer:
    _trigger(call)["body"]["etag"] = call.world.new_etag()
    call.world.changed()
    return answer


def _subscribe(call: Call) -> Answer:
    return _moved(call, triggers.subscribe(_trigger(call), call.sandbox.settings))


def _unsubscribe(call: Call) -> Answer:
    return _moved(call, triggers.unsubscribe(_trigger(call), call.sandbox.settings))


def _moved(call: Call, answer: Answer) -> Answer:
    """202 points to the status (specification); 200 is the end at once (recorded)."""
    call.world.changed()
    if answer.status == 200:  # noqa: PLR2004 - HTTP OK
        return answer
    trigger = call.path.rsplit("/", 1)[0]
    where = f"{call.sandbox.url}{trigger}/getEventSubscriptionStatus?api-version=2018-06-01"
    return Answer(202, answer.body, {"Location": where})


def _poll_subscription(call: Call) -> Answer:
    call.world.changed()
    return triggers.poll(_trigger(call))


def _follow_subscription(call: Call) -> Answer:
    """A GET, as the SDK polls the Location: 202 until the end state. [U]: never recorded."""
    answer = _poll_subscription(call)
    passing = answer.body["status"] in {"Provisioning", "Deprovisioning"}
    return Answer(202 if passing else 200, answer.body)


def _trigger(call: Call) -> dict[str, Any]:
    triggers_there: dict[str, Any] = _factory(call)["objects"].get("triggers", {})
    record: dict[str, Any] | None = triggers_there.get(call["name"].lower())
    if record is None:
        raise refusals.trigger_not_found(call["name"])
    return record


def _create_run(call: Call) -> Answer:
    factory = _factory(call)
    pipeline = objects.find(factory, objects.collection("pipelines"), call["name"])["body"]["name"]
    run = pipeline_runs.begin(factory, pipeline, call.sandbox.settings)
    call.world.changed()
    return Answer(200, {"runId": run})


def _query_runs(call: Call) -> Answer:
    found = pipeline_runs.query(_factory(call), call.object())
    call.world.changed()
    return Answer(200, {"value": found})


def _runtime(call: Call) -> dict[str, Any]:
    return objects.find(_factory(call), objects.collection("integrationRuntimes"), call["name"])


def _get_runtime(call: Call) -> Answer:
    """PATCH of auto-update settings: the answer is the resource as it was (recorded)."""
    call.object()
    return Answer(200, objects.shown(_runtime(call)))


def _runtime_action(call: Call) -> Answer:
    record, verb = _runtime(call), call["verb"].lower()
    match verb:
        case "start" | "stop":
            return _begin_runtime(call, record, verb)
        case "getstatus":
            return Answer(200, runtimes.status(record, _factory(call)))
        case "listauthkeys":
            return Answer(200, runtimes.keys(record, _factory(call)))
        case "regenerateauthkey":
            return _new_key(call, record)
        case "monitoringdata":
            return Answer(200, {"name": record["body"]["name"]})
        case "synccredentials" | "removelinks":
            return Answer(200)
        case _:
            raise refusals.not_in_sandbox(f"the action {call['verb']!r} of integration runtimes")


def _begin_runtime(call: Call, record: dict[str, Any], verb: str) -> Answer:
    operation = runtimes.begin(record, verb, int(call.sandbox.settings.runtime_polls))
    call.world.changed()
    base = f"{call.sandbox.url}{call.path}"
    return Answer(
        202,
        None,
        {
            "Azure-AsyncOperation": f"{base}/operationstatuses/{operation}?api-version=2018-06-01",
            "Location": f"{base}/operationresults/{operation}?api-version=2018-06-01",
        },
    )


def _new_key(call: Call, record: dict[str, Any]) -> Answer:
    made = runtimes.new_key(record, _factory(call), call.object())
    call.world.changed()
    return Answer(200, made)


def _runtime_operation(call: Call) -> Answer:
    record, operation = _runtime(call), call["operation"]
    status = runtimes.operation_status(record, operation)
    told = runtimes.result(record, _factory(call), operation) if status == "Succeeded" else None
    return Answer(200, {"status": status, "name": operation, "properties": told, "error": None})


def _runtime_result(call: Call) -> Answer:
    return Answer(200, runtimes.result(_runtime(call), _factory(call), call["operation"]))


def _capture(call: Call) -> dict[str, Any]:
    return objects.find(_factory(call), objects.collection("adfcdcs"), call["name"])


def _start_capture(call: Call) -> Answer:
    return _moved_capture(call, "start")


def _stop_capture(call: Call) -> Answer:
    return _moved_capture(call, "stop")


def _moved_capture(call: Call, verb: str) -> Answer:
    captures.begin(_capture(call), verb, call.sandbox.settings)
    call.world.changed()
    return Answer(200)


def _poll_capture(call: Call) -> Answer:
    """The status alone, a JSON text (specification)."""
    told = captures.poll(_capture(call))
    call.world.changed()
    return Answer(200, told)


def _collection(call: Call) -> Collection:
    parent = "managedvirtualnetworks" if "parent" in call.place else ""
    return objects.collection(call["collection"], parent)


def _full_name(call: Call) -> str:
    return f"{call['parent']}/{call['name']}" if "parent" in call.place else call["name"]


def _list_objects(call: Call) -> Answer:
    if call["collection"].lower() == "privateendpointconnections":
        _factory(call)
        return paging.page(call, [])
    collection = _collection(call)
    return paging.page(call, objects.listed(_factory(call), collection, call.place.get("parent", "")))


def _put_object(call: Call) -> Answer:
    collection, factory, name = _collection(call), _factory(call), _full_name(call)
    _check_match(call, factory, collection, name)
    return Answer(200, objects.put(call.sandbox, factory, collection, name, call.object()))


def _check_match(call: Call, factory: dict[str, Any], collection: Collection, name: str) -> None:
    wanted = call.headers.get("if-match", "*").strip('"')
    old = factory["objects"].get(collection.key, {}).get(name.lower())
    if wanted != "*" and (old is None or old["body"].get("etag") != wanted):
        raise refusals.precondition_failed(objects.object_id(factory, collection, name))


def _get_object(call: Call) -> Answer:
    body = objects.shown(objects.find(_factory(call), _collection(call), _full_name(call)))
    return _unless_same(call, body.get("etag", ""), body)


def _unless_same(call: Call, etag: str, body: dict[str, Any]) -> Answer:
    """304 where If-None-Match names the etag (specification)."""
    same = call.headers.get("if-none-match", "").strip('"') == etag.strip('"') != ""
    return Answer(304) if same else Answer(200, body)


def _delete_object(call: Call) -> Answer:
    collection = _collection(call)
    if not collection.can_go:
        raise refusals.method_not_allowed(call.method)
    gone = objects.delete(call.sandbox, _factory(call), collection, _full_name(call))
    return Answer(200 if gone else 204)
