"""What comes of it in figures: the text that is printed, and that docs/sandbox.md holds."""

from collections import Counter
from collections.abc import Sequence

from tests.contract.recordings import scope
from tests.contract.recordings.recorded import Session, of_the_service, refusals
from tests.contract.recordings.replay import Verdict


def told(recorded: list[Session], verdicts: Sequence[Verdict]) -> str:
    """The figures as tables: shares, what is compared, what is left out and why, the refusals our client is fed."""
    compared = [each for each in verdicts if each.compared]
    alike = [each for each in compared if not each.differences]
    repeated = sum(each.reason == scope.REPEATED for each in verdicts)
    calls = len(verdicts) - repeated
    answers = sum(1 for _ in of_the_service(recorded))
    codes = Counter(code for _, code in refusals(recorded))
    shares = (
        f"Of {len(verdicts)} recorded interactions {repeated} repeat a poll. Of the other {calls} "
        f"**{len(compared)} are in scope ({_share(len(compared), calls)})**, and **{len(alike)} of these are answered "
        f"as recorded ({_share(len(alike), len(compared))})**."
    )
    return "\n".join([
        shares,
        "",
        *_table("compared", "interactions", Counter(each.reason for each in compared)),
        "",
        *_table("left out", "interactions", Counter(each.reason for each in verdicts if not each.compared)),
        "",
        f"Our client is fed all {answers} recorded answers of the service; the refusals among them:",
        "",
        *_table("code", "answers", codes),
    ])  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"


def _table(first: str, second: str, rows: Counter[str]) -> list[str]:
    return [f"| {first} | {second} |", "|---|---|", *(f"| {name} | {count} |" for name, count in rows.most_common())]
