"""Run by the test of two processes at once: build a small model in the cache of VAGUS_CACHE and print its rates."""

import numpy as np

from vagus.kernel.kernel import Kernel, build_kernel
from vagus.language.equations import text_hash
from vagus.language.sbml import read_sbml

TEXT = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"><model id="small">
<listOfParameters>
<parameter id="here" value="2" constant="false"/><parameter id="there" value="3" constant="false"/>
<parameter id="speed" value="0.5" constant="true"/>
</listOfParameters>
<listOfRules>
<rateRule variable="here"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/>
<apply><minus/><ci>speed</ci></apply><ci>here</ci></apply></math></rateRule>
<rateRule variable="there"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><minus/>
<apply><times/><ci>speed</ci><ci>here</ci></apply><apply><power/><ci>there</ci><cn>2</cn></apply></apply></math></rateRule>
</listOfRules></model></sbml>
"""
RATES = (-1.0, -8.0)  # at the start values


def build() -> Kernel:
    """The kernel of the small model, from the cache when it is there."""
    return build_kernel(text_hash(TEXT), lambda: read_sbml(TEXT, "small.sbml"))


def rates(kernel: Kernel) -> list[float]:
    """Its rates at the start values."""
    y = np.repeat(kernel.start[:, None], kernel.width, axis=1)
    p = np.repeat(kernel.values[:, None], kernel.width, axis=1)
    return kernel.rates(np.zeros(kernel.width), y, p, kernel.prepare(p))[:, 0].tolist()


if __name__ == "__main__":
    print(rates(build()))
