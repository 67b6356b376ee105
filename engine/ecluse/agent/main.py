"""One run for the launcher, from its first line to the last event."""

import os
from collections.abc import Iterator, Mapping
from typing import TextIO

from ecluse import __version__, app
from ecluse.agent.afterwards import State, alive, await_survivor, read_state, settings_of
from ecluse.agent.ending import tell_the_end
from ecluse.agent.face import WireFace
from ecluse.agent.request import POST_JOB, NoRequestError, Request, read_line, read_request
from ecluse.agent.settings import chosen
from ecluse.agent.wire import NoAnswerError, Out, Wire, interrupt
from ecluse.agent.words import work_of
from ecluse.azure.connection import Connection
from ecluse.azure.service import SUBJECT, connect_service, secrets_of
from ecluse.commands.cancel import interrupting, stop_listening
from ecluse.commands.session import DONE, REFUSED, Session, concluded, is_secret_name, worth_hiding, write_down
from ecluse.commands.work import finish
from ecluse.errors import Code, Failed, Problem
from ecluse.jsontree import Json
from ecluse.options import Settings
from ecluse.options.inputs import in_inputs
from ecluse.options.rows import LIST, PLAN
from ecluse.reports.account import Account
from ecluse.reports.effective import effective_lines
from ecluse.reports.problems import notice_lines


def main(lines: Iterator[str], out: Out, err: TextIO, environ: Mapping[str, str]) -> int:
    """Do what the first line asks for, and give the exit code; the lines after it may cancel or answer."""
    try:
        nonce, tree = read_line(next(lines, ""))
    except NoRequestError as error:
        err.write(f"ecluse.agent is started by the launcher of the pipeline tasks: {error}\n")
        return REFUSED
    with interrupting():
        return _Run(Wire(nonce, out, lines, interrupt), tree, environ).run()


class _Run:
    """One run, and what of it is known so far."""

    def __init__(self, wire: Wire, tree: Mapping[str, Json], environ: Mapping[str, str]) -> None:
        self._wire, self._tree, self._environ = wire, tree, environ
        self._account = Account(str(tree.get("command")), spelled=in_inputs)
        self._face = WireFace(wire, self._account)
        self._request: Request | None = None
        self._reports: tuple[tuple[str, str], ...] = ()

    def run(self) -> int:
        self._wire.send("started", version=__version__, pid=os.getpid())
        self._wire.listen()
        account, face = self._account, self._face
        concluded(self._work, face, face, account, verbose=True)
        self._wire.rest()
        stop_listening()
        if self._request:
            write_down(account, self._reports, self._request.directory, face)
        tell_the_end(self._wire, account, self._request.folder if self._request else None)
        return account.exit_code

    def _work(self) -> int:
        request = self._request = read_request(self._tree)
        for hide in (self._wire.hide, self._account.hidden.add):
            hide(worth_hiding(_secrets(request)))
        return self._after(request) if request.command == POST_JOB else self._step(request)

    def _step(self, request: Request) -> int:
        """What the step is for."""
        job, wanted = self._job(request), chosen(request, self._environ)
        account, settings = self._account, wanted.known.settings
        account.command, self._reports = wanted.command, settings.report
        account.notices.extend(wanted.notices)
        lines = effective_lines(wanted.command, wanted.known, as_inputs=True)
        self._face.show([*lines, *notice_lines(wanted.notices)])
        work = work_of(wanted.command, request)
        if wanted.command in (PLAN, LIST):
            return work(self._session(request, settings, job))
        with alive(request.folder):
            self._wire.send("state", state=State.of(settings, request.folder).as_json())
            return work(self._session(request, settings, job))

    def _after(self, request: Request) -> int:
        """The end of the job: put right what the step has left, and be silent when that is nothing."""
        if request.state is None:
            return DONE
        state = read_state(request.state)
        await_survivor(state.folder, self._wire.say)
        return finish(self._session(request, settings_of(state).settings, self._job(request)))

    def _session(self, request: Request, settings: Settings, job: app.Job) -> Session:
        face = self._face
        return Session(app, settings, request.variables, request.directory, face, face, self._account, job=job)

    def _job(self, request: Request) -> app.Job:
        return app.Job(self._connection(request), request.secret, request.run)

    def _connection(self, request: Request) -> Connection:
        return connect_service(request.connection, proxy=request.proxy, ca_file=request.ca_file, sign=self._sign)

    def _sign(self, audience: str) -> str:
        """The launcher holds the certificate's key."""
        try:
            return self._wire.ask("assertion", audience=audience)
        except NoAnswerError as error:
            remedy = "Check the certificate of the service connection: a PEM text with certificate and private key."
            raise Failed(Problem(Code.CREDENTIAL, f"no signed assertion: {error}", remedy, subject=SUBJECT)) from error


def _secrets(request: Request) -> Iterator[str]:
    yield from secrets_of(request.connection, request.proxy)
    secret = {name.casefold() for name in request.secret}
    for name, value in request.variables.items():
        if name.casefold() in secret or is_secret_name(name):
            yield value
