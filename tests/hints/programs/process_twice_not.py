"""A thread is started again."""

import threading

if __name__ == "__main__":
    thread = threading.Thread(target=id, args=(1,))
    thread.start()
    thread.start()
