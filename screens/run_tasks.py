"""What is next for whoever stands in front of the machine."""

from __future__ import annotations

from hmi.terminal import Terminal
from screens.check_words import due_words
from screens.kit.task_list import Task
from screens.kit.theme import Tone
from screens.run_view import RunView
from screens.times import clock, running, spoken


def tasks_of(terminal: Terminal, view: RunView) -> list[Task]:
    """Tasks in the order of their weight; an id is `screen:subject`, where a touch leads."""
    t = terminal.t
    tasks: list[Task] = []
    for stop in reversed(view.unclassified):
        lasted = spoken(terminal, stop.duration(view.now))
        fault = view.faults.get(stop.fault, "")
        detail = t(
            "run.task_stop_detail", lasted=lasted, fault=f"F-{stop.fault} {fault}" if stop.fault else ""
        )
        title = t("run.task_stop", time=clock(terminal, stop.began_at))
        tasks.append(Task(f"stop_reason:{stop.id}", "circle", title, detail.strip(" ·"), Tone.CRITICAL))
    for check in view.checks:
        name = check.characteristic.name
        subject = f"inspection:{check.characteristic.id}"
        title = t("run.task_check", name=name, count=check.characteristic.sample_size)
        if check.due:
            tasks.append(Task(subject, "shield", title, t("run.task_check_now"), Tone.HIGH))
        else:
            tasks.append(Task(subject, "shield", title, due_words(terminal, check, "run.task_check_later")))
    for repair in view.repairs:
        down = running(view.now - repair.began_at)
        tasks.append(
            Task(
                "repair:" + repair.id, "wrench", t("run.task_repair"), t("run.task_repair_detail", down=down)
            )
        )
    if view.needs_decision:
        n = view.needs_decision
        tasks.append(
            Task("waiting:", "warning", t("run.task_refused", n=n), t("run.task_refused_detail"), Tone.HIGH)
        )
    if view.order is None and view.next_order is not None:
        plan = view.next_order.plan
        tasks.append(
            Task(f"orders:{plan.id}", "list", t("run.task_order", order=plan.id), plan.material_name)
        )
    return tasks
