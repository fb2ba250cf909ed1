"""Runs a command for as long as standard input stays open, then stops it.

`guarded` starts this file as a script, with the standard library alone. The caller holds the
other end of the pipe: however it ends, even by SIGKILL, the pipe closes and the command is
stopped. A signal's number on a line of its own is passed on to the command. On Linux the kernel
also kills the command should this process be the one that dies.

    python -I -S _guard.py '{"argv": [...], "user": {"uid": 65534, "gid": 65534} | null,
                             "signal": 15, "grace": 10, "remove": "/a/folder" | null}'
"""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import threading

_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    # Runs between fork and exec, after the change of user, which would clear the setting.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _stop_when_closed(child: subprocess.Popen[bytes], stop_signal: int, grace: float) -> None:
    with os.fdopen(0) as orders:
        for number in orders:
            child.send_signal(int(number))
    if child.poll() is not None:
        return
    child.send_signal(stop_signal)
    try:
        child.wait(grace)
    except subprocess.TimeoutExpired:
        child.kill()


def main() -> int:
    """Run the command that the first argument describes; return its exit status."""
    order = json.loads(sys.argv[1])
    # Only the pipe says when to stop. Handlers, not SIG_IGN, which the command would inherit.
    for unheeded in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(unheeded, lambda *_: None)
    account = order["user"]
    child = subprocess.Popen(  # noqa: S603 -- the command comes from `guarded`
        order["argv"],
        stdin=subprocess.DEVNULL,
        cwd="/",
        user=account and account["uid"],
        group=account and account["gid"],
        extra_groups=[] if account else None,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 -- one thread
    )
    threading.Thread(
        target=_stop_when_closed, args=(child, order["signal"], order["grace"]), daemon=True
    ).start()
    status = child.wait()
    if order["remove"]:
        shutil.rmtree(order["remove"], ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
