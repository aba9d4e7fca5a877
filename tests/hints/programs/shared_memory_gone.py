"""Shared memory that was unlinked."""

from multiprocessing.shared_memory import SharedMemory

if __name__ == "__main__":
    memory = SharedMemory(create=True, size=10)
    memory.close()
    memory.unlink()
    SharedMemory(memory.name)
