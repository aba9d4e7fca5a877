"""Two processes write into one end of a pipe."""

import multiprocessing


def task(sender):
    sender.send(1)


if __name__ == "__main__":
    receiver, sender = multiprocessing.Pipe(duplex=False)
    processes = [multiprocessing.Process(target=task, args=(sender,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        print(receiver.recv())
