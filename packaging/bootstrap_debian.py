"""The system libraries that Qt loads, and how a Debian or Ubuntu machine gets the missing ones."""

from __future__ import annotations

import sys

from bootstrap_machine import Machine, Outcome, SetupError, Steps, explain

# soname -> package names, the newest distribution's first where it was renamed
LIBRARIES = {
    "libEGL.so.1": ("libegl1",),
    "libGL.so.1": ("libgl1",),
    "libglib-2.0.so.0": ("libglib2.0-0t64", "libglib2.0-0"),
    "libdbus-1.so.3": ("libdbus-1-3",),
    "libfontconfig.so.1": ("libfontconfig1",),
    "libxkbcommon.so.0": ("libxkbcommon0",),
    "libxcb-cursor.so.0": ("libxcb-cursor0",),
    "libxcb-icccm.so.4": ("libxcb-icccm4",),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1",),
    "libxcb-shape.so.0": ("libxcb-shape0",),
    "libxcb-xkb.so.1": ("libxcb-xkb1",),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0",),
}
VENV_MODULE = (f"python{sys.version_info[0]}.{sys.version_info[1]}-venv", "python3-venv")
FONT_SETTINGS = "/etc/fonts/fonts.conf"  # without it Qt finds no typeface at all
FONT = "fonts-inter"
INSTALL = ["apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"]
SUDO = ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]


def install_system_packages(machine: Machine, steps: Steps) -> None:
    """Install missing system libraries, the venv module and the font with apt-get. Raises SetupError."""
    if not machine.linux:
        return
    steps.start("system libraries")
    groups = [LIBRARIES[soname] for soname in machine.missing_libraries(list(LIBRARIES))]
    if not machine.has_file(FONT_SETTINGS):
        groups.append(("fontconfig-config",))
    if not machine.can_make_environments():
        groups.append(VENV_MODULE)
    font = [] if machine.has_font() else [FONT]
    if not groups and not font:
        steps.end("all here")
    elif machine.which("apt-get") is None:
        _without_apt(groups, steps)
    else:
        prefix = _rights(machine, groups, font)
        if prefix is None:
            steps.end(f"all here but the typeface Inter (optional: install {FONT})")
        else:
            _install(machine, steps, prefix, groups, font)


def _without_apt(groups: list[tuple[str, ...]], steps: Steps) -> None:
    if groups:
        names = " ".join(group[-1] for group in groups)
        raise SetupError(
            f"System libraries are missing, and this Linux has no apt-get. In Debian's words: {names}",
            "Install what your distribution calls them, and run the same command again.",
            3,
        )
    steps.end("all here but the typeface Inter (optional)")


def _rights(machine: Machine, groups: list[tuple[str, ...]], font: list[str]) -> list[str] | None:
    """Return the words before a command that needs root; None: not worth asking. Raises SetupError (3)."""
    if machine.root:
        return ["env", *SUDO[3:]]
    sudo = machine.which("sudo") is not None
    if sudo and machine.run(["sudo", "-n", "true"]).code == 0:
        return SUDO
    if not groups:
        return None
    if sudo and machine.person:
        print("sudo asks for your password:", flush=True)
        if machine.ask(["sudo", "-v"]) == 0:
            return SUDO
    names = " ".join([_choose(machine, group) for group in groups] + font)
    install = f"apt-get install -y --no-install-recommends {names}"
    line = f"sudo apt-get update && sudo {install}" if sudo else f"apt-get update && {install}"
    raise SetupError(
        "System libraries are missing, and this account may not install them.",
        f"Run this line{'' if sudo else ' as root'}, then the same command again:\n    {line}",
        3,
    )


def _choose(machine: Machine, names: tuple[str, ...]) -> str:
    """Return the first of the names that this distribution has, or the last one."""
    for name in names[:-1]:
        shown = machine.run(["apt-cache", "show", "--no-all-versions", name])
        if shown.code == 0 and f"Package: {name}\n" in shown.output:
            return name
    return names[-1]


def _install(
    machine: Machine, steps: Steps, prefix: list[str], groups: list[tuple[str, ...]], font: list[str]
) -> None:
    update = [*prefix, "apt-get", "update", "-q"]
    outcome = machine.run(update) if not machine.has_package_lists() else Outcome(0, "")
    needed = [_choose(machine, group) for group in groups]
    steps.note(f"installing {' '.join([*needed, *font])}")
    outcome = machine.run([*prefix, *INSTALL, *needed, *font])
    if outcome.code != 0:
        machine.run(update)  # the lists may be too old to fetch by
        _repair(machine, prefix)
        needed = [_choose(machine, group) for group in groups]
        outcome = machine.run([*prefix, *INSTALL, *needed, *font])
    if outcome.code != 0 and font:
        steps.note(f"without {FONT}, so another typeface")
        outcome = machine.run([*prefix, *INSTALL, *needed]) if needed else Outcome(0, "")
    if outcome.code != 0:
        raise explain("Installing system libraries", outcome.output)
    steps.end()


def _repair(machine: Machine, prefix: list[str]) -> None:
    """Bring packages in order that an earlier run left half unpacked or not configured."""
    listed = machine.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\n"]).output
    torn = [line.split()[1] for line in listed.splitlines() if line[2:3] == "R"]
    machine.run([*prefix, "dpkg", "--configure", "-a"])
    if torn:
        machine.run([*prefix, *INSTALL, "--reinstall", *torn])
    machine.run([*prefix, *INSTALL, "--fix-broken"])
