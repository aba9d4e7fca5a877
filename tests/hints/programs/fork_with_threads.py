"""A fork beside a thread; before 3.12 Python says nothing, so the program says its words."""

import os, sys, threading, warnings

if __name__ == "__main__":
    warnings.simplefilter("always")
    stop = threading.Event()
    threading.Thread(target=stop.wait).start()
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    stop.set()
    if sys.version_info < (3, 12):
        warnings.warn(
            "This process (pid=1) is multi-threaded, use of fork() may lead to"
            " deadlocks in the child.",
            DeprecationWarning,
            stacklevel=1,
        )
