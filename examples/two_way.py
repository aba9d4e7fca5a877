"""Questions and answers: each end of a duplex sends and receives, with a deadline for each wait.

A server that dies ends the wait at once: `PeerDied` names it. Without that, `recv` would wait for
ever, since after a fork this process still has a copy of the server's end.
"""

from multiprocessing import Process

from mpdiag import channels


def serve(end):
    with end:
        for question in end:
            end.send(question.upper(), timeout=10)


if __name__ == "__main__":
    mine, theirs = channels.duplex()
    server = Process(target=serve, args=(theirs,))
    server.start()
    theirs.close()
    for question in ("hello", "world"):
        mine.send(question, timeout=10)
        print(mine.receive(timeout=10))
    mine.close()
    server.join()
    print(server.exitcode)

# $ python examples/two_way.py
# HELLO
# WORLD
# 0
