"""The program closes its copy."""

import multiprocessing


def task(sender):
    sender.send(1)
    sender.close()


if __name__ == "__main__":
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=task, args=(sender,))
    process.start()
    sender.close()
    try:
        while True:
            print(receiver.recv())
    except EOFError:
        pass
    process.join()
