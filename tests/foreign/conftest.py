"""The foreign server for the tests beside this file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.foreign.commanded import NotToBeHad
from tests.foreign.node_server import NodeServer, installed


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[NodeServer]:
    """A server on node-opcua that does not run yet; skipped with its reason where that cannot be had."""
    try:
        installed()
    except NotToBeHad as reason:
        pytest.skip(str(reason))
    server = NodeServer(tmp_path)
    yield server
    server.vanish()
