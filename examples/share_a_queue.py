"""Each task of a stock Pool reports its progress through a queue that is one of its arguments.

Without `mpdiag.share` the pool refuses it: "Queue objects should only be shared between processes
through inheritance".
"""

import multiprocessing

import mpdiag


def count_words(progress, text):
    words = text.split()
    progress.put((text[:11], progress.how))
    return len(words)


if __name__ == "__main__":
    texts = ["one", "two three", "four five six"]
    queue = multiprocessing.Queue()
    progress = mpdiag.share(queue)
    with multiprocessing.Pool(2) as pool:
        counts = pool.starmap(count_words, [(progress, text) for text in texts])
        # before the block ends the workers, with what their queue threads have not written yet
        reports = sorted(progress.get(timeout=10) for _ in texts)
    print(counts, reports)

# $ python examples/share_a_queue.py
# [1, 2, 3] [('four five s', 'inherited'), ('one', 'inherited'), ('two three', 'inherited')]
