"""The set-up script against a machine that remembers what it was asked, and once as a real process."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import bootstrap
import bootstrap_debian
import bootstrap_machine
from bootstrap import Place
from bootstrap_machine import Machine, Outcome, SetupError, Steps, explain

ROOT = Path(__file__).resolve().parents[2]
LOCK = """\
ruff==0.17.5 \\
    --hash=sha256:aa
uv==0.13.8 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
uvicorn==0.54.0 \\
    --hash=sha256:dd
"""


class RehearsedMachine(Machine):
    """A machine that runs nothing: it keeps the commands, and answers those that a test has an answer for."""

    def __init__(
        self, missing: tuple[str, ...] = (), root: bool = True, commands: str = "apt-get sudo"
    ) -> None:
        super().__init__()
        self.linux = True
        self.windows = False
        self.root = root
        self.person = False
        self.missing = list(missing)
        self.commands = commands.split()
        self.font = True
        self.font_settings = True
        self.package_lists = True
        self.venv_module = True
        self.space = 10**10
        self.ran: list[str] = []
        self.environments: list[dict[str, str]] = []
        self.asked: list[str] = []
        self.answers: list[tuple[str, Callable[[], Outcome]]] = []

    def answer(self, part: str, *outcomes: Outcome) -> None:
        """Answer commands that contain `part`: in turn with the outcomes, then with the last for good."""
        waiting = list(outcomes)
        self.answers.append((part, lambda: waiting.pop(0) if len(waiting) > 1 else waiting[0]))

    def run(self, words: list[str], environment: dict[str, str] | None = None) -> Outcome:
        line = " ".join(words)
        self.ran.append(line)
        self.environments.append(environment or {})
        return next((answer() for part, answer in self.answers if part in line), Outcome(0, ""))

    def ask(self, words: list[str]) -> int:
        self.asked.append(" ".join(words))
        return 0

    def which(self, name: str) -> str | None:
        return name if name in self.commands else None

    def missing_libraries(self, sonames: list[str]) -> list[str]:
        return [name for name in sonames if name in self.missing]

    def has_font(self) -> bool:
        return self.font

    def has_file(self, name: str) -> bool:
        return self.font_settings and name == bootstrap_debian.FONT_SETTINGS

    def has_package_lists(self) -> bool:
        return self.package_lists

    def can_make_environments(self) -> bool:
        return self.venv_module

    def free_bytes(self, folder: Path) -> int:
        return self.space

    def lines_with(self, part: str) -> list[str]:
        """Return the commands that contain `part`."""
        return [line for line in self.ran if part in line]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout in a folder with a space, with an environment whose Python is that of the system."""
    place = Place(tmp_path / "line side")
    (place.root / "packaging").mkdir(parents=True)
    place.lock.write_text(LOCK, encoding="utf-8")
    (place.root / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    for name in bootstrap.SCRIPTS:
        (place.root / "packaging" / name).write_text("", encoding="utf-8")
    place.tool("python").parent.mkdir(parents=True)
    place.tool("python").symlink_to(Path(sys.executable).resolve())
    return place


def install_system(machine: RehearsedMachine) -> None:
    bootstrap_debian.install_system_packages(machine, Steps())


def test_nothing_missing_runs_no_apt() -> None:
    machine = RehearsedMachine()
    install_system(machine)
    assert machine.lines_with("apt-get") == []


def test_root_installs_what_is_missing_in_one_go() -> None:
    machine = RehearsedMachine(("libEGL.so.1", "libxcb-cursor.so.0"))
    machine.font = False
    machine.venv_module = False
    machine.answer("apt-cache show", Outcome(100, "E: No packages found"))
    install_system(machine)
    (line,) = machine.lines_with("apt-get")
    assert line.endswith("libegl1 libxcb-cursor0 python3-venv fonts-inter")
    assert "DEBIAN_FRONTEND=noninteractive" in line
    assert "sudo" not in line


def test_a_machine_without_typefaces_gets_their_settings() -> None:
    machine = RehearsedMachine()
    machine.font_settings = False
    install_system(machine)
    assert machine.ran[-1].split()[-1] == "fontconfig-config"


def test_empty_package_lists_are_fetched_first() -> None:
    machine = RehearsedMachine(("libEGL.so.1",))
    machine.package_lists = False
    install_system(machine)
    update, install = machine.lines_with("apt-get")
    assert "apt-get update" in update
    assert "libegl1" in install


def test_a_failed_install_is_repaired_and_tried_again() -> None:
    machine = RehearsedMachine(("libEGL.so.1",))
    machine.answer("--reinstall", Outcome(0, ""))
    machine.answer("libegl1", Outcome(100, "404  Not Found"), Outcome(0, ""))
    machine.answer("dpkg-query", Outcome(0, "ii  bash\niHR fontconfig-config\niU  libfontconfig1\n"))
    install_system(machine)
    order = [line for line in machine.ran if line.startswith("env")]
    assert [
        "update" in order[1],
        "--configure -a" in order[2],
        "--reinstall fontconfig-config" in order[3],
    ] == [
        True,
        True,
        True,
    ]
    assert len(machine.lines_with("libegl1")) == 2


def test_a_font_that_cannot_be_had_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    machine = RehearsedMachine(("libEGL.so.1",))
    machine.font = False
    machine.answer("fonts-inter", Outcome(100, "E: Unable to locate package fonts-inter"))
    install_system(machine)
    assert machine.ran[-1].endswith("libegl1")
    assert "without fonts-inter" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("shown", "chosen"),
    [
        (Outcome(0, "Package: libglib2.0-0t64\nVersion: 2.84\n"), "libglib2.0-0t64"),
        (Outcome(100, "E: No packages found\n"), "libglib2.0-0"),
    ],
)
def test_renamed_packages_get_the_name_of_the_distribution(shown: Outcome, chosen: str) -> None:
    machine = RehearsedMachine(("libglib-2.0.so.0",))
    machine.answer("apt-cache show", shown)
    install_system(machine)
    assert machine.ran[-1].split()[-1] == chosen


def test_ordinary_account_uses_sudo_that_asks_nothing() -> None:
    machine = RehearsedMachine(("libEGL.so.1",), root=False)
    install_system(machine)
    assert machine.ran[-1].startswith("sudo -n env DEBIAN_FRONTEND=noninteractive")
    assert machine.asked == []


def test_a_person_is_asked_for_the_password() -> None:
    machine = RehearsedMachine(("libEGL.so.1",), root=False)
    machine.person = True
    machine.answer("sudo -n true", Outcome(1, "a password is required"))
    install_system(machine)
    assert machine.asked == ["sudo -v"]
    assert machine.ran[-1].startswith("sudo -n env")


@pytest.mark.parametrize(
    ("commands", "line"),
    [
        (
            "apt-get sudo",
            "    sudo apt-get update && sudo apt-get install -y --no-install-recommends libegl1 fonts-inter",
        ),
        ("apt-get", "    apt-get update && apt-get install -y --no-install-recommends libegl1 fonts-inter"),
    ],
)
def test_without_rights_the_line_to_run_is_printed(commands: str, line: str) -> None:
    machine = RehearsedMachine(("libEGL.so.1",), root=False, commands=commands)
    machine.font = False
    machine.answer("sudo -n true", Outcome(1, ""))
    with pytest.raises(SetupError) as caught:
        install_system(machine)
    assert caught.value.code == 3
    assert caught.value.remedy.splitlines()[-1] == line
    assert machine.lines_with("apt-get install") == []


def test_without_rights_a_missing_font_is_only_told(capsys: pytest.CaptureFixture[str]) -> None:
    machine = RehearsedMachine(root=False, commands="")
    machine.commands = ["apt-get"]
    machine.font = False
    install_system(machine)
    assert "fonts-inter" in capsys.readouterr().out
    assert machine.ran == []


def test_a_linux_without_apt_is_told_the_names() -> None:
    machine = RehearsedMachine(("libEGL.so.1",), commands="")
    with pytest.raises(SetupError, match="libegl1") as caught:
        install_system(machine)
    assert caught.value.code == 3


def test_other_systems_skip_the_libraries() -> None:
    machine = RehearsedMachine(("libEGL.so.1",))
    machine.linux = False
    install_system(machine)
    assert machine.ran == []


def test_every_library_of_the_list_is_asked_for_by_the_loader() -> None:
    """The real loader of this machine, which runs the tests of the windows, has them all."""
    machine = Machine()
    if not machine.linux:
        pytest.skip("only Linux has system libraries to ask for")
    assert machine.missing_libraries(list(bootstrap_debian.LIBRARIES)) == []
    assert machine.missing_libraries(["libnosuchthing.so.9", "libc.so.6"]) == ["libnosuchthing.so.9"]


def test_set_up_installs_the_lock_and_the_second_time_nothing(place: Place) -> None:
    machine = RehearsedMachine()
    machine.answer("import sys, pip", Outcome(0, "python 3 11\n"))
    bootstrap.set_up(machine, place)
    (uv,) = machine.lines_with("uv-requirement.txt")
    assert "--require-hashes" in uv
    (packages,) = machine.lines_with("requirements.lock")
    assert "-m uv pip install" in packages
    assert "--require-hashes" in packages
    assert machine.ran[-1].endswith(f"--no-deps --no-build-isolation --editable {place.root}")
    assert not place.unfinished.exists()
    machine.ran.clear()
    bootstrap.set_up(machine, place)
    assert machine.ran == []


@pytest.mark.parametrize(
    "changed", ["pyproject.toml", "packaging/requirements.lock", "packaging/bootstrap.py"]
)
def test_a_change_is_set_up_again(place: Place, changed: str) -> None:
    machine = RehearsedMachine()
    machine.answer("import sys, pip", Outcome(0, "python 3 11\n"))
    bootstrap.set_up(machine, place)
    with (place.root / changed).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    assert not place.is_ready()


def test_a_moved_checkout_is_set_up_again(place: Place) -> None:
    machine = RehearsedMachine()
    machine.answer("import sys, pip", Outcome(0, "python 3 11\n"))
    bootstrap.set_up(machine, place)
    assert place.is_ready()
    assert not Place(place.root.rename(place.root.with_name("elsewhere"))).is_ready()


@pytest.mark.parametrize(
    ("probe", "torn", "kept"),
    [
        ("python 3 12", False, True),
        ("python 3 9", False, False),
        ("", False, False),
        ("python 3 12", True, False),
    ],
)
def test_an_environment_is_kept_only_when_it_works(place: Place, probe: str, torn: bool, kept: bool) -> None:
    machine = RehearsedMachine()
    machine.answer("import sys, pip", Outcome(0, probe))
    if torn:
        place.unfinished.touch()
    bootstrap.make_environment(machine, place, Steps())
    assert (machine.lines_with("-m venv --clear") == []) == kept


def test_without_a_wheel_of_uv_pip_installs_the_same_lock(place: Place) -> None:
    machine = RehearsedMachine()
    machine.answer("uv-requirement.txt", Outcome(1, "ERROR: No matching distribution found for uv==0.13.8"))
    bootstrap.install_packages(machine, place, Steps())
    (packages,) = machine.lines_with("requirements.lock")
    assert "-m pip install" in packages
    assert "--require-hashes" in packages
    assert "-m uv" not in machine.ran[-1]


def test_an_untrusted_certificate_is_tried_with_those_of_the_system(place: Place) -> None:
    machine = RehearsedMachine()
    machine.answer("requirements.lock", Outcome(2, "invalid peer certificate: UnknownIssuer"), Outcome(0, ""))
    bootstrap.install_packages(machine, place, Steps())
    first, second = (
        environment
        for line, environment in zip(machine.ran, machine.environments, strict=True)
        if "requirements.lock" in line
    )
    assert "UV_SYSTEM_CERTS" not in first
    assert second["UV_SYSTEM_CERTS"] == "1"


def test_a_mirror_set_for_pip_is_told_to_uv(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    machine = RehearsedMachine()
    machine.answer(
        "config list", Outcome(0, "global.index-url='https://mirror.example/simple'\nglobal.x='1'\n")
    )
    assert bootstrap.mirror_settings(machine, "python") == {
        "UV_DEFAULT_INDEX": "https://mirror.example/simple"
    }


def test_a_failed_set_up_leaves_no_stamp(place: Place) -> None:
    machine = RehearsedMachine()
    machine.answer("import sys, pip", Outcome(0, "python 3 11\n"))
    machine.answer("-m pip", Outcome(1, "Temporary failure in name resolution"))
    with pytest.raises(SetupError, match="cannot be reached"):
        bootstrap.set_up(machine, place)
    assert not place.is_ready()
    assert not place.unfinished.exists()


def test_a_full_disk_is_seen_before_anything_is_written(place: Place) -> None:
    machine = RehearsedMachine()
    machine.space = 10**8
    with pytest.raises(SetupError, match="disk is full"):
        bootstrap.make_environment(machine, place, Steps())
    assert machine.lines_with("-m venv") == []


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("error: Hash mismatch for `ruff==0.17.5`", "not the file that was locked"),
        ("ssl.SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED", "certificate is not trusted"),
        ("error sending request for url: dns error", "cannot be reached"),
        ("Permission denied: '.venv'", "may not write"),
        ("Segmentation fault", "It said:\n    Segmentation fault"),
    ],
)
def test_failures_are_told_in_plain_words_with_a_remedy(output: str, words: str) -> None:
    told = explain("Installing packages", output)
    assert words in told.wrong
    assert told.remedy


@pytest.mark.parametrize(
    ("version", "accepted"), [((3, 10), False), ((3, 11), True), ((3, 14), True), ((3, 15), False)]
)
def test_python_versions(version: tuple[int, int], accepted: bool) -> None:
    if accepted:
        bootstrap.check_python(*version)
    else:
        with pytest.raises(SetupError, match=r"3\.11 to 3\.14") as caught:
            bootstrap.check_python(*version)
        assert caught.value.code == 2


@pytest.mark.parametrize("module", [bootstrap, bootstrap_debian, bootstrap_machine], ids=lambda m: m.__name__)
def test_an_old_python_can_read_the_script_to_refuse_it(module: object) -> None:
    source = Path(str(getattr(module, "__file__", ""))).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))


def test_a_lock_entry_is_one_package_with_all_hashes() -> None:
    assert bootstrap.lock_entry(LOCK, "uv").split() == [
        "uv==0.13.8",
        "\\",
        "--hash=sha256:bb",
        "\\",
        "--hash=sha256:cc",
    ]
    with pytest.raises(SetupError, match="does not pin pip"):
        bootstrap.lock_entry(LOCK, "pip")


def test_windows_are_drawn_in_memory_only_without_a_display() -> None:
    at = bootstrap.program_environment
    assert at({}, linux=True) == {"QT_QPA_PLATFORM": "offscreen"}
    assert at({"DISPLAY": ":0"}, linux=True) == {"DISPLAY": ":0"}
    assert at({"WAYLAND_DISPLAY": "w"}, linux=True) == {"WAYLAND_DISPLAY": "w"}
    assert at({"QT_QPA_PLATFORM": "vnc"}, linux=True) == {"QT_QPA_PLATFORM": "vnc"}
    assert at({}, linux=False) == {}


def test_arguments_go_through_to_the_program(place: Place) -> None:
    for name in ("lineside", "ruff"):
        place.tool(name).touch()
    python, pytest_words = str(place.tool("python")), ["-m", "pytest", "-k", "a b"]
    assert bootstrap.program_words(place, "test", ["-k", "a b"]) == [python, *pytest_words]
    assert "-n" in bootstrap.program_words(place, "test", [])
    assert bootstrap.program_words(place, "bench", ["--quick"]) == [python, "-m", "tests.bench", "--quick"]
    assert bootstrap.program_words(place, "demo", ["--play"]) == [
        str(place.tool("lineside")),
        "demo",
        "--play",
    ]
    assert bootstrap.program_words(place, "tool", ["ruff", "check"]) == [str(place.tool("ruff")), "check"]
    with pytest.raises(SetupError, match="no command nothere"):
        bootstrap.program_words(place, "tool", ["nothere"])


@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        (["--help"], 0, "usage:", ""),
        ([], 2, "", "usage:"),
        (["dance"], 2, "", "usage:"),
        (["tool"], 2, "", "usage:"),
    ],
)
def test_the_script_as_a_process(arguments: list[str], code: int, out: str, err: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "packaging" / "bootstrap.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == code
    assert out in done.stdout
    assert err in done.stderr


def test_a_real_command_is_run_and_its_output_kept() -> None:
    machine = Machine()
    done = machine.run(
        [sys.executable, "-c", "import os; print(os.environ['X_Y']); raise SystemExit(7)"], {"X_Y": "z"}
    )
    assert (done.code, done.output.strip()) == (7, "z")
    assert machine.run(["no such command here"]).code == 127
