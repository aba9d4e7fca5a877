"""A loop that waits each time that it asks."""

import multiprocessing


def task(sender):
    sender.send(1)


if __name__ == "__main__":
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=task, args=(sender,))
    process.start()
    while not receiver.poll(0.1):
        pass
    print(receiver.recv())
    process.join()
