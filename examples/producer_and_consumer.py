"""A producer and a consumer: the consumer ends when the producer has said done, or has died.

`for` ends by `close`, which the `with` block says; there is no special last item. A producer that
is killed is named in place of being waited for.
"""

from multiprocessing import Process

from mpdiag import channels


def produce(sender, count):
    with sender:
        for number in range(count):
            sender.send({"number": number, "square": number * number}, timeout=10)


if __name__ == "__main__":
    receiver, sender = channels.pipe(maxsize=100)  # the producer waits when it is 100 ahead
    producer = Process(target=produce, args=(sender, 1000))
    producer.start()
    total = 0
    for item in receiver:
        total += item["square"]
    producer.join()
    print(total)

# $ python examples/producer_and_consumer.py
# 332833500
