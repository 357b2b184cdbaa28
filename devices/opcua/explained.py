"""What the socket and the stack raise, in words with a remedy."""

import socket
from collections.abc import Generator
from contextlib import contextmanager

from asyncua.ua.uaerrors import UaError, UaStatusCodeError

from devices.opcua import status_codes
from hmi.errors import LinkError


@contextmanager
def explained(endpoint: str) -> Generator[None]:
    """Turn what the socket and the stack raise into a LinkError with words and a remedy."""
    try:
        yield
    except LinkError:
        raise
    except ConnectionRefusedError as error:
        raise LinkError(
            f"nobody listens at {endpoint}: is the PLC on, its OPC UA server switched on, the port right?"
        ) from error
    except TimeoutError as error:
        raise LinkError(f"no answer from {endpoint}: look at cable, address and firewall") from error
    except socket.gaierror as error:
        raise LinkError(
            f"the host of {endpoint} is not known: look at its spelling, or write its IP address"
        ) from error
    except OSError as error:
        raise LinkError(
            f"the connection to {endpoint} broke ({error}): look at the cable and the PLC"
        ) from error
    except UaStatusCodeError as error:
        raise LinkError(f"{endpoint} answered {status_codes.words(error.code)}") from error
    except (UaError, ValueError) as error:
        raise LinkError(f"{endpoint} sent what cannot be read ({error}): is it an OPC UA server?") from error
