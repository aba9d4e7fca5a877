"""The program waits for the end of a pipe of which it has a copy itself."""

import multiprocessing


def task(sender):
    sender.send(1)
    sender.close()


if __name__ == "__main__":
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=task, args=(sender,))
    process.start()
    try:
        while receiver.poll(2):
            print(receiver.recv())
    except EOFError:
        pass
    process.join()
