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
    port: Annotated[int, typer.Option(help="port to listen on")] = 8030,
    address: Annotated[
        str, typer.Option(help="address to listen on; any but this machine's own needs a certificate")
    ] = "127.0.0.1",
    data: Annotated[Path | None, typer.Option(help="folder for the database and its key")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="a clinic of forty virtual people")] = False,
    enable_forecast: Annotated[
        bool, typer.Option("--enable-forecast", help="offer forecasts, for research only")
    ] = False,
    certificate: Annotated[Path | None, typer.Option(help="TLS certificate (PEM)")] = None,
    key: Annotated[Path | None, typer.Option(help="key of the certificate (PEM)")] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="another server on this machine ends TLS and forwards")
    ] = False,
    host: Annotated[
        list[str] | None, typer.Option(help="a host name that browsers may use; may be repeated")
    ] = None,
    erased_copy: Annotated[
        Path | None, typer.Option(help="second copy of the list of erased records, kept off this machine")
    ] = None,
    processes: Annotated[int, typer.Option(min=1, max=64, help="processes that answer requests")] = 2,
    workers: Annotated[int, typer.Option(min=0, max=64, help="processes that run simulations")] = 1,
    as_json: AsJson = False,
    quiet: Quiet = False,
    out: Out = None,
    seed: Seed = 1,
) -> None:
    """Serve the clinic and Explore as a web application on this machine."""
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
