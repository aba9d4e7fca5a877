"""What the operating system knows: each source is optional, and none ever raises.

Names are found on first use: the process that starts workers takes only the counters.
"""

from __future__ import annotations

from .._lazy import on_first_use

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._cgroup import Cgroup as Cgroup
    from ._cgroup import cgroup_lines as cgroup_lines
    from ._cgroup import find_cgroup as find_cgroup
    from ._cgroup import pids_limit as pids_limit
    from ._counters import Counters as Counters
    from ._counters import read_counters as read_counters
    from ._doctor import Check as Check
    from ._doctor import doctor as doctor
    from ._dump import Stack as Stack
    from ._dump import is_plumbing as is_plumbing
    from ._dump import stacks_in as stacks_in
    from ._environment import environment_card as environment_card
    from ._facts import DeathFacts as DeathFacts
    from ._facts import death_facts as death_facts
    from ._kernel_log import kernel_oom_line as kernel_oom_line
    from ._limits import LimitFacts as LimitFacts
    from ._limits import limit_facts as limit_facts
    from ._look import Sight as Sight
    from ._look import Thread as Thread
    from ._look import Vitals as Vitals
    from ._look import look_at_process as look_at_process
    from ._look import signals_of as signals_of
    from ._look import vitals as vitals
    from ._maps import Maps as Maps
    from ._memory import Memory as Memory
    from ._memory import MemorySample as MemorySample
    from ._memory import own_limits as own_limits
    from ._memory import read_memory as read_memory
    from ._memory import sample_memory as sample_memory
    from ._memory import space_limit as space_limit
    from ._places import Place as Place
    from ._places import look_at as look_at
    from ._processes import ancestors as ancestors
    from ._processes import children as children
    from ._processes import children_of as children_of
    from ._processes import command_line as command_line
    from ._processes import descendants as descendants
    from ._processes import is_asleep as is_asleep
    from ._processes import parent as parent
    from ._processes import start_time as start_time
    from ._sockets import Sockets as Sockets
    from ._sources import git_revision as git_revision
    from ._sources import source_hashes as source_hashes

_HOME = {
    "Cgroup": "_cgroup",
    "Check": "_doctor",
    "Counters": "_counters",
    "DeathFacts": "_facts",
    "LimitFacts": "_limits",
    "Maps": "_maps",
    "Memory": "_memory",
    "MemorySample": "_memory",
    "Place": "_places",
    "Sight": "_look",
    "Sockets": "_sockets",
    "Stack": "_dump",
    "Thread": "_look",
    "Vitals": "_look",
    "ancestors": "_processes",
    "children": "_processes",
    "children_of": "_processes",
    "command_line": "_processes",
    "death_facts": "_facts",
    "descendants": "_processes",
    "doctor": "_doctor",
    "environment_card": "_environment",
    "cgroup_lines": "_cgroup",
    "find_cgroup": "_cgroup",
    "git_revision": "_sources",
    "is_asleep": "_processes",
    "is_plumbing": "_dump",
    "pids_limit": "_cgroup",
    "kernel_oom_line": "_kernel_log",
    "limit_facts": "_limits",
    "look_at": "_places",
    "look_at_process": "_look",
    "own_limits": "_memory",
    "parent": "_processes",
    "read_counters": "_counters",
    "read_memory": "_memory",
    "sample_memory": "_memory",
    "space_limit": "_memory",
    "stacks_in": "_dump",
    "signals_of": "_look",
    "source_hashes": "_sources",
    "start_time": "_processes",
    "vitals": "_look",
}

__all__ = (
    "Cgroup",
    "Check",
    "Counters",
    "DeathFacts",
    "LimitFacts",
    "Maps",
    "Memory",
    "MemorySample",
    "Place",
    "Sight",
    "Sockets",
    "Stack",
    "Thread",
    "Vitals",
    "ancestors",
    "cgroup_lines",
    "children",
    "children_of",
    "command_line",
    "death_facts",
    "descendants",
    "doctor",
    "environment_card",
    "find_cgroup",
    "git_revision",
    "is_asleep",
    "is_plumbing",
    "kernel_oom_line",
    "limit_facts",
    "look_at",
    "look_at_process",
    "own_limits",
    "parent",
    "pids_limit",
    "read_counters",
    "read_memory",
    "sample_memory",
    "signals_of",
    "source_hashes",
    "space_limit",
    "stacks_in",
    "start_time",
    "vitals",
)


__getattr__ = on_first_use(__name__, _HOME)
