"""The faults that are switched on."""

import itertools
import threading

from ..api.calls import Call
from .catalogue import FAULTS, concerns
from .effects import Fault, OptionValue


class Switchboard:
    """Those faults. Thread safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: list[Fault] = []
        self._ids = itertools.count(1)

    def on(
        self,
        name: str,
        count: int | None = None,
        path: str | None = None,
        after: int = 0,
        **options: OptionValue,
    ) -> Fault:
        """Switch one on. ValueError for an unknown name or option, or a wrong number."""
        kind = FAULTS.get(name)
        if kind is None:
            raise ValueError(f"unknown fault {name!r}; known are {', '.join(FAULTS)}")
        if unknown := set(options) - set(kind.options):
            raise ValueError(f"fault {name} has no option {', '.join(sorted(unknown))}")
        for key, value in options.items():
            # A word where seconds belong must be refused here, not break a later answer.
            if not isinstance(kind.options[key], str) and float(value) < 0:
                raise ValueError(f"{key} is a number from 0")
        if path is not None and kind.only is not None and path not in kind.only:
            raise ValueError(f"fault {name} does not concern {path}")
        if after < 0 or (count is not None and count < 1):
            raise ValueError("count is at least 1, after at least 0")
        with self._lock:
            fault = Fault(next(self._ids), name, count, path, after, {**kind.options, **options})
            self._on.append(fault)
        return fault

    def off(self, which: int | str | None = None) -> int:
        """Switch off one by id, all of a name, or all; answers how many were on."""
        with self._lock:
            kept = [f for f in self._on if which is not None and which not in (f.id, f.name)]
            gone = len(self._on) - len(kept)
            self._on = kept
        return gone

    def active(self) -> list[Fault]:
        with self._lock:
            return list(self._on)

    def take(self, call: Call) -> list[Fault]:
        """The faults that hit this call, at most one of those that answer instead."""
        taken: list[Fault] = []
        with self._lock:
            for fault in [f for f in self._on if concerns(f, call)]:
                if fault.after:
                    fault.after -= 1
                elif not (
                    FAULTS[fault.name].instead and any(FAULTS[f.name].instead for f in taken)
                ):
                    taken.append(fault)
                    fault.hits += 1
            self._on = [f for f in self._on if f.count is None or f.hits < f.count]
        return taken
