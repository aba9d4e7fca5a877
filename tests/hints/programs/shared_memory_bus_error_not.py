"""A process that ends itself by another signal."""

import faulthandler, os, signal

if __name__ == "__main__":
    faulthandler.enable()
    os.kill(os.getpid(), signal.SIGABRT)
