"""The worker process of a peer in Python: a line of JSON in, a line of JSON out, until the input ends.

    serve.py torch|flax|keras|numpy

Serve.java is the same for the JVM.  What a library prints goes to standard error.
"""

import importlib
import json
import os
import sys
import time
import traceback
from types import SimpleNamespace


class Lacks(Exception):
    """The library has no such layer; the message says what it lacks."""


def load(path):
    """The fixture: a dictionary from name to array, the weights without their prefix `params/`."""
    from safetensors.numpy import load_file

    return {name.removeprefix("params/"): array for name, array in load_file(path).items()}


def width(case):
    return case.hidden * (2 if case.direction == "bi" else 1)


def directions(case):
    """The prefixes of the weights of each direction."""
    return ["forward_rnn/cell/", "backward_rnn/cell/"] if case.direction == "bi" else ["cell/"]


PATIENCE = 8


class Server:
    def __init__(self, engine):
        self.engine = engine
        self.session = None

    def about(self, request):
        return {"about": self.engine.about()}

    def prepare(self, request):
        self.session = None
        arrays = load(request["fixture"])
        if "product" in request:
            self.session = self.engine.Product(SimpleNamespace(**request["product"]), arrays)
        else:
            self.session = self.engine.Session(SimpleNamespace(**request["case"]), arrays)
        return {"way": self.session.way}

    def outputs(self, request):
        import numpy
        from safetensors.numpy import save_file

        save_file({"outputs": numpy.ascontiguousarray(self.session.outputs())}, request["file"])
        return {}

    def losses(self, request):
        return {"losses": [float(self.session.train()) for _ in range(request["steps"])]}

    def warm(self, request):
        """Until so much processor time is spent and the runs do not get faster any more."""
        wanted = request["seconds"]
        start, spent = time.perf_counter(), time.process_time()
        best, count, better = float("inf"), 0, True
        while (
            count < request["least"]
            or time.process_time() - spent < wanted
            or (better and time.perf_counter() - start < PATIENCE * wanted)
        ):
            quarter, end = float("inf"), time.perf_counter() + wanted / 4
            while True:
                quarter = min(quarter, self.run(1))
                count += 1
                if time.perf_counter() >= end:
                    break
            better = quarter < 0.97 * best
            best = min(best, quarter)
        return {"repetitions": count, "seconds": quarter}

    def time(self, request):
        return {"seconds": self.run(request["repetitions"])}

    def run(self, repetitions):
        run = self.session.run
        start = time.perf_counter()
        for _ in range(repetitions):
            run()
        return time.perf_counter() - start

    def peak(self, request):
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return {"bytes": int(line.split()[1]) * 1024}

    def answer(self, request):
        try:
            return getattr(self, request["do"])(request)
        except Lacks as lack:
            return {"lacks": str(lack)}
        except Exception as error:
            traceback.print_exc()
            return {"error": f"{type(error).__name__}: {error}".splitlines()[0]}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    server = Server(importlib.import_module(sys.argv[1] + "_peer"))
    for line in sys.stdin:
        print(json.dumps(server.answer(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    sys.modules["serve"] = sys.modules["__main__"]
    main()
