"""A pipe for each process."""

import multiprocessing


def task(sender):
    sender.send(1)


if __name__ == "__main__":
    for _ in range(2):
        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.Process(target=task, args=(sender,))
        process.start()
        print(receiver.recv())
        process.join()
