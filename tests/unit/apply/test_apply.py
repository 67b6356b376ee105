"""Apply against a factory in memory that fails where a test says so."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Lock
from typing import Any

import pytest

from ecluse.apply.executor import apply
from ecluse.apply.pause import Busy, Outrun
from ecluse.apply.ports import (
    DeploymentState,
    DeploymentStatus,
    Event,
    JournalEntry,
    KeptTrigger,
    ObjectDone,
    OpenRun,
    Outcome,
    Pause,
    Phase,
    Reading,
    TriggerState,
)
from ecluse.apply.recovery import left_by, recovery_plan, settled
from ecluse.apply.run import Ports, Run, deployment_prefix
from ecluse.errors import Code, EcluseError, Failed, Problem, Refused
from ecluse.model.objects import AdfObject, ObjectRef, ref
from ecluse.plan.make import make
from ecluse.plan.plan import Plan, Unfinished
from ecluse.plan.steps import DeployTemplate, StartTrigger, StopTrigger
from tests.factories import TARGET, factory, inputs, live, pipeline, pointer, schedule, thing


def broken(text: str = "broken") -> EcluseError:
    return Failed(Problem(Code.AZURE_REFUSED, text, "mend it"))


@dataclass
class World:
    """AzureFactory, Journal and Clock in one: all calls in order, failures by the call's name."""

    running: set[str]
    exists: set[str]
    fails: Mapping[str, EcluseError] = field(default_factory=dict)
    on_events: frozenset[str] = frozenset()  # triggers that live on a subscription
    deaf: frozenset[str] = frozenset()  # triggers that accept a call and don't obey
    states: list[DeploymentState] = field(default_factory=lambda: [DeploymentState.SUCCEEDED])
    cancel_at: str = ""
    others: tuple[OpenRun, ...] = ()
    earlier: tuple[str, ...] = ()
    calls: list[str] = field(default_factory=list)
    entries: list[JournalEntry] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    time: float = 0.0
    ends: float = float("inf")
    is_cancelled: bool = False

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name == self.cancel_at:
            self.is_cancelled = True
        if name in self.fails:
            raise self.fails[name]

    def trigger(self, ref: ObjectRef) -> TriggerState | None:
        if ref.name not in self.exists:
            return None
        return TriggerState(ref.name in self.running, f"etag {ref.name}", ref.name in self.on_events)

    def running_triggers(self) -> frozenset[ObjectRef]:
        if "running triggers" in self.fails:
            raise self.fails["running triggers"]
        return frozenset(ref("trigger", name) for name in self.running)

    def stop_trigger(self, step: StopTrigger) -> None:
        if step.ref.name not in self.deaf:
            self.running.discard(step.ref.name)
        self._call(f"stop {step.ref.name}")

    def start_trigger(self, step: StartTrigger) -> None:
        self._call(f"start {step.ref.name}{' with its events' if step.event else ''}")
        if step.ref.name not in self.deaf:
            self.running.add(step.ref.name)

    def create_factory(self, body: Mapping[str, Any]) -> None:
        self._call(f"create in {body['location']}")

    def put_object(self, ref: ObjectRef, body: Mapping[str, Any]) -> None:
        self._call(f"put {ref} {sorted(body)}")

    def delete_object(self, ref: ObjectRef) -> None:
        self.exists.discard(ref.name)
        self._call(f"delete {ref}")

    def validate_deployment(self, name: str, step: DeployTemplate) -> None:
        assert len(name) <= 64
        assert step.refs
        self._call("validate")

    def begin_deployment(self, name: str, step: DeployTemplate) -> None:
        assert name.endswith(f"-{step.number}")
        self._call("deploy")

    def deployment_status(self, name: str, step: DeployTemplate) -> DeploymentStatus:
        assert name.startswith("ecluse-")
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        self._call(f"status {state}")
        return DeploymentStatus(state, step.refs if state is DeploymentState.SUCCEEDED else ())

    def deployment_problems(self, name: str, step: DeployTemplate) -> tuple[Problem, ...]:
        return (Problem(Code.DEPLOYMENT_FAILED, f"{name}: it failed", "mend it", subject=str(step.refs[0])),)

    def cancel_deployment(self, name: str) -> None:
        assert name
        self._call("cancel")
        self.states = [DeploymentState.RUNNING, DeploymentState.CANCELED]

    def running_deployments(self, prefix: str) -> tuple[str, ...]:
        assert prefix.startswith("ecluse-")
        return self.earlier

    def open(self, entry: JournalEntry) -> JournalEntry:
        self.entries.append(entry)
        self._call(f"journal {sorted(each.ref.name for each in entry.triggers)}")
        return replace(entry, began="2026-11-23T02:00:00+00:00")

    def note(
        self, run: str, etags: Mapping[ObjectRef, str], keep: Callable[[ObjectRef], bool] = lambda _: True
    ) -> None:
        assert run
        dropped = sorted(name for name in self.exists if not keep(ref("trigger", name)))
        self._call(f"note {sorted(at.name for at in etags)}" + (f" without {dropped}" if dropped else ""))

    def read(self) -> Reading:
        return Reading(self.others)

    def close(self, run: str) -> None:
        self._call(f"close {run}")

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += seconds

    def pause(self, seconds: float) -> None:
        self.time += seconds

    def utc(self) -> datetime:
        return datetime(2026, 11, 25, 2, tzinfo=UTC) + timedelta(seconds=self.time)

    def cancelled(self) -> bool:
        return self.is_cancelled or self.overdue()

    def overdue(self) -> bool:
        return self.time >= self.ends


def two_active(**options: Any) -> Plan:
    triggers = (schedule("T", "P"), schedule("U", "P"), schedule("Off", "P"))
    target = live(pipeline("P"), *triggers, running=["T", "U"])
    return make(inputs(factory(pipeline("P", description="new"), *triggers), target, **options))


def run(plan: Plan, **world: Any) -> tuple[Outcome, World]:
    made = World(running={"T", "U"}, exists={"T", "U", "Off"}, **world)
    outcome = apply(plan, Ports(made, made, made, made.events.append), name="7", parallel=1)
    return outcome, made


def test_a_good_run_validates_journals_stops_deploys_and_starts_in_that_order() -> None:
    outcome, world = run(two_active())
    stop_and_deploy = ["stop U", "stop T", "note ['T', 'U']", "deploy", "status Succeeded"]
    assert world.calls == ["validate", "journal ['T', 'U']", *stop_and_deploy, "start T", "start U", "close 7"]
    assert world.running == {"T", "U"}
    assert outcome.exit_code == 0
    assert {ref.name for ref in outcome.restarted} == {"T", "U"}


FAILURES: dict[str, dict[str, Any]] = {
    "a stop fails after its effect": {"fails": {"stop T": broken()}},
    "a stop fails and has no effect": {"fails": {"stop T": broken()}, "deaf": frozenset({"T"})},
    "a trigger does not obey the stop": {"deaf": frozenset({"T"})},
    "ARM refuses the deployment": {"fails": {"deploy": Refused(broken().problems)}},
    "the deployment's answer is lost": {"fails": {"deploy": broken()}},
    "the deployment fails": {"states": [DeploymentState.FAILED]},
    "someone cancels it in the portal": {"states": [DeploymentState.RUNNING, DeploymentState.CANCELED]},
    "polling is lost": {"states": [DeploymentState.RUNNING], "fails": {"status Running": broken()}},
    "cancelled while stopping": {"cancel_at": "stop U"},
    "it takes too long": {"states": [DeploymentState.RUNNING], "ends": 20.0},
    "cancelled while deploying": {"states": [DeploymentState.RUNNING], "cancel_at": "status Running"},
}


@pytest.mark.parametrize("world", FAILURES.values(), ids=FAILURES.keys())
@pytest.mark.parametrize("options", [{}, {"trigger_start": "none"}], ids=["previous", "none"])
def test_whatever_fails_what_ran_runs_again(world: dict[str, Any], options: dict[str, Any]) -> None:
    outcome, after = run(two_active(**options), **world)
    assert after.running == {"T", "U"}
    assert outcome.exit_code == 1
    assert outcome.problems
    assert not outcome.astray


def test_a_deployment_that_takes_too_long_is_put_down_and_says_what_gives_it_more_time() -> None:
    outcome, world = run(two_active(), states=[DeploymentState.RUNNING], ends=20.0)
    assert "cancel" in world.calls
    assert outcome.cancelled
    assert "--deadline" in outcome.problems[0].remedy


def test_the_journal_says_for_which_plan_of_which_factory_it_is() -> None:
    plan = two_active()
    _, world = run(plan)
    (entry,) = world.entries
    assert (entry.factory_id, entry.run, entry.plan) == (plan.target.factory_id, "7", plan.fingerprint)


def test_without_a_journal_nothing_is_stopped_and_it_is_a_refusal() -> None:
    made = World({"T", "U"}, {"T", "U"}, fails={"journal ['T', 'U']": broken()})
    with pytest.raises(Refused, match="broken"):
        apply(two_active(), Ports(made, made, made, made.events.append), name="7")
    assert made.calls == ["validate", "journal ['T', 'U']"]


def test_without_a_journal_what_an_earlier_run_left_comes_back_all_the_same() -> None:
    plan = replace(two_active(), unfinished=Unfinished(("6",), (StopTrigger(ref("trigger", "Off")),)))
    outcome, after = run(plan, fails={"journal ['Off', 'T', 'U']": broken()})
    assert (outcome.exit_code, after.running) == (1, {"T", "U", "Off"})
    assert after.calls[-1] == "close 6"


def by_rest(**options: Any) -> Plan:
    """Global parameters, a chain of two pipelines, one dataset that goes; one trigger runs."""
    calls = [{"name": "c", "typeProperties": {"pipeline": pointer("Pipeline", "Needed")}}]
    new = (pipeline("Needed"), pipeline("P", activities=calls), thing("globalParameters.default", {"a": {}}))
    target = live(pipeline("P"), schedule("T", "P"), thing("dataset.Old"), thing("dataset.Keep"), running=["T"])
    source = factory(*new, schedule("T", "P"), thing("dataset.Keep"))
    return make(inputs(source, target, method="rest", delete_not_in_source=True, **options))


def test_by_rest_each_object_is_written_after_what_it_needs_and_no_deployment_is_made() -> None:
    outcome, world = run(by_rest())
    body = "['properties']"
    puts = [f"put globalParameters.default {body}", f"put pipeline.Needed {body}", f"put pipeline.P {body}"]
    assert world.calls == ["journal ['T']", "stop T", "note ['T']", *puts, "delete dataset.Old", "start T", "close 7"]
    assert (outcome.exit_code, len(outcome.written), outcome.deployments) == (0, 3, ())


def test_by_rest_one_refused_object_ends_its_level_and_what_ran_runs_again() -> None:
    refused = {f"put {each} ['properties']": broken(each) for each in ("pipeline.Needed", "globalParameters.default")}
    outcome, world = run(by_rest(), fails=refused)
    assert [problem.message for problem in outcome.problems] == ["globalParameters.default", "pipeline.Needed"]
    assert not any("pipeline.P" in call or "delete" in call for call in world.calls)
    assert "T" in world.running
    assert outcome.exit_code == 1


class Crowd(World):
    """Counts the calls at once; one answers only when as many others are on their way as there may be."""

    def __init__(self, most: int) -> None:
        super().__init__(set(), set())
        self.full = Barrier(most, timeout=30)
        self.lock, self.inside, self.highest = Lock(), 0, 0

    def put_object(self, ref: ObjectRef, body: Mapping[str, Any]) -> None:
        with self.lock:
            self.inside += 1
            self.highest = max(self.highest, self.inside)
        self.full.wait()
        with self.lock:
            self.inside -= 1
        super().put_object(ref, body)


def test_by_rest_as_many_calls_run_at_once_as_the_option_says_and_no_more() -> None:
    made = Crowd(3)
    plan = make(inputs(factory(*(pipeline(f"P{number}") for number in range(60))), live(), method="rest"))
    outcome = apply(plan, Ports(made, made, made, made.events.append), name="7", parallel=3)
    assert (len(outcome.written), outcome.problems) == (60, ())
    assert made.highest == 3


def test_by_rest_a_cancel_ends_between_two_objects() -> None:
    outcome, world = run(by_rest(), cancel_at="put pipeline.Needed ['properties']")
    assert outcome.cancelled
    assert not any("pipeline.P" in call for call in world.calls)
    assert "T" in world.running


def test_several_deployments_are_all_validated_before_the_first_stop_and_sent_in_order() -> None:
    parts = two_active()
    (step,) = [each for each in parts.steps if isinstance(each, DeployTemplate)]
    at = parts.steps.index(step)
    steps = (*parts.steps[:at], step, replace(step, number=2), *parts.steps[at + 1 :])
    outcome, world = run(replace(parts, steps=steps))
    stops = ["journal ['T', 'U']", "stop U", "stop T", "note ['T', 'U']"]
    order = ["validate", "validate", *stops, "deploy", "status Succeeded", "deploy"]
    assert world.calls[: len(order)] == order
    assert len(set(outcome.deployments)) == 2


def test_a_run_that_is_taken_over_is_no_rival_however_recent() -> None:
    entry = JournalEntry("/f", "old", began="2026-11-23T01:00:00+00:00")
    others = (OpenRun(entry, datetime(2026, 11, 23, 1, tzinfo=UTC), alive=True),)
    plan = two_active()
    with pytest.raises(Busy):
        run(plan, others=others)
    outcome, world = run(replace(plan, unfinished=Unfinished(("old",))), others=others)
    assert (outcome.exit_code, "close old" in world.calls) == (0, True)


@pytest.mark.parametrize("running", [{"T"}, {"T", "U", "Off"}], ids=["one stands", "one more runs"])
def test_a_plan_that_somebody_has_outrun_stops_nothing(running: set[str]) -> None:
    triggers = (schedule("T", "P"), schedule("U", "P"), schedule("Off", "P"))
    new = (schedule("T", "P"), schedule("U", "P"), schedule("Off", "P", description="new"))
    plan = make(inputs(factory(pipeline("P"), *new), live(pipeline("P"), *triggers, running=["T", "U"])))
    made = World(set(running), {"T", "U", "Off"})
    with pytest.raises(Outrun, match=r"trigger\.(U|Off)"):
        apply(plan, Ports(made, made, made, made.events.append), name="7")
    assert made.calls == ["validate", "journal ['T', 'U']", "close 7"]
    assert made.running == running


def test_a_last_look_that_fails_before_the_first_stop_leaves_no_journal_open() -> None:
    outcome, world = run(two_active(), fails={"running triggers": broken()})
    assert (outcome.exit_code, outcome.stopped) == (1, ())
    assert world.calls == ["validate", "journal ['T', 'U']", "close 7"]


def test_a_factory_is_made_only_when_it_is_our_turn() -> None:
    new = make(inputs(factory(pipeline("P")), live(exists=False), create=True))
    outcome, world = run(new)
    assert outcome.exit_code == 0
    assert world.calls[:3] == ["journal []", "create in westeurope", "validate"]
    entry = JournalEntry("/f", "other", began="2026-11-23T01:00:00+00:00")
    other = OpenRun(entry, datetime(2026, 11, 23, 1, tzinfo=UTC), alive=True)
    made = World(running=set(), exists=set(), others=(other,))
    with pytest.raises(Busy):
        apply(new, Ports(made, made, made, made.events.append), name="7")
    assert not any(call.startswith("create") for call in made.calls)
    assert made.calls[-1] == "close 7", "it withdraws its own journal"


def test_a_plan_with_something_in_its_way_is_not_begun() -> None:
    made = World({"T", "U"}, {"T", "U"})
    with pytest.raises(Refused, match="broken"):
        apply(replace(two_active(), obstacles=broken().problems), Ports(made, made, made, made.events.append), name="7")
    assert made.calls == []


def test_a_cancel_between_two_deployments_begins_no_second_one() -> None:
    parts = two_active()
    (step,) = [each for each in parts.steps if isinstance(each, DeployTemplate)]
    at = parts.steps.index(step)
    steps = (*parts.steps[:at], step, replace(step, number=2), *parts.steps[at + 1 :])
    outcome, world = run(replace(parts, steps=steps), cancel_at="status Succeeded")
    assert (outcome.cancelled, world.calls.count("deploy"), "cancel" in world.calls) == (True, 1, False)
    assert world.running == {"T", "U"}


def test_a_cancelled_run_says_so_and_puts_the_deployment_down_first() -> None:
    outcome, world = run(two_active(), states=[DeploymentState.RUNNING], cancel_at="status Running")
    assert outcome.cancelled
    assert world.calls.index("cancel") < world.calls.index("status Canceled") < world.calls.index("start T")


def test_a_step_that_was_given_up_because_of_a_cancel_says_both() -> None:
    outcome, world = run(two_active(), cancel_at="deploy", fails={"deploy": broken()})
    assert outcome.cancelled
    assert [problem.code for problem in outcome.problems] == [broken().problems[0].code, Code.CANCELLED]
    assert world.running == {"T", "U"}


def test_a_deployment_that_never_ends_is_given_up_after_a_while_and_said() -> None:
    class Stuck(World):
        def cancel_deployment(self, name: str) -> None:
            self._call(f"cancel {name}")

    made = Stuck({"T", "U"}, {"T", "U"}, states=[DeploymentState.RUNNING], cancel_at="status Running")
    outcome = apply(two_active(), Ports(made, made, made, made.events.append), name="7", parallel=1)
    assert any("did not end within" in problem.message for problem in outcome.problems)
    assert made.running == {"T", "U"}


@pytest.mark.parametrize("state", [DeploymentState.SUCCEEDED, DeploymentState.FAILED])
def test_a_trigger_that_does_not_come_back_is_astray_and_the_others_start(state: DeploymentState) -> None:
    outcome, after = run(two_active(), states=[state], fails={"start T": broken("no right")})
    assert outcome.exit_code == 4
    assert [(each.ref.name, each.why) for each in outcome.astray] == [("T", "no right")]
    assert after.running == {"U"}
    assert "close 7" not in after.calls


def test_a_first_start_that_fails_is_astray_and_leaves_no_journal_open() -> None:
    same = (pipeline("P"), schedule("T", "P"), schedule("Off", "P"))
    changed = (pipeline("P", description="new"), *same[1:])
    plan = make(inputs(factory(*changed), live(*same, running=["T"]), wishes={"Off": True}))
    made = World({"T"}, {"T", "Off"}, fails={"start Off": broken("no right")})
    outcome = apply(plan, Ports(made, made, made, made.events.append), name="7", parallel=1)
    assert [each.ref.name for each in outcome.astray] == ["Off"]
    assert "journal ['T']" in made.calls
    assert "close 7" in made.calls


def test_an_accepted_start_is_not_believed_until_azure_says_started() -> None:
    class Deaf(World):
        def start_trigger(self, step: StartTrigger) -> None:
            self._call(f"start {step.ref.name}")

    made = Deaf({"T", "U"}, {"T", "U"})
    outcome = apply(two_active(), Ports(made, made, made, made.events.append), name="7", parallel=1)
    assert {(each.ref.name, each.actual) for each in outcome.astray} == {("T", "Stopped"), ("U", "Stopped")}


def test_a_refused_validation_stops_nothing_and_is_a_refusal() -> None:
    made = World({"T", "U"}, {"T", "U"}, fails={"validate": Refused(broken().problems)})
    with pytest.raises(Refused):
        apply(two_active(), Ports(made, made, made, made.events.append), name="7")
    assert made.calls == ["validate"]


def test_an_event_trigger_that_ran_on_after_its_stop_failed_is_subscribed_again() -> None:
    events = thing("trigger.T", {"type": "BlobEventsTrigger", "pipelines": []})
    target = live(pipeline("P"), events, schedule("U", "P"), running=["T", "U"])
    plan = make(inputs(factory(pipeline("P", description="new"), events, schedule("U", "P")), target))
    outcome, after = run(plan, fails={"stop T": broken()}, deaf=frozenset({"T"}), on_events=frozenset({"T"}))
    assert "start T with its events" in after.calls
    assert {ref.name for ref in outcome.restarted} == {"T", "U"}


@pytest.mark.parametrize("fails", [{}, {"status Succeeded": broken()}], ids=["done", "broken off"])
def test_a_trigger_that_became_one_of_events_is_subscribed_before_its_start(fails: Mapping[str, EcluseError]) -> None:
    plan = make(
        inputs(
            factory(pipeline("P"), thing("trigger.T", {"type": "BlobEventsTrigger", "pipelines": []})),
            live(pipeline("P"), schedule("T", "P"), running=["T"]),
        )
    )
    assert plan.stops() == (StopTrigger(ref("trigger", "T"), event=False),)
    _, world = run(plan, fails=fails, on_events=frozenset({"T"}))
    assert "start T with its events" in world.calls


def test_a_trigger_that_ceases_to_be_one_of_events_is_unsubscribed_first() -> None:
    events = thing("trigger.T", {"type": "CustomEventsTrigger", "pipelines": []})
    plan = make(inputs(factory(pipeline("P"), schedule("T", "P")), live(pipeline("P"), events, running=["T"])))
    assert plan.stops() == (StopTrigger(ref("trigger", "T"), event=True),)
    _, world = run(plan)
    assert "start T" in world.calls


def test_a_trigger_that_runs_although_its_start_failed_is_where_it_should_be() -> None:
    class Late(World):
        def start_trigger(self, step: StartTrigger) -> None:
            self.running.add(step.ref.name)
            self._call(f"start {step.ref.name}")

    made = Late({"T", "U"}, {"T", "U"}, fails={"start T": broken("no answer")})
    outcome = apply(two_active(), Ports(made, made, made, made.events.append), name="7", parallel=1)
    assert (outcome.exit_code, outcome.astray) == (0, ())


def test_a_trigger_that_is_not_found_for_a_moment_is_not_given_up() -> None:
    class Late(World):
        def trigger(self, ref: ObjectRef) -> TriggerState | None:
            late = "status Succeeded" in self.calls and self.time < 1
            return None if late else super().trigger(ref)

    made = Late({"T", "U"}, {"T", "U"})
    outcome = apply(two_active(), Ports(made, made, made, made.events.append), name="7", parallel=1)
    assert made.running == {"T", "U"}
    assert outcome.exit_code == 0


def test_a_trigger_that_the_failed_run_deleted_is_not_started() -> None:
    plan = make(
        inputs(
            factory(pipeline("P"), schedule("U", "P")),
            live(pipeline("P"), schedule("U", "P"), schedule("T", "P"), pipeline("Z"), running=["T", "U"]),
            delete_not_in_source=True,
        )
    )
    outcome, after = run(plan, fails={"delete pipeline.Z": broken()})
    assert after.running == {"T", "U"} & after.exists
    assert outcome.exit_code == 1


def test_a_defect_of_ours_still_brings_the_triggers_back() -> None:
    class Defect(World):
        def begin_deployment(self, name: str, step: DeployTemplate) -> None:
            raise ZeroDivisionError(name, step)

    made = Defect({"T", "U"}, {"T", "U"})
    with pytest.raises(ZeroDivisionError):
        apply(two_active(), Ports(made, made, made, made.events.append), name="7")
    assert made.running == {"T", "U"}
    assert made.calls.index("cancel") < made.calls.index("start T")


@pytest.mark.parametrize("name", ["1", "20261123-1612-a1b2c3", "x" * 100])
def test_deployment_names_fit_arm(name: str) -> None:
    made = World({"T", "U"}, {"T", "U"})
    outcome = apply(two_active(), Ports(made, made, made, made.events.append), name=name)
    assert [len(each) <= 64 for each in outcome.deployments] == [True]


def test_when_stopping_is_the_purpose_one_that_fails_is_astray_and_the_others_stay_stopped() -> None:
    same = (pipeline("P"), schedule("T", "P"), schedule("U", "P"))
    target = live(*same, running=["T", "U"])
    plan = make(inputs(factory(*same), target, wishes={"T": False, "U": False}))
    outcome, after = run(plan, fails={"stop T": broken("no right")}, deaf=frozenset({"T"}))
    assert outcome.exit_code == 4
    assert [(each.ref.name, each.wanted) for each in outcome.astray] == [("T", "Stopped")]
    assert after.running == {"T"}


def test_two_long_names_of_runs_give_two_names_of_deployments() -> None:
    prefixes = {deployment_prefix("factory", "x" * 100 + ending) for ending in "ab"}
    assert len(prefixes) == 2
    assert all(len(f"{prefix}note9999") <= 64 for prefix in prefixes)


def window(name: str, *waits_for: str) -> AdfObject:
    on = [{"referenceTrigger": pointer("Trigger", each)} for each in waits_for]
    return thing(f"trigger.{name}", {"type": "TumblingWindowTrigger", "typeProperties": {"dependsOn": on}})


# Windows that wait for each other, C for A for B: their names are in no order. Schedules wait for nobody.
WINDOWS = (window("B"), window("A", "B"), window("C", "A"), schedule("T", "P"), schedule("U", "P"))


def windows(*running: str) -> Plan:
    target = live(pipeline("P"), *WINDOWS, running=running)
    return make(inputs(factory(pipeline("P", description="new"), *WINDOWS), target))


def in_order(world: World, verb: str) -> list[str]:
    return [call.removeprefix(f"{verb} ") for call in world.calls if call.startswith(f"{verb} ")]


@pytest.fixture
def last_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is begun together may be done in any order: here the last one is done first."""

    def together(_run: Run, work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        return [*reversed([work(each) for each in reversed(list(items))])]

    monkeypatch.setattr(Run, "together", together)


@pytest.mark.usefixtures("last_first")
@pytest.mark.parametrize("failing", [{}, {"fails": {"deploy": broken()}}], ids=["good", "restored"])
def test_windows_stop_after_and_start_before_those_that_wait_for_them(failing: dict[str, Any]) -> None:
    world = World(running=set("ABCTU"), exists=set("ABCTU"), **failing)
    apply(windows(*"ABCTU"), Ports(world, world, world, world.events.append), name="7", parallel=1)
    assert world.running == set("ABCTU")
    assert [each for each in in_order(world, "stop") if each in "ABC"] == ["C", "A", "B"]
    assert [each for each in in_order(world, "start") if each in "ABC"] == ["B", "A", "C"]


def test_what_waits_for_nobody_stops_and_starts_beside_the_first_window() -> None:
    together = Barrier(3, timeout=20)

    class Meeting(World):
        def stop_trigger(self, step: StopTrigger) -> None:
            together.wait()
            World.stop_trigger(self, step)

        def start_trigger(self, step: StartTrigger) -> None:
            together.wait()
            World.start_trigger(self, step)

    world = Meeting(running=set("BTU"), exists=set("ABCTU"))
    outcome = apply(windows(*"BTU"), Ports(world, world, world, world.events.append), name="7", parallel=3)
    assert outcome.exit_code == 0


def test_where_one_that_waits_does_not_stop_what_it_waits_for_goes_on_running() -> None:
    world = World(running=set("ABC"), exists=set("ABC"), fails={"stop C": broken()}, deaf=frozenset("C"))
    outcome = apply(windows(*"ABC"), Ports(world, world, world, world.events.append), name="7", parallel=1)
    assert in_order(world, "stop") == ["C"]
    assert (outcome.exit_code, world.running) == (1, set("ABC"))


def test_a_recovery_keeps_the_order_whatever_the_journal_says() -> None:
    now = live(pipeline("P"), *WINDOWS)
    kept = tuple(KeptTrigger(ref("trigger", name)) for name in "CAB")
    entry = JournalEntry("/f", "6", kept, began="2026-11-23T01:00:00+00:00")
    left = left_by([OpenRun(entry, datetime(2026, 11, 23, tzinfo=UTC), alive=False)], now)
    assert [(step.ref.name, step.level) for step in left.unfinished.triggers] == [("B", 0), ("A", 1), ("C", 2)]
    steps = recovery_plan(left, now, TARGET).starts()
    assert [(step.ref.name, step.level) for step in steps] == [("B", 0), ("A", 1), ("C", 2)]


def test_a_run_is_settled_when_all_of_its_triggers_run_and_hear_their_events_or_are_gone() -> None:
    kept = tuple(KeptTrigger(ref("trigger", name)) for name in ("T", "U", "Gone"))
    old = OpenRun(JournalEntry("/f", "6", kept), datetime(2026, 11, 23, tzinfo=UTC), alive=False)
    both = live(pipeline("P"), *WINDOWS, running=["T", "U"])
    assert settled(old, both)
    assert not settled(old, replace(both, running=frozenset({ref("trigger", "T")})))
    assert not settled(old, replace(both, deaf={ref("trigger", "U"): "Disabled"}))


def test_each_pause_is_told_from_the_stop_that_was_sent_to_the_start_that_was_read_back() -> None:
    two = datetime(2026, 11, 25, 2, tzinfo=UTC)
    states = [DeploymentState.RUNNING, DeploymentState.RUNNING, DeploymentState.SUCCEEDED]
    outcome, world = run(two_active(), states=states)
    ten = two + timedelta(seconds=10)
    assert outcome.pauses == (Pause(ref("trigger", "T"), two, ten, 10.0), Pause(ref("trigger", "U"), two, ten, 10.0))
    told = [event for event in world.events if isinstance(event, ObjectDone) and event.pause]
    assert [(event.phase, event.text, event.pause and event.pause.seconds) for event in told] == [
        (Phase.STOP, "stopped", None),
        (Phase.STOP, "stopped", None),
        (Phase.START, "started", 10.0),
        (Phase.START, "started", 10.0),
    ]


def test_one_that_stays_off_says_since_when_and_its_pause_is_not_over() -> None:
    outcome, _ = run(two_active(), fails={"start T": broken()})
    two = datetime(2026, 11, 25, 2, tzinfo=UTC)
    assert [(each.ref.name, each.since) for each in outcome.astray] == [("T", two)]
    assert outcome.pauses[0] == Pause(ref("trigger", "T"), two)


def test_one_that_never_stopped_has_no_pause() -> None:
    outcome, _ = run(two_active(), fails={"stop T": broken()}, deaf=frozenset("T"))
    assert [each.ref.name for each in outcome.pauses] == ["U"]


def test_of_a_run_that_did_not_finish_only_the_most_is_known() -> None:
    one = datetime(2026, 11, 25, 1, tzinfo=UTC)
    off = ref("trigger", "Off")
    plan = replace(two_active(), unfinished=Unfinished(("6",), (StopTrigger(off),), {off: one}))
    outcome, _ = run(plan, fails={"deploy": broken()}, states=[DeploymentState.CANCELED])
    (pause,) = [each for each in outcome.pauses if each.ref == off]
    assert pause.earlier
    assert pause.stopped == one
    assert pause.restarted is not None
    assert pause.seconds == (pause.restarted - one).total_seconds() >= 3600


def test_a_journal_says_since_when_also_one_without_a_sensible_time() -> None:
    seen = datetime(2026, 11, 23, tzinfo=UTC)
    kept = (KeptTrigger(ref("trigger", "T")),)
    for began, since in (("2026-11-22T01:00:00", datetime(2026, 11, 22, 1, tzinfo=UTC)), ("yesterday", seen)):
        left = left_by([OpenRun(JournalEntry("/f", "6", kept, began), seen, alive=False)], live(schedule("T", "P")))
        assert left.unfinished.since == {ref("trigger", "T"): since}
