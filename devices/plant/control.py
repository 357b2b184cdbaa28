"""The plant's control: JSON lines over loopback TCP, one answer for each line, so that anything
can play the people.

The commands and their answers are listed in README.md beside this file.
"""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import quote

from devices.plant.memory import read_memory
from devices.plant.packml import NotAllowedError
from devices.plant.part import Part, PartError
from devices.plant.plant import Plant
from devices.plant.press import measure
from devices.plant.readers import Reader, ReaderError, scan

Words = Mapping[str, object]
_LINE_LIMIT = 65536


class CommandError(Exception):
    """The line is not a command; the text says what is missing or wrong."""


class Control:
    """Answers the control's commands for one plant."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer a connection's lines until it closes; a line that is no JSON object ends the connection."""
        try:
            while line := await reader.readline():
                try:
                    order = json.loads(line)
                except ValueError:
                    order = None
                known = isinstance(order, dict)
                answer = (
                    await self.answer(order)
                    if isinstance(order, dict)
                    else _no("Send one JSON object a line.")
                )
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
                if not known:
                    break
        except (ConnectionError, ValueError):
            return
        finally:
            writer.close()

    async def answer(self, order: Words) -> Words:
        """Obey one command: `{"ok": true, ...}`, or `{"ok": false, "words": ...}` when it cannot be done."""
        try:
            return {"ok": True, **await self._obey(order)}
        except (CommandError, PartError, ReaderError, NotAllowedError) as error:
            return _no(str(error))

    async def _obey(self, order: Words) -> Words:
        match order.get("cmd"):
            case "state":
                return await self._state()
            case "scan":
                return await self._scan(order)
            case "press":
                return await self._press(order)
            case "measure":
                return self._measure(order)
            case "plc":
                return await self._plc(order)
            case "mes":
                return await self._mes(order)
            case "reader":
                return await self._reader(order)
            case "labels":
                return {"labels": [label.model_dump() for label in self._plant.story.labels]}
            case "quit":
                self._plant.ended.set()
                return {}
            case unknown:
                raise CommandError(f"There is no command {unknown!r}.")

    async def _state(self) -> Words:
        plant = self._plant
        press: object = None
        if plant.plc.on and not plant.frozen:
            press = (await plant.plc.ask({"do": "state"})).get("press")
        return {
            "plc": {"on": plant.plc.on, "frozen": plant.frozen, "pid": plant.plc.pid},
            "mes": {"on": plant.mes.on, "pid": plant.mes.pid},
            "press": press,
            "readers": {
                name: {"plugged": reader.plugged, "held": reader.held(), "port": reader.port}
                for name, reader in plant.readers.items()
            },
        }

    async def _scan(self, order: Words) -> Words:
        pieces = order.get("pieces", 1)
        if not isinstance(pieces, int) or not 1 <= pieces <= 1000:
            raise CommandError("pieces is a number from 1 to 1000.")
        written = await scan(self._named_reader(order, "reader"), _text(order, "text"), pieces)
        return {"written": written.size, "held": written.held}

    async def _press(self, order: Words) -> Words:
        do = _one_of(order, "do", ("start", "stop", "clear", "hold", "fault", "mode", "end_coil"))
        question: dict[str, object] = {"do": "run" if do == "start" else do}
        question |= {key: order[key] for key in ("code", "mode") if key in order}
        answer = await self._plant.plc.ask(question)
        if answer.get("ok") is not True:
            raise CommandError(str(answer.get("words")))
        return {"press": answer.get("press")}

    def _measure(self, order: Words) -> Words:
        count, outside = order.get("count", 5), order.get("outside", 0)
        if not isinstance(count, int) or not isinstance(outside, int):
            raise CommandError("count and outside are whole numbers.")
        settings = self._plant.settings
        values = measure(settings.seed, read_memory(settings.memory), count, outside)
        return {"values": [f"{value:.2f}" for value in values], "unit": "mm"}

    async def _plc(self, order: Words) -> Words:
        plant, do = self._plant, _one_of(order, "do", ("off", "on", "restart", "freeze", "thaw"))
        if do in ("off", "restart"):
            await plant.plc.stop(hard=True)
            plant.frozen = False
        if do in ("on", "restart"):
            await plant.plc.start()
        if do in ("freeze", "thaw"):
            await plant.plc.ask({"do": do})
            plant.frozen = do == "freeze"
        return {"on": plant.plc.on, "frozen": plant.frozen}

    async def _mes(self, order: Words) -> Words:
        mes: Part = self._plant.mes
        do = _one_of(order, "do", ("off", "on", "restart", "kill", "busy", "cancel", "release", "plan"))
        if do in ("off", "restart", "kill"):
            await mes.stop(hard=do == "kill" or order.get("hard") is True)
        if do in ("on", "restart"):
            await mes.start()
        if do == "busy":
            await self._tell_mes("/reference/busy", {"seconds": order.get("seconds", 10)})
        if do in ("cancel", "release"):
            state = "cancelled" if do == "cancel" else "released"
            await self._tell_mes(
                f"/reference/orders/{quote(_text(order, 'order'), safe='')}/state", {"state": state}
            )
        if do == "plan":
            body = {key: order.get(key) for key in ("family", "id", "record")}
            await self._tell_mes("/reference/plans", body)
        return {"on": mes.on}

    async def _reader(self, order: Words) -> Words:
        reader = self._named_reader(order, "name")
        await (reader.plug() if _one_of(order, "do", ("plug", "unplug")) == "plug" else reader.unplug())
        return {"plugged": reader.plugged, "port": reader.port}

    def _named_reader(self, order: Words, key: str) -> Reader:
        return self._plant.readers[_one_of(order, key, tuple(self._plant.readers))]

    async def _tell_mes(self, path: str, body: Words) -> None:
        if not self._plant.mes.on:
            raise PartError("The MES is off.")
        token = self._plant.settings.token_file.read_text("utf-8").strip()
        request = urllib.request.Request(  # noqa: S310 - the URL is the plant's own
            self._plant.mes_url + path,
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        await asyncio.to_thread(_send, request)


def _send(request: urllib.request.Request) -> None:
    try:
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - the URL is the plant's own
            return
    except urllib.error.HTTPError as error:
        raise CommandError(
            f"The MES answers {error.code}: {error.read().decode('utf-8', 'replace')}"
        ) from None
    except OSError as error:
        raise PartError(f"The MES does not answer: {error}.") from None


def _no(words: str) -> Words:
    return {"ok": False, "words": words}


def _text(order: Words, key: str) -> str:
    value = order.get(key)
    if not isinstance(value, str) or not value:
        raise CommandError(f"{key} is missing.")
    return value


def _one_of(order: Words, key: str, known: tuple[str, ...]) -> str:
    value = order.get(key)
    if not isinstance(value, str) or value not in known:
        raise CommandError(f"{key} is one of {', '.join(known)}.")
    return value
