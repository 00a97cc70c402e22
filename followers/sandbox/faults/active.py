"""The faults that are switched on."""

import itertools
import threading

from ..api.calls import Call
from .catalogue import FAULTS, applies_to
from .effects import Fault, OptionValue


class ActiveFaults:
    """Thread safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: list[Fault] = []
        self._ids = itertools.count(1)

    def switch_on(
        self,
        name: str,
        count: int | None = None,
        path: str | None = None,
        after: int = 0,
        **options: OptionValue,
    ) -> Fault:
        """Raises ValueError for an unknown name or option, or an invalid number."""
        kind = FAULTS.get(name)
        if kind is None:
            raise ValueError(f"unknown fault {name!r}; known are {', '.join(FAULTS)}")
        if unknown := set(options) - set(kind.options):
            raise ValueError(f"fault {name} has no option {', '.join(sorted(unknown))}")
        for key, value in options.items():
            # Text instead of a number must fail here, not in a later answer.
            if not isinstance(kind.options[key], str) and float(value) < 0:
                raise ValueError(f"{key} is a number from 0")
        if path is not None and kind.allowed_paths is not None and path not in kind.allowed_paths:
            raise ValueError(f"fault {name} does not concern {path}")
        if after < 0 or (count is not None and count < 1):
            raise ValueError("count is at least 1, after at least 0")
        with self._lock:
            fault = Fault(next(self._ids), name, count, path, after, {**kind.options, **options})
            self._active.append(fault)
        return fault

    def switch_off(self, key: int | str | None = None) -> int:
        """Switches off one fault by id, those of one name, or all; returns how many."""
        with self._lock:
            kept = [f for f in self._active if key is not None and key not in (f.id, f.name)]
            removed = len(self._active) - len(kept)
            self._active = kept
        return removed

    def all(self) -> list[Fault]:
        with self._lock:
            return list(self._active)

    def take_for(self, call: Call) -> list[Fault]:
        """Counts the call and returns its faults, at most one that replaces the answer."""
        taken: list[Fault] = []
        replaced = False
        with self._lock:
            for fault in [f for f in self._active if applies_to(f, call)]:
                if fault.after:
                    fault.after -= 1
                elif not (replaced and FAULTS[fault.name].replaces_answer):
                    taken.append(fault)
                    replaced = replaced or FAULTS[fault.name].replaces_answer
                    fault.hits += 1
            self._active = [f for f in self._active if f.count is None or f.hits < f.count]
        return taken
