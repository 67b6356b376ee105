"""The life of the server: one per directory, state that lasts, an orderly end, keys that touch no disk."""

import json
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import filelock
import pytest
from cryptography import x509

from tests.contract.sandbox.sandbox_bodies import pipeline, put, with_factory
from tests.sandbox_process import ENGINE, GROUP, running, start, wait_until_ready


def test_state_lasts_and_the_handshake_file_goes_with_the_server(tmp_path: Path) -> None:
    with running(tmp_path) as azure:
        put(azure, f"{with_factory(azure)}/pipelines/P", pipeline())
        path = azure.factory_path() + "/pipelines/P"
        assert (tmp_path / "sandbox.json").stat().st_mode & 0o077 == 0
    assert azure.process.returncode == 0
    assert not (tmp_path / "sandbox.json").exists()

    with running(tmp_path, groups=("other",)) as azure:
        assert azure.call("GET", path)[0] == 200
        status, answer, _ = azure.call("GET", azure.group_path.replace(GROUP, "other"), version="2022-09-01")

    assert (status, answer["error"]["code"]) == (404, "ResourceGroupNotFound")


def test_a_killed_server_leaves_a_whole_state_and_a_directory_that_can_be_taken_over(tmp_path: Path) -> None:
    with running(tmp_path) as azure:
        with_factory(azure)
        path = azure.factory_path()
        while b"adf-test" not in (tmp_path / "state.json").read_bytes():
            time.sleep(0.02)
        azure.process.kill()
        azure.process.wait()
    (tmp_path / ".state.json.half").write_text('{"subscr')
    assert (tmp_path / "sandbox.json").exists()

    with running(tmp_path) as azure:
        assert azure.call("GET", path)[0] == 200


def test_a_second_server_on_a_directory_gives_way_with_exit_code_5(tmp_path: Path) -> None:
    with running(tmp_path) as azure:
        second = start(tmp_path)
        out, err = second.communicate(timeout=60)

        assert second.returncode == 5
        assert (out, err.count(b"\n")) == (b"", 1)
        assert azure.request("GET", "/")[0] == 400


def test_a_server_that_can_not_listen_says_so_and_leaves_no_stale_handshake(tmp_path: Path) -> None:
    (tmp_path / "sandbox.json").write_text('{"pid": 1}')
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(tmp_path, "--port", str(taken.getsockname()[1]))
        _, err = process.communicate(timeout=60)

    assert process.returncode == 1
    assert err.startswith(b"sandbox: ")
    assert err.count(b"\n") == 1
    assert not (tmp_path / "sandbox.json").exists()


def test_a_server_that_is_not_installed_says_so(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['uvicorn'] = None; from ecluse_sandbox.__main__ import main;"
        "sys.exit(main(['serve', sys.argv[1]]))"
    )
    environment = {"PYTHONPATH": str(ENGINE)}
    words = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, check=False, timeout=60, env=environment)

    assert done.returncode == 1
    assert done.stderr.startswith(b"sandbox: its server is not installed")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "localhost", "192.168.0.1"])  # noqa: S104 - must be refused
def test_only_loopback_is_bound(tmp_path: Path, host: str) -> None:
    process = start(tmp_path, "--host", host)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 2
    assert b"loopback only" in err


def test_until_idle_ends_by_itself_when_the_last_client_lets_go(tmp_path: Path) -> None:
    clients = tmp_path / "clients"
    clients.mkdir()
    (clients / "stale.lock").touch()
    with filelock.FileLock(clients / "me.lock"):
        process = start(tmp_path, "--until-idle")
        wait_until_ready(tmp_path, process)
        time.sleep(1)
        assert process.poll() is None
    out, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    assert out == b""
    assert not list(clients.iterdir())
    assert not (tmp_path / "sandbox.json").exists()


def test_the_start_line_says_sandbox_and_no_secret(tmp_path: Path) -> None:
    with running(tmp_path) as azure:
        azure.process.terminate()
        out, _ = azure.process.communicate(timeout=60)

    assert "SANDBOX" in out.decode()
    assert azure.url in out.decode()
    assert azure.info["clientSecret"] not in out.decode()
    assert azure.info["controlToken"] not in out.decode()


def test_the_authority_is_new_at_each_start_and_may_speak_for_loopback_only(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with running(tmp_path) as azure:
            seen.append(Path(azure.ca).read_bytes())
    constraints = x509.load_pem_x509_certificate(seen[0]).extensions.get_extension_for_class(x509.NameConstraints)

    assert seen[0] != seen[1]
    assert constraints.critical
    names = {str(name.value) for name in constraints.value.permitted_subtrees or []}
    assert names == {"127.0.0.0/8", "::1/128", "localhost"}
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]


def test_only_a_client_that_trusts_this_authority_gets_through(tmp_path: Path) -> None:
    code = "import ssl,sys,urllib.request as u; u.urlopen(sys.argv[1], context=ssl.create_default_context())"
    with running(tmp_path) as azure:
        done = subprocess.run([sys.executable, "-c", code, azure.url], capture_output=True, check=False, timeout=60)
        strict = ssl.create_default_context(cafile=azure.ca)
        strict.verify_flags |= ssl.VERIFY_X509_STRICT

    assert b"CERTIFICATE_VERIFY_FAILED" in done.stderr


def test_ipv6_loopback_works_too(tmp_path: Path) -> None:
    with running(tmp_path, "--host", "::1") as azure:
        assert azure.url.startswith("https://[::1]:")
        assert azure.call("GET", azure.group_path, version="2022-09-01")[0] == 200


def test_fault_rules_come_from_a_file(tmp_path: Path) -> None:
    rules = tmp_path / "faults.json"
    rules.write_text(json.dumps([{"method": "GET", "path": "/resourceGroups/", "action": {"status": 503}}]))
    with running(tmp_path / "state", "--faults", str(rules)) as azure:
        assert azure.call("GET", azure.group_path, version="2022-09-01")[0] == 503

    rules.write_text("[{}")
    process = start(tmp_path / "state", "--faults", str(rules))
    assert b"--faults" in process.communicate(timeout=60)[1]
    assert process.returncode == 2
