"""The house rules that a machine can check: form, types, arrows between the rooms, and what is committed."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("hmi", "devices", "local_db", "screens")
FRONT_DOOR = re.compile(r"screens\.(app|cli|check|commands|registry|wires|wire_works|wiring|settings|demo)\b")
LONGEST_MODULE = 400  # lines
TEXT_ENDINGS = (
    ".py",
    ".toml",
    ".md",
    ".lock",
    ".yaml",
    ".yml",
    ".json",
    ".txt",
    ".sh",
    ".feature",
    ".html",
    ".cfg",
)
MACHINE_PATH = re.compile(
    r"(?<![\w.:/])/(?:home|Users|root|work)/(?!<)[\w.-]+|[A-Z]:\\\\?Users\\|(?<![\w.:/])/tmp/\w+"
)
REGISTRY = re.compile(
    r"pypi\.(?:org|python\.org)|pythonhosted|npmjs\.|anaconda\.org|--(?:extra-)?index-url[ =]http"
    r"|--find-links[ =]",
    re.IGNORECASE,
)
LAZY_NAMES = re.compile(r"(?:Manager|Helper|Helpers|Util|Utils|Base)$")
LAZY_MODULES = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"})
SILENCED = re.compile(r"#\s*(?:type:\s*ignore|pyright:)")


def committed_files() -> list[Path]:
    """Return the files under version control, or every file of the house where there is no repository."""
    listed = subprocess.run(
        [
            "git",
            "-c",
            f"safe.directory={ROOT}",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    skipped = {".venv", "out", "build", "dist", "__pycache__"}
    return [p for p in ROOT.rglob("*") if p.is_file() and not skipped.intersection(p.relative_to(ROOT).parts)]


def text_files() -> list[Path]:
    """Return the committed files that hold text, this one aside: it has to name what it forbids."""
    return [
        path
        for path in committed_files()
        if path != Path(__file__).resolve() and (path.suffix in TEXT_ENDINGS or not path.suffix)
    ]


def modules() -> list[Path]:
    """Return the Python modules of the four rooms and of packaging."""
    wanted = (*ROOMS, "packaging")
    return [
        path
        for path in committed_files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in wanted
    ]


def findings(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    """Return file, line and match of every place where the pattern is found."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {found.group(0)}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for found in pattern.finditer(line)
    ]


@functools.cache
def arrows() -> list[tuple[str, str]]:
    """Return every import between modules of the house as (importer, imported)."""
    graph = grimp.build_graph(*ROOMS, include_external_packages=False, cache_dir=None)
    return [
        (importer, imported)
        for importer in sorted(graph.modules)
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
    ]


def test_every_module_is_a_module() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in modules()}
    assert found == {*ROOMS, "packaging"}


@pytest.mark.parametrize(
    "words",
    [
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["basedpyright", "--pythonpath", sys.executable],
        ["lint-imports"],
    ],
    ids=["ruff check", "ruff format", "basedpyright", "lint-imports"],
)
@pytest.mark.timeout(300)
def test_tool_finds_nothing(words: list[str]) -> None:
    """Each tool runs as a person runs it, with the settings of pyproject.toml."""
    tool = Path(sys.executable).parent / words[0]
    done = subprocess.run(
        [str(tool), *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False, timeout=280
    )
    if done.returncode != 0:
        pytest.fail(
            f"{' '.join(words)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}", pytrace=False
        )


def test_plant_imports_nothing_of_the_house() -> None:
    """The plant is the far end of every wire: two readings of one contract catch each other's mistakes."""
    crossing = [
        arrow
        for arrow in arrows()
        if arrow[0].split(".")[:2] == ["devices", "plant"] and arrow[1].split(".")[:2] != ["devices", "plant"]
    ]
    assert crossing == []


def screen_of(module: str) -> str | None:
    """Return the screen that a module is part of: `run` for screens.run and screens.run_cards."""
    name = module.removeprefix("screens.")
    owners = [screen for screen in screens() if name == screen or name.startswith(f"{screen}_")]
    return max(owners, key=len, default=None)


@functools.cache
def screens() -> frozenset[str]:
    """Return the names of the screens: what the registry registers, aside from the frame and plain words."""
    registered = [imported for importer, imported in arrows() if importer == "screens.registry"]
    return frozenset(
        name.removeprefix("screens.") for name in registered if re.fullmatch(r"screens\.\w+", name)
    )


def test_a_screen_knows_no_other_screen() -> None:
    """A screen can be read alone; what screens share belongs into the kit or into a module of words."""
    assert screens(), "the registry registers no screen"
    crossing = [
        (importer, imported)
        for importer, imported in arrows()
        if (own := screen_of(importer)) and (other := screen_of(imported)) and own != other
    ]
    assert crossing == []


def test_only_the_front_door_builds_the_window() -> None:
    """Screens, kit and words reach neither the front door nor the inside of the frame."""
    inside = re.compile(r"screens\.shell\.(window|bridge|registry_types)\b")
    crossing = [
        (importer, imported)
        for importer, imported in arrows()
        if importer.startswith("screens")
        and not FRONT_DOOR.match(importer)
        and (
            FRONT_DOOR.match(imported)
            or (inside.match(imported) and not importer.startswith("screens.shell"))
        )
    ]
    assert crossing == []


def test_only_the_front_door_knows_every_room() -> None:
    crossing = [
        (importer, imported)
        for importer, imported in arrows()
        if importer.startswith("screens")
        and not FRONT_DOOR.match(importer)
        and imported.split(".")[0] in {"devices", "local_db"}
    ]
    assert crossing == []


def test_shell_knows_no_screen_by_name() -> None:
    """The frame gets its screens from the registry, so that a new one is a new file and one line."""
    crossing = [
        (importer, imported)
        for importer, imported in arrows()
        if importer.startswith("screens.shell") and screen_of(imported)
    ]
    assert crossing == []


def test_kit_knows_no_wire_no_row_and_no_screen() -> None:
    crossing = [
        (importer, imported)
        for importer, imported in arrows()
        if importer.startswith("screens.kit") and not re.match(r"hmi\b|screens\.kit\b", imported)
    ]
    assert crossing == []


def test_packaging_is_no_package() -> None:
    """An `__init__.py` there would hide the module of that name which installers import."""
    assert list((ROOT / "packaging").rglob("__init__.py")) == []


def test_modules_stay_short() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    too_long = {
        str(path.relative_to(ROOT)): count for path, count in lengths.items() if count > LONGEST_MODULE
    }
    assert too_long == {}


def test_no_lazy_names() -> None:
    """A class or module named for being handy says nothing about what it is."""
    lazy = [str(path.relative_to(ROOT)) for path in modules() if path.stem.lower() in LAZY_MODULES]
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and LAZY_NAMES.search(node.name):
                lazy.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.name}")
    assert lazy == []


def test_no_type_error_is_silenced() -> None:
    python = [path for path in text_files() if path.suffix == ".py"]
    assert findings(SILENCED, python) == []


def test_no_path_of_one_machine() -> None:
    assert findings(MACHINE_PATH, text_files()) == []


def test_no_registry_is_named() -> None:
    """Where packages come from is the business of the machine that installs them."""
    assert findings(REGISTRY, text_files()) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE_PATH, "see /home/anna/lineside"),
        (MACHINE_PATH, r"C:\Users\anna"),
        (MACHINE_PATH, "(/tmp/pictures)"),
        (REGISTRY, "--index-url https://mirror.example/simple"),
        (REGISTRY, "https://pypi.org/project/x"),
        (SILENCED, "x = 1  # type: ignore[assignment]"),
        (SILENCED, "# pyright: basic"),
        (LAZY_NAMES, "LinkManager"),
    ],
)
def test_the_patterns_find_what_they_forbid(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


def declared() -> list[Requirement]:
    """Return every direct dependency of pyproject.toml, from all groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups: list[list[str]] = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    return [Requirement(line) for group in groups for line in group]


def locked() -> dict[str, list[tuple[Version, int]]]:
    """Return name -> (version, number of hashes) of every pin in the lock file."""
    text = (ROOT / "packaging" / "requirements.lock").read_text(encoding="utf-8")
    pins: dict[str, list[tuple[Version, int]]] = {}
    for block in re.split(r"\n(?=\S)", text):
        head = re.match(r"([\w.-]+)==([^\s;]+)", block)
        assert head, f"not a pin: {block[:80]}"
        pins.setdefault(canonicalize_name(head[1]), []).append(
            (Version(head[2]), block.count("--hash=sha256:"))
        )
    return pins


def test_lock_pins_every_dependency_at_its_lower_bound() -> None:
    """What is promised to work is what the tests run with; every pin carries hashes."""
    pins = locked()
    for requirement in declared():
        lower = [Version(s.version) for s in requirement.specifier if s.operator == ">="]
        versions = [version for version, _ in pins[canonicalize_name(requirement.name)]]
        assert lower == [min(versions)], f"{requirement} is locked at {versions}"
        assert all(requirement.specifier.contains(version) for version in versions)
    assert [name for name, found in pins.items() if any(hashes == 0 for _, hashes in found)] == []


def test_every_imported_distribution_is_declared() -> None:
    """Run-time code imports only what a user's install brings."""
    graph = grimp.build_graph(*ROOMS, include_external_packages=True, cache_dir=None)
    roots = {name.split(".")[0] for name in graph.modules} - set(ROOMS) - set(sys.stdlib_module_names)
    modules_of = {
        "PySide6-Essentials": {"PySide6", "shiboken6"},
        "SQLAlchemy": {"sqlalchemy"},
        "pyserial": {"serial"},
        "python-json-logger": {"pythonjsonlogger"},
        "argon2-cffi": {"argon2"},
        "fonttools": {"fontTools"},
        "psycopg": {"psycopg"},
    }
    brought: set[str] = {"starlette"}  # fastapi's own foundation, whose types its users name
    for requirement in declared():
        brought |= modules_of.get(requirement.name, {requirement.name.replace("-", "_")})
    assert roots - brought == set()
