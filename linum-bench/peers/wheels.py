"""Prints how many bytes a user downloads for a peer: its wheels and those of all that it needs.

    wheels.py torch|flax|keras
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

# Keras computes with JAX here.
ROOTS = {"torch": ["torch"], "flax": ["flax"], "keras": ["keras", "jax"]}


def key(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(roots):
    found, open_ = set(), [key(root) for root in roots]
    while open_:
        name = open_.pop()
        if name in found:
            continue
        try:
            needed = requires(name) or []
        except PackageNotFoundError:
            continue
        found.add(name)
        open_ += [key(re.match(r"[\w.-]+", line)[0]) for line in needed if "extra ==" not in line]
    return found


def main():
    wheels = Path(sys.prefix) / "wheels"
    names = closure(ROOTS[sys.argv[1]])
    print(sum(file.stat().st_size for file in wheels.glob("*.whl") if key(file.name.split("-")[0]) in names))


main()
