"""`vagus serve`: start the web application as a process of its own."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..extras import needed
from .show import AsJson, Out, Quiet, Seed


def serve_command(
    port: Annotated[int, typer.Option(help="port")] = 8030,
    address: Annotated[
        str, typer.Option(help="others than this machine's own need a certificate")
    ] = "127.0.0.1",
    data: Annotated[Path | None, typer.Option(help="folder of the database and its key")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="a clinic of forty virtual people")] = False,
    enable_forecast: Annotated[bool, typer.Option("--enable-forecast", help="for research only")] = False,
    certificate: Annotated[Path | None, typer.Option(help="TLS certificate (PEM)")] = None,
    key: Annotated[Path | None, typer.Option(help="its key (PEM)")] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="another server here ends TLS and forwards")
    ] = False,
    host: Annotated[list[str] | None, typer.Option(help="a name browsers may use; repeat")] = None,
    erased_copy: Annotated[
        Path | None, typer.Option(help="second place for the list of erased records, apart from the machine")
    ] = None,
    processes: Annotated[int, typer.Option(min=1, max=64, help="processes that answer")] = 2,
    workers: Annotated[int, typer.Option(min=0, max=64, help="processes that simulate")] = 1,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: Seed = 1,
) -> None:
    """Serve the clinic and Explore on this machine."""
    needed("django", "the web application (pip install 'vagus[web]')")
    command = [sys.executable, "-m", "vagus.web", "serve", "--port", str(port), "--address", address]
    command += ["--processes", str(processes), "--workers", str(workers)]
    for name, value in (
        ("--data", data),
        ("--certificate", certificate),
        ("--key", key),
        ("--erased-copy", erased_copy),
    ):
        command += [name, str(value)] if value is not None else []
    for name in host or ():
        command += ["--host", name]
    command += ["--demo"] if demo else []
    command += ["--behind-proxy"] if behind_proxy else []
    command += ["--enable-forecast"] if enable_forecast else []
    with subprocess.Popen(command) as server:
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())  # whoever ends this one ends the server
        try:
            raise typer.Exit(server.wait())
        except KeyboardInterrupt:  # Ctrl-C reaches the server as well; it ends by itself
            raise typer.Exit(server.wait()) from None
