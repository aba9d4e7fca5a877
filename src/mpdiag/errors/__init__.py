"""The errors of mpdiag: one tree; each leaf has a slug and a remedy, and builds its own message.

MpdiagError
├── StoreError          findings cannot be written or read (the program runs on)
│   ├── StoreUnreadable     the file is damaged, not ours, or closed to us
│   ├── StoreTooNew         a later mpdiag made it
│   ├── StoreLocked         another process held it past the deadline
│   ├── StoreFull           no space is left on its disk
│   └── StoreReadOnly       its folder cannot be written
├── BundleError         one fault in one file: not written, or not taken in
│   ├── BundleUnreadable    it is none, damaged, or says what cannot be
│   ├── BundleTooNew        a later mpdiag made it
│   ├── BundleTooLarge      it holds more than one fault has
│   └── BundleUnwritable    its place is closed, full or gone
├── ChannelError        an item did not go through a channel
│   ├── ChannelClosed       the other side said done, or this end was closed
│   ├── ChannelTimeout      not within the time that was given
│   ├── PeerDied            who had the other end is gone and never said done
│   ├── EndInUse            another process uses this end, and only one may
│   ├── ItemUnsendable      the item cannot be pickled
│   ├── ItemUnreadable      it came, and cannot be unpickled here
│   └── NoRoom              the system has no memory for the channel
├── SharingError        a primitive did not reach a worker, or a process did not end
│   ├── NotShareable        it is none that processes can share
│   ├── NotInheritable      made for fork, and the worker begins with a fresh interpreter
│   ├── NotInherited        this worker was given nothing of that name
│   ├── SharerGone          the process that shared it does not answer
│   └── JoinTimeout         a process had not ended when the time was up
└── UsageError          the user asked for something that is not there (exit code 2)
    ├── NoSuchFault         no fault or run has this ID
    ├── AmbiguousFault      the ID of a run that has several faults
    ├── UnknownSetting      a setting that does not exist
    ├── WrongSetting        a setting with a value that is not allowed
    ├── SettingsUnreadable  pyproject.toml cannot be read
    ├── NothingToRun        the command line names no program
    ├── NoSuchProgram       no file has the program's name
    ├── NoSuchModule        no module has the name that was given with -m
    ├── NotPython           the program cannot be read as Python
    ├── ProgramUnreadable   its file is closed to us, or a folder without __main__.py
    ├── InterpreterNotStarted  the Python to run it with cannot be executed
    ├── EventsUnwritable    the place for events cannot be written
    ├── NoLiveRun           no such program is running under mpdiag
    ├── BundleToTerminal    a bundle is binary, and standard output is a terminal
    ├── NotReplayable       too little of a fault is kept to call its target again
    ├── NotReproduced       a call alone with the same inputs does not end in the same fault
    ├── NotTrusted          somebody else may have recorded it: loading it may run their code
    ├── NoTest              a fault cannot be made into a test that fails as it did
    ├── NothingToDebug      neither a stack nor the target of a fault is known
    └── NotAgreed           code of the user would run more than once, and nobody said yes
"""

from __future__ import annotations

from ._bundle import (
    BundleError,
    BundleTooLarge,
    BundleTooNew,
    BundleToTerminal,
    BundleUnreadable,
    BundleUnwritable,
)
from ._channel import (
    ChannelClosed,
    ChannelError,
    ChannelTimeout,
    EndInUse,
    ItemUnreadable,
    ItemUnsendable,
    NoRoom,
    PeerDied,
)
from ._root import MpdiagError, UsageError, task_timeout, worker_crashed
from ._sharing import (
    JoinTimeout,
    NotInheritable,
    NotInherited,
    NotShareable,
    SharerGone,
    SharingError,
)
from ._store import (
    StoreError,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreTooNew,
    StoreUnreadable,
)
from ._usage import (
    AmbiguousFault,
    EventsUnwritable,
    InterpreterNotStarted,
    NoLiveRun,
    NoSuchFault,
    NoSuchModule,
    NoSuchProgram,
    NotAgreed,
    NoTest,
    NothingToDebug,
    NothingToRun,
    NotPython,
    NotReplayable,
    NotReproduced,
    NotTrusted,
    ProgramUnreadable,
    SettingsUnreadable,
    UnknownSetting,
    WrongSetting,
)

__all__ = (
    "AmbiguousFault",
    "BundleError",
    "BundleToTerminal",
    "BundleTooLarge",
    "BundleTooNew",
    "BundleUnreadable",
    "BundleUnwritable",
    "ChannelClosed",
    "ChannelError",
    "ChannelTimeout",
    "EndInUse",
    "EventsUnwritable",
    "InterpreterNotStarted",
    "ItemUnreadable",
    "ItemUnsendable",
    "JoinTimeout",
    "MpdiagError",
    "NoLiveRun",
    "NoRoom",
    "NoSuchFault",
    "NoSuchModule",
    "NoSuchProgram",
    "NoTest",
    "NotAgreed",
    "NotInheritable",
    "NotInherited",
    "NotPython",
    "NotReplayable",
    "NotReproduced",
    "NotShareable",
    "NotTrusted",
    "NothingToDebug",
    "NothingToRun",
    "PeerDied",
    "ProgramUnreadable",
    "SettingsUnreadable",
    "SharerGone",
    "SharingError",
    "StoreError",
    "StoreFull",
    "StoreLocked",
    "StoreReadOnly",
    "StoreTooNew",
    "StoreUnreadable",
    "UnknownSetting",
    "UsageError",
    "WrongSetting",
    "task_timeout",
    "worker_crashed",
)
