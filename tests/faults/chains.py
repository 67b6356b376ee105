"""One accident after the other: a run is killed, and so is the one that was to recover from it, and so on."""

import random

from tests.faults.cases import SIGNALS
from tests.faults.lab import SIGKILLED, BrokenError, Lab, demand
from tests.faults.moment import Moment
from tests.faults.trial import Verdict

LONGEST = 5
_REQUESTS = 90  # about as many as a deployment makes


def chain(lab: Lab, seed: int) -> Verdict:
    """One chain; `seed` decides how long it is, what is run, when it is hit, and when the machine is lost."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    lab.live()
    said: list[str] = []
    try:
        for _ in range(chance.randint(2, LONGEST)):
            said += _accident(lab, chance)
            if chance.random() < 0.4:
                said.append("-- the machine is lost")
                lab.new_machine()
        code, text = lab.ecluse("deploy", *lab.release)
        demand(code == 0, f"the last deployment ends with {code}:", text)
        lab.well("-- the last deployment said:", text)
    except BrokenError as error:
        return Verdict(struck=True, broken="\n".join((str(error), *said)))
    return Verdict(struck=True)


def _accident(lab: Lab, chance: random.Random) -> list[str]:
    """Deploy or recover, with a signal somewhere; what came to its end has to be right."""
    words = chance.choice((("deploy", *lab.release), ("deploy", *lab.release), ("triggers", "recover", *lab.target)))
    moment = Moment(chance.choice(SIGNALS), chance.randint(1, _REQUESTS))
    code, text = lab.in_a_process(words, moment.arm)
    told = f"-- {' '.join(map(str, words[:2]))}: {moment.trouble} {moment.number}, ended with {code}:\n{text}"
    demand("defect of Ecluse" not in text and "Traceback" not in text, "a defect", told)
    demand(code in (0, 1, 3, SIGKILLED), f"ended with {code}", told)
    if code == 0 and "no run has left anything" not in text:
        lab.right(told)
    return [told]
