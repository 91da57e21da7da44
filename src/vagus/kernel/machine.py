"""Machine code from LLVM text, kept on disk.

A kernel is found again by the hash of everything it depends on. A file that is damaged or was half written is
noticed by its checksum and built anew; files appear under their name only when they are complete.
"""

import ctypes
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm
import platformdirs

from ..errors import fail

ENGINE = "15"  # raise when generated code changes: old kernels are then not found
_DIGEST = 32


@dataclass(frozen=True)
class Host:
    """The machine code is for: triple, processor, features and the width of its vectors in doubles."""

    triple: str
    processor: str
    features: str
    width: int


@lru_cache
def host() -> Host:
    """The machine this process runs on."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features()
    width = 8 if features.get("avx512f") else 4 if features.get("avx") else 2
    return Host(llvm.get_process_triple(), llvm.get_host_cpu_name(), features.flatten(), width)


def cache_folder(kind: str) -> Path:
    """The folder for derived files of one kind; VAGUS_CACHE moves it."""
    root = os.environ.get("VAGUS_CACHE") or platformdirs.user_cache_dir("vagus")
    return Path(root) / kind


def cache_key(*parts: str) -> str:
    """One hash for a model text and the machine."""
    here = host()
    everything = [
        ENGINE,
        llvmlite.__version__,
        here.triple,
        here.processor,
        here.features,
        str(here.width),
        *parts,
    ]
    return hashlib.sha256("\0".join(everything).encode()).hexdigest()[:32]


def read_cache(kind: str, key: str) -> tuple[dict, bytes] | None:
    """What was kept under a key: a header and a body; None when absent or damaged."""
    try:
        raw = (cache_folder(kind) / key).read_bytes()
        if hashlib.sha256(raw[_DIGEST:]).digest() != raw[:_DIGEST]:
            return None
        size = int.from_bytes(raw[_DIGEST : _DIGEST + 8], "little")
        header = json.loads(raw[_DIGEST + 8 : _DIGEST + 8 + size])
        return header, raw[_DIGEST + 8 + size :]
    except (OSError, ValueError):
        return None


def write_cache(kind: str, key: str, header: dict, body: bytes) -> None:
    """Keep a header and a body under a key. A cache that cannot be written is not an error."""
    text = json.dumps(header).encode()
    payload = len(text).to_bytes(8, "little") + text + body
    folder = cache_folder(kind)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(payload).digest() + payload)
        os.replace(name, folder / key)
    except OSError:
        return


def compile_text(text: str, tidy: bool = True) -> bytes:
    """Object code for this machine from LLVM text; raises V507 when LLVM refuses it.

    Args:
        text: in LLVM's language.
        tidy: let LLVM simplify it first. Code that is written in the order in which it is best computed is better
            left as it is: each value once, few alive at a time.
    """
    here = host()
    try:
        module = llvm.parse_assembly(text)
        module.triple = here.triple
        module.verify()
    except RuntimeError as error:
        raise fail("V507", reason=": ".join(str(error).strip().splitlines()[:2])) from None
    machine = llvm.Target.from_triple(here.triple).create_target_machine(
        cpu=here.processor, features=here.features, opt=2, reloc="pic", jit=True
    )
    if not tidy:
        return bytes(machine.emit_object(module))
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    llvm.create_pass_builder(machine, options).getModulePassManager().run(
        module, llvm.create_pass_builder(machine, options)
    )
    return bytes(machine.emit_object(module))


class Library:
    """Loaded object code; keeps the memory alive as long as its functions are in use."""

    def __init__(self, code: bytes) -> None:
        here = host()
        machine = llvm.Target.from_triple(here.triple).create_target_machine(jit=True)
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def function(self, name: str, arrays: int) -> Callable[..., None]:
        """A callable `f(blocks, pointer, ...)` that releases the interpreter lock while it runs."""
        signature = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * arrays)
        return signature(self.address(name))

    def address(self, name: str) -> int:
        """Where a function begins in memory."""
        return int(self._engine.get_function_address(name))
