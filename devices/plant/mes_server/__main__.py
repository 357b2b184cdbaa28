"""The reference MES as a program: `python -m devices.plant mes --db URL --port N
--token-file F --seed story.toml`.
"""

import argparse
import asyncio
import json
import signal
import socket
import sys
import time
from pathlib import Path

import uvicorn

from devices.plant.lifeline import die_with_parent, follow_stdin
from devices.plant.mes_server import leases, plans
from devices.plant.mes_server.app import make_app
from devices.plant.mes_server.database import Database
from devices.plant.mes_server.people import PeopleOffice
from devices.plant.story import STORY, read_story

_LOOPBACK = "127.0.0.1"


class _Announced(uvicorn.Server):
    """A server that says on standard output, in one JSON line, when it is up and on which port."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            print(json.dumps({"ready": True, "port": sockets[0].getsockname()[1]}), flush=True)


def listen(port: int) -> socket.socket:
    """A listener on loopback whose connections send at once (TCP_NODELAY).

    Without it an answer waits up to 40 ms for the acknowledgement of its own headers. The protocol is named,
    because asyncio leaves Nagle's algorithm on for a socket that does not say that it is TCP.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind((_LOOPBACK, port))
    listener.listen(128)
    return listener


def main(words: list[str]) -> int:
    """Serve until SIGTERM, SIGINT, or (with --parent) until standard input closes."""
    parser = argparse.ArgumentParser(
        description="The reference MES: the far end of the MES contract, on loopback."
    )
    parser.add_argument(
        "--db", required=True, help="database URL: sqlite:///FILE or postgresql://USER@HOST/NAME"
    )
    parser.add_argument("--port", type=int, required=True, help="loopback port")
    parser.add_argument(
        "--token-file", type=Path, required=True, help="token of the terminal; made when missing"
    )
    parser.add_argument("--seed", type=Path, default=STORY, help="story that fills an empty database")
    parser.add_argument(
        "--new-epoch", action="store_true", help="the database was put back to an older state"
    )
    parser.add_argument(
        "--allow-host", action="append", default=[], help="name of a TLS proxy in front of it"
    )
    parser.add_argument(
        "--beside",
        action="append",
        default=[],
        metavar="ID=FILE",
        help="a further terminal at the same machine, and its token",
    )
    parser.add_argument(
        "--sign-people",
        type=Path,
        metavar="FOLDER",
        help="sign the people file with a key kept there, and write letters with their codes",
    )
    parser.add_argument(
        "--lease-term", type=float, default=leases.TERM_S, metavar="S", help="how long a counter is leased, s"
    )
    parser.add_argument("--parent", type=int, help="end when this process ends or standard input closes")
    told = parser.parse_args(words)
    if told.parent is not None:
        die_with_parent(told.parent)
    story = read_story(told.seed, time.time())
    database = Database(told.db)
    with database.write() as connection:
        plans.seed(connection, story)
    database.admit(story.terminals[0].id, told.token_file)
    for further in told.beside:
        name, _, file = further.partition("=")
        with database.write() as connection:
            plans.stand_beside(connection, name, story)
        database.admit(name, Path(file))
    office = None if told.sign_people is None else PeopleOffice(told.sign_people)
    if office is not None:
        with database.write() as connection:
            office.sign(connection)
    if told.new_epoch:
        database.renew_epoch()
    app = make_app(database, [_LOOPBACK, "localhost", *told.allow_host], told.lease_term, office)
    listener = listen(told.port)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=75,
        ws="none",
    )
    server = _Announced(config)

    def end(*_signal: object) -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    if told.parent is not None:
        follow_stdin(lambda line: None, end)
    asyncio.run(server.serve(sockets=[listener]))
    database.engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
