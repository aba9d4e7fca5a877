"""The target came after the pool had started."""

import multiprocessing

if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(1) as pool:

        def task(x):
            return x

        result = pool.apply_async(task, (1,))
        result.wait(1)
