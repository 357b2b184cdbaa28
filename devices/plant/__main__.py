"""`python -m devices.plant run|console|plc|mes ...`: each word is a program of its own, loaded only
when it is asked for.
"""

import runpy
import sys

PROGRAMS = {
    "run": ("devices.plant.run", "the whole plant: press, PLC, readers and MES, until it is stopped"),
    "console": ("devices.plant.console", "play with a running plant: scan, fault, switch off, unplug"),
    "plc": ("devices.plant.plc", "the PLC alone"),
    "mes": ("devices.plant.mes_server", "the reference MES alone"),
}


def main(words: list[str]) -> int:
    """Run the program that the first word names with the other words; without one, say what there is."""
    if not words or words[0] not in PROGRAMS:
        print("usage: python -m devices.plant PROGRAM [--help]\n")
        for name, (_, what) in PROGRAMS.items():
            print(f"  {name:<8} {what}")
        return 0 if words and words[0] in ("-h", "--help") else 2
    sys.argv = [f"devices.plant {words[0]}", *words[1:]]
    runpy.run_module(PROGRAMS[words[0]][0], run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
