"""Serving the site: waitress, with a clear word when the port is in use and an orderly end."""

import signal
import socket
import threading
from types import FrameType

from sqlalchemy import Engine
from waitress.server import create_server

from store.settings import Settings
from webapp import create_app
from webapp.site import Site

THREADS = 8


class ServeError(RuntimeError):
    """The site cannot be served as asked; the message says what to change."""


def serve(settings: Settings, engine: Engine, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are answered first.

    Raises ServeError when the address cannot be listened on, ChecklistError when the checklist cannot be used.
    """
    app = create_app(settings, engine)
    site: Site = app.extensions["vetting"]
    site.catalogue  # noqa: B018  the first reader waits neither for the index
    site.places.find("London")  # nor for the gazetteer to be made
    try:
        listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=1024
        )
    except OSError as error:
        raise ServeError(
            f"{host}:{port}: cannot listen there ({error.strerror}); another program may be using the port: "
            "stop it, or choose another with --port"
        ) from error
    server = create_server(
        app, sockets=[listening], threads=THREADS, ident=None, channel_timeout=30, clear_untrusted_proxy_headers=False
    )
    _stop_on_signals(server)
    try:
        server.run()
    finally:
        server.task_dispatcher.shutdown(cancel_pending=False, timeout=10)
        server.close()
        listening.close()


def _stop_on_signals(server: object) -> None:
    if threading.current_thread() is not threading.main_thread():
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)  # waitress leaves its loop on it and closes what is open

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
