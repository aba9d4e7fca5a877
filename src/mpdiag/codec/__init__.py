"""Values to bytes and to text: encoding never raises, and reading never runs anything."""

from ._bad_text import (
    SHOWN,
    bad_in_date,
    bad_in_float,
    bad_in_int,
    reads_as_float,
    remark_on_bytes,
)
from ._describe import describe, outline, snapshot
from ._encode import cloud_pickler, encode
from ._inert import is_stand_in, load_inert
from ._mask import DEFAULT_NAMES, MASKED, Mask
from ._message import (
    MessageTask,
    MessageTasks,
    message_arguments,
    message_inputs,
    message_task,
    message_tasks,
    with_held,
)
from ._near import near
from ._nodes import Node
from ._path_to import path_to
from ._peek import peek_attribute, peek_ints
from ._pickle_path import PicklePath, goes_through, pickle_path
from ._read import ReadLimits, describe_pickle, pick_item, read_pickle
from ._render import UNREADABLE, Budget
from ._secrets import HIDDEN, UNREAD, secret_in
from ._types import (
    MISSING,
    class_names,
    class_value,
    instance_dict,
    instance_fields,
    is_from,
    type_name,
)
from ._value_at import MOST_KEYS, UNKNOWN, attribute_of, dict_items, is_a, is_plain, same, value_at

__all__ = (
    "DEFAULT_NAMES",
    "HIDDEN",
    "MASKED",
    "MISSING",
    "MOST_KEYS",
    "SHOWN",
    "UNKNOWN",
    "UNREAD",
    "UNREADABLE",
    "Budget",
    "Mask",
    "MessageTask",
    "MessageTasks",
    "Node",
    "PicklePath",
    "ReadLimits",
    "attribute_of",
    "bad_in_date",
    "bad_in_float",
    "bad_in_int",
    "class_names",
    "class_value",
    "cloud_pickler",
    "describe",
    "describe_pickle",
    "dict_items",
    "encode",
    "goes_through",
    "instance_dict",
    "instance_fields",
    "is_a",
    "is_from",
    "is_plain",
    "is_stand_in",
    "load_inert",
    "message_arguments",
    "message_inputs",
    "message_task",
    "message_tasks",
    "near",
    "outline",
    "path_to",
    "peek_attribute",
    "peek_ints",
    "pick_item",
    "pickle_path",
    "read_pickle",
    "reads_as_float",
    "remark_on_bytes",
    "same",
    "secret_in",
    "snapshot",
    "type_name",
    "value_at",
    "with_held",
)
