"""A worker ends with its owner: without it nobody wants its results, or will stop it.

    pipe                 its end sends SIGKILL; only the owner can write to it, once a forked
                         child has closed what it inherited of its siblings' pipes
    PR_SET_PDEATHSIG     besides, where the owner's main thread made the worker: the kernel takes
                         the end of the thread that forked for the end of the parent

No thread of ours waits, and a worker that computes for ever without the interpreter ends too.
Private names of multiprocessing as of 3.10 to 3.14.
"""

from __future__ import annotations

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_owner(process: object) -> None:
    """Have the kernel kill this worker when its owner dies.  Runs in the child, at its start."""
    if sys.platform != "linux":
        return
    try:
        if getattr(process, "_mpdiag_lasting", False):
            # That of a forkserver's child is not its owner; if that has died, the pipe tells.
            owner = getattr(process, "_parent_pid", 0)
            if os.getppid() == owner:
                end_with_parent(owner)
    except Exception:
        pass
    try:
        _end_with_pipe()
    except Exception:
        pass


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when *parent* dies, or the thread of it that forked.

    That the parent is process 1 says nothing: in a container it is the owner itself.  One that
    died before the kernel was asked is told by its process id.
    """
    try:
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    except Exception:  # not Linux, or no ctypes: the process lives on
        return
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def let_go_of_siblings() -> None:
    """Close the writing ends of the pipes by which siblings learn of their owner's end.

    Runs in a forked child, before multiprocessing forgets them: a child that outlives its owner
    would keep every sibling alive.
    """
    try:
        from multiprocessing import process

        for sibling in list(process._children):  # type: ignore[attr-defined]
            popen = sibling._popen
            if popen.finalizer.still_active():
                for handle in {*popen.finalizer._args} - {popen.sentinel}:
                    os.close(handle)
    except Exception:
        pass


def _end_with_pipe() -> None:
    """Die when the other end of the sentinel is closed."""
    import fcntl
    from multiprocessing import process
    from select import select

    sentinel: int = process._parent_process.sentinel  # type: ignore[attr-defined]
    fcntl.fcntl(sentinel, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(sentinel, fcntl.F_SETSIG, int(signal.SIGKILL))
    flags = fcntl.fcntl(sentinel, fcntl.F_GETFL)
    fcntl.fcntl(sentinel, fcntl.F_SETFL, flags | os.O_ASYNC)
    if select([sentinel], [], [], 0)[0]:  # it died before the kernel was asked
        os.kill(os.getpid(), signal.SIGKILL)
