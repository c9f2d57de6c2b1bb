"""NumPy with the OpenBLAS that it brings: matrix products alone."""

import numpy as np


def about():
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"NumPy {np.__version__}, {blas['name']} {blas['version']}"


class Product:
    way = ""

    def __init__(self, product, matrices):
        a = matrices["a"]
        self.a = a.T if product.kind == "gradient" else a
        self.b = matrices["b"]
        self.c = np.empty((product.rows, product.columns), np.float32)

    def run(self):
        np.matmul(self.a, self.b, out=self.c)

    def outputs(self):
        self.run()
        return self.c
