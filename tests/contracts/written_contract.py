"""Reads docs/mes-contract/openapi.yaml and says in which ways an answer is not what stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Json = Any
FILE = Path(__file__).parents[2] / "docs" / "mes-contract" / "openapi.yaml"
METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})


class _Once(yaml.SafeLoader):
    """Reads YAML in which no key stands twice: of two, one would be passed over in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        told: dict[Any, Any] = super().construct_mapping(node, deep)
        if len(told) < len(node.value):
            raise ValueError(f"a key stands twice in the mapping that begins at {node.start_mark}")
        return told


class WrittenContract:
    """The contract as it is written, with the paths and answers that it allows."""

    def __init__(self, file: Path = FILE) -> None:
        """Read the file."""
        self.document: dict[str, Any] = yaml.load(file.read_text("utf-8"), _Once)  # noqa: S506 - a safe loader
        root = Resource.from_contents(self.document, default_specification=DRAFT202012)
        self._registry: Registry[Json] = Registry[Json]().with_resource("urn:contract", root)

    @property
    def schemas(self) -> Mapping[str, Json]:
        """All schemas by name."""
        return self.document["components"]["schemas"]

    def operations(self) -> Iterator[tuple[str, str, dict[str, Json]]]:
        """Every method and path template with what is written about it."""
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method in METHODS:
                    yield method, path, operation

    def operation(self, method: str, path: str) -> dict[str, Json]:
        """What is written about one method of a path template."""
        return self.document["paths"][path][method]

    def resolved(self, thing: Json) -> Json:
        """The thing itself, where only its address stands."""
        while isinstance(thing, dict) and "$ref" in thing:
            thing = self.at(thing["$ref"])
        return thing

    def at(self, reference: str) -> Json:
        """What stands at an address like `#/components/schemas/Time`; KeyError when nothing does."""
        found: Json = self.document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return found

    def references(self) -> Iterator[str]:
        """Every address in the document."""
        return _references(self.document)

    def faults(self, schema: Json, value: Json) -> list[str]:
        """Where a value is not what a schema (or the name of one) says, in words; empty when it is."""
        address = f"#/components/schemas/{schema}" if isinstance(schema, str) else None
        whole = _absolute({"$ref": address} if address else schema)
        return [
            f"{error.json_path}: {error.message[:300]}"
            for error in Draft202012Validator(whole, registry=self._registry).iter_errors(value)
        ]

    def answer_faults(self, method: str, path: str, answer: httpx.Response) -> list[str]:
        """Where an answer to an operation is not what is written: status, headers, content type, body."""
        responses = self.operation(method, path)["responses"]
        written = self.resolved(responses.get(str(answer.status_code)))
        if written is None:
            return [f"status {answer.status_code} is not written for {method} {path}"]
        found: list[str] = []
        for name, header in written.get("headers", {}).items():
            rules = self.resolved(header)
            text = answer.headers.get(name)
            if text is not None:
                found += [f"{name}: {fault}" for fault in self.faults(rules["schema"], text)]
            elif rules.get("required"):
                found.append(f"the header {name} is missing")
        content = written.get("content", {})
        if not content:
            return found + (["a body where none is written"] if answer.content else [])
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if kind not in content:
            return [*found, f"content type {kind!r} is not written"]
        try:
            body = answer.json()
        except ValueError as error:
            return [*found, f"the body is not JSON: {error}"]
        return found + self.faults(content[kind]["schema"], body)

    def examples(self) -> Iterator[tuple[str, Json, Json]]:
        """Every example of a body: where it stands, the schema beside it, and the example."""
        for method, path, operation in self.operations():
            bodies = [("asked", operation.get("requestBody"))]
            bodies += [(status, self.resolved(answer)) for status, answer in operation["responses"].items()]
            for status, body in bodies:
                for media in (body or {}).get("content", {}).values():
                    where = f"{method} {path} {status}"
                    if "example" in media:
                        yield where, media["schema"], media["example"]
                    for name, example in media.get("examples", {}).items():
                        yield f"{where} {name}", media["schema"], example["value"]
        for name, schema in self.schemas.items():
            for number, example in enumerate(schema.get("examples", ())):
                yield f"{name} {number}", schema, example

    def kinds(self) -> dict[str, tuple[frozenset[str], Json]]:
        """Each kind of version 1: the subjects that it may be about, and the schema of its payload."""
        found: dict[str, tuple[frozenset[str], Json]] = {}
        for rule in self.schemas["Entry"]["allOf"][1:]:
            then = rule["then"]["properties"]
            subjects = frozenset(then["subject"]["properties"]["kind"]["enum"])
            found[rule["if"]["properties"]["kind"]["const"]] = (subjects, self.resolved(then["payload"]))
        return found


def template_of(path: str) -> re.Pattern[str]:
    """A pattern for the addresses that a path template stands for."""
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


def _references(thing: Json) -> Iterator[str]:
    if isinstance(thing, dict):
        for key, value in thing.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            elif key == "mapping":
                yield from value.values()
            else:
                yield from _references(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from _references(value)


def _absolute(schema: Json) -> Json:
    """The schema with its addresses made to name the document, so that it can be used outside of it."""
    if isinstance(schema, dict):
        return {
            key: f"urn:contract{value}" if key == "$ref" and isinstance(value, str) else _absolute(value)
            for key, value in schema.items()
        }
    return [_absolute(value) for value in schema] if isinstance(schema, list) else schema
