"""Set once, by force the second time; the program fails of its own."""

import multiprocessing

if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    multiprocessing.set_start_method("fork", force=True)
    raise RuntimeError("context")
