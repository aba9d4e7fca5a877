"""Hints on workers that died, and on what stands in a log in place of their death."""

from __future__ import annotations

from ._hint import Hint, says

_UNTOLD = "which worker, which task with which input, by which signal or exit code, and who sent it"

DYING = (
    Hint(
        slug="shared-memory-bus-error",
        literal="RuntimeError: DataLoader worker (pid 123) is killed by signal: Bus error.",
        find=says(r"killed by signal: Bus error|Fatal Python error: Bus error|Bus error \(core"),
        what="a worker touched shared memory that is not there (SIGBUS)",
        why="/dev/shm is full: Docker gives it 64 MB unless told otherwise",
        change="docker run --shm-size=2g (or --ipc=host), fewer workers, or smaller batches",
        untold=_UNTOLD,
    ),
    Hint(
        slug="killed-for-memory",
        literal="Out of memory: Killed process 123 (python)",
        find=says(r"[Oo]ut of memory: Kill|oom-kill|OOMKilled|Memory cgroup out of memory"),
        what="the kernel killed a process because memory ran out",
        why="the machine or its container was at its limit; the largest process is chosen",
        change="fewer workers, less memory in a task, maxtasksperchild for leaks, or a higher"
        " limit",
        untold="which task ran in the one that was killed, and how its memory grew",
    ),
    Hint(
        slug="broken-process-pool",
        literal="concurrent.futures.process.BrokenProcessPool: A process in the process pool was"
        " terminated abruptly while the future was running or pending.",
        find=says(r"A (?:child )?process (?:in the process pool was )?terminated abruptly"),
        what="a worker of a ProcessPoolExecutor died",
        why="one death breaks the whole pool: all tasks that were pending fail alike, with the same"
        " words",
        change="run it under mpdiag for the cause; often memory (SIGKILL), a segmentation fault or"
        " os._exit",
        untold=_UNTOLD,
        is_wide=True,
    ),
    Hint(
        slug="loky-worker-died",
        literal="TerminatedWorkerError: A worker process managed by the executor was unexpectedly"
        " terminated.",
        find=says(r"A worker process managed by the executor was unexpectedly terminated"),
        what="a worker of loky or joblib died",
        why="the text guesses at memory or a segmentation fault for every exit code",
        change="read the exit codes it names: SIGKILL(-9) is memory or somebody's kill, EXIT(1) an"
        " error at its start",
        untold=_UNTOLD,
    ),
    Hint(
        slug="celery-worker-lost",
        literal="WorkerLostError: Worker exited prematurely: signal 9 (SIGKILL)",
        find=says(r"Worker exited prematurely: (?P<how>signal \d+(?: \(\w+\))?|exitcode -?\d+)"),
        what="a worker of billiard (Celery) died: {how}",
        why="signal 9 is the kernel's for memory, or somebody's kill; signal 11 is a segmentation"
        " fault",
        change="see the kernel's log for signal 9; worker_max_memory_per_child bounds a leak",
        untold=_UNTOLD,
    ),
    Hint(
        slug="segmentation-fault",
        literal="Fatal Python error: Segmentation fault",
        find=says(
            r"Fatal Python error: Segmentation fault|[Ss]egmentation fault"
            r"|exit(?:ed with)? (?:code|status) 139"
        ),
        what="a process died of a segmentation fault (SIGSEGV)",
        why="C code touched memory that is not its own: an extension, ctypes, a too deep recursion",
        change="see the innermost frame of faulthandler's stack; try that input alone, and a newer"
        " version of that library",
        untold=_UNTOLD,
    ),
    Hint(
        slug="killed",
        literal="Killed (exit code 137)",
        find=says(
            r"(?:^|\s)Killed\s*$|\d Killed\s"
            r"|[Ee]xit(?:ed)?(?: with)? (?:[Cc]ode|status):? +(?:137|-9)\b"
            r"|exitcode[= ]-9\b|died with <Signals.SIGKILL|\*\*\* \[.*\] Error 137\b"
        ),
        what="a process was ended by SIGKILL (exit code 137 = 128 + 9)",
        why="most often the kernel when memory runs out, else kill -9, docker stop or a scheduler",
        change="look for oom-kill in the kernel's log; fewer workers, or a higher limit of memory",
        untold=_UNTOLD,
    ),
    Hint(
        slug="leaked-semaphores",
        literal="resource_tracker: There appear to be 6 leaked semaphore objects to clean up at"
        " shutdown",
        find=says(
            r"There appear to be (?P<count>\d+) leaked (?P<kind>semaphore|shared_memory) objects"
        ),
        what="{count} {kind} objects were not given back: a consequence, not the cause",
        why="a process ended without its cleanup, most often by SIGKILL or os._exit; they were"
        " removed now",
        change="look above for what died; for shared memory of your own: unlink() in a finally"
        " block",
        untold="which process died, and of what",
        is_wide=True,
    ),
    Hint(
        slug="manager-gone",
        literal="ConnectionRefusedError: [Errno 111] Connection refused (in managers.py)",
        find=says(
            r"(?:ConnectionRefusedError|FileNotFoundError|BrokenPipeError|EOFError"
            r"|ConnectionResetError)",
            inside="multiprocessing/managers.py",
        ),
        what="the process behind a Manager is gone, and something still used it",
        why="it ends with the block, or the program, that made it; a proxy is only its address",
        change="keep the manager until all workers have ended: join them inside its with block",
    ),
    Hint(
        slug="peer-gone",
        literal="EOFError (in multiprocessing/connection.py)",
        find=says(
            r"^(?:EOFError|BrokenPipeError|ConnectionResetError)",
            inside="multiprocessing/connection.py",
        ),
        what="the process at the other end of a pipe is gone, or has closed it",
        why="recv raises EOFError when nothing is left and no writer, send raises BrokenPipeError"
        " without a reader",
        change="see first why that process ended; to end in order, send a stop message before"
        " close()",
        untold="which process that was, and how it ended",
        is_wide=True,
    ),
    Hint(
        slug="interrupted",
        literal="KeyboardInterrupt (in a worker that waits in get())",
        find=says(r"^KeyboardInterrupt", inside="multiprocessing/pool"),
        what="Ctrl-C went to every process of the terminal, each printed its own traceback",
        why="idle workers stand in get(): that is no fault; the main process tells what was waited"
        " for",
        change="read the traceback of the main process only, or let mpdiag stacks PID show all",
        untold="what each worker was doing",
        is_wide=True,
    ),
)
