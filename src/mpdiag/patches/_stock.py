"""The standard library's pool with the private names that its type stubs leave out."""

from __future__ import annotations

import multiprocessing.pool
from typing import Any

pool: Any = multiprocessing.pool
