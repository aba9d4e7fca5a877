"""A loop that asks a pipe again and again."""

import multiprocessing


def task(sender):
    sender.send(1)


if __name__ == "__main__":
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=task, args=(sender,))
    process.start()
    while not receiver.poll():
        pass
    print(receiver.recv())
    process.join()
