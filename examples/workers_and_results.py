"""N workers take tasks from one queue and put results on another.

The tasks end for each worker when the program has said done, the results end when every worker has.
A worker that is killed is named after the results of all others were read.
"""

from multiprocessing import Process

from mpdiag import channels


def work(tasks, results):
    with results:
        for text in tasks:
            results.send((text, sum(map(ord, text))), timeout=10)


if __name__ == "__main__":
    tasks, put = channels.queue()
    answers, results = channels.queue()
    workers = [Process(target=work, args=(tasks, results)) for _ in range(3)]
    for worker in workers:
        worker.start()
    results.close()  # the workers have theirs
    with put:
        for number in range(100):
            put.send(f"task {number}", timeout=10)
    found = dict(answers)
    for worker in workers:
        worker.join()
    print(len(found), found["task 7"])

# $ python examples/workers_and_results.py
# 100 522
