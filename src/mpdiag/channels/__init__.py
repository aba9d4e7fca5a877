"""Roads between processes, with one way to send and one to receive."""

from ._contract import End, JoinableReceiver, JoinableSender, Receiver, Sender
from ._envelopes import (
    EnvelopePipeReceiver,
    EnvelopePipeSender,
    EnvelopeSender,
    envelope_pipe,
    envelope_queue,
)
from ._handle import Handle, allocate
from ._joinable import joinable_queue
from ._manager import manager_queue
from ._memory import memory
from ._pipe import Duplex, duplex, pipe
from ._queues import queue, simple_queue
from ._ring import ring

__all__ = (
    "Duplex",
    "End",
    "EnvelopePipeReceiver",
    "EnvelopePipeSender",
    "EnvelopeSender",
    "Handle",
    "JoinableReceiver",
    "JoinableSender",
    "Receiver",
    "Sender",
    "allocate",
    "duplex",
    "envelope_pipe",
    "envelope_queue",
    "joinable_queue",
    "manager_queue",
    "memory",
    "pipe",
    "queue",
    "ring",
    "simple_queue",
)
