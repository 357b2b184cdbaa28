"""What every door of the reference MES shares: who asks, how big a body may be, and what a busy MES says."""

import time
import zlib

from fastapi import HTTPException, Request

from devices.plant.mes_server.database import Database

MAX_ENTRIES = 200
MAX_BODY = 256 * 1024


class Busy:
    """Until when the MES is too busy to answer, on a clock that is never set."""

    def __init__(self) -> None:
        self._until = 0.0

    def begin(self, seconds: float) -> None:
        """Be busy from now on for some seconds; 0 ends it."""
        self._until = time.monotonic() + seconds

    def left_s(self) -> float:
        """How long it will last, 0 when the MES is not busy."""
        return max(0.0, self._until - time.monotonic())


def bearer(request: Request, database: Database) -> str:
    """The terminal that the request's token admits; 401 when it admits nobody."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    terminal = database.terminal_of(token.strip()) if scheme.lower() == "bearer" else None
    if terminal is None:
        raise HTTPException(401, "this token admits no terminal", {"WWW-Authenticate": "Bearer"})
    return terminal


def admitted(request: Request, database: Database, terminal: str) -> None:
    """Refuse a request for a terminal that its token does not admit: 401 or 403."""
    if bearer(request, database) != terminal:
        raise HTTPException(403, f"this token does not admit the terminal {terminal}")


async def body_of(request: Request) -> bytes:
    """The request's body, unpacked when it is gzipped; 413 when it is too big, 400 when
    it cannot be unpacked.
    """
    received = b""
    async for chunk in request.stream():
        received += chunk
        if len(received) > MAX_BODY + 4096:
            raise HTTPException(413, f"a batch has at most {MAX_BODY} bytes")
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding == "gzip":
        received = _gunzip(received)
    elif encoding != "identity":
        raise HTTPException(400, f"Content-Encoding {encoding} is not known; send gzip or none")
    if len(received) > MAX_BODY:
        raise HTTPException(413, f"a batch has at most {MAX_BODY} bytes")
    return received


def _gunzip(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(packed, MAX_BODY + 1)
    except zlib.error as error:
        raise HTTPException(400, f"the body is not gzip: {error}") from None
    if len(body) <= MAX_BODY and not unpacker.eof:
        raise HTTPException(400, "the gzip body is cut off")
    return body
