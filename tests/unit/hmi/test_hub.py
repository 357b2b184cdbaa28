"""The hub: the newest reading of each tag, every event in order, one wake until it is drained."""

from __future__ import annotations

import threading

from hmi.domain.changes import Changes, Family
from hmi.domain.signals import Quality, Reading
from hmi.hub import Answer, Hub
from tests.fakes.clock import START


def reading(tag: str, value: int) -> Reading:
    """A value of a tag."""
    return Reading("plc", tag, value, Quality.GOOD, START, START, START, value)


def test_the_eye_gets_the_newest_reading_and_every_event() -> None:
    hub = Hub()
    hub.post_readings([reading("a", 1), reading("b", 1), reading("a", 2)])
    orders, people = Changes(frozenset({Family.ORDERS})), Changes(frozenset({Family.PEOPLE}))
    hub.post(orders)
    hub.post_readings([reading("a", 3)])
    hub.post(people)
    hub.post_heard("plc", 7)
    batch = hub.drain()
    assert {tag: found.value for tag, found in batch.readings.items()} == {"a": 3, "b": 1}
    assert batch.events == [orders, people]
    assert batch.heard == {"plc": 7}
    empty = hub.drain()
    assert (empty.readings, empty.events, empty.heard) == ({}, [], {"plc": 7})


def test_it_wakes_once_for_readings_and_once_for_events_until_it_is_drained() -> None:
    hub, woken = Hub(), list[bool]()
    hub.on_wake(woken.append)
    hub.post_heard("plc", 1)
    assert woken == []
    for value in range(5):
        hub.post_readings([reading("a", value)])
        hub.post(Answer(lambda: None))
    assert woken == [False, True]
    hub.drain()
    hub.post(Answer(lambda: None))
    hub.post_readings([reading("a", 9)])
    assert woken == [False, True, True]


def test_what_came_before_anybody_listened_wakes_at_once() -> None:
    hub, woken = Hub(), list[bool]()
    hub.post_readings([reading("a", 1)])
    hub.on_wake(woken.append)
    assert woken == [False]
    hub.on_wake(None)
    hub.drain()
    hub.post_readings([reading("a", 2)])
    assert woken == [False]
    hub.post(Answer(lambda: None))
    hub.on_wake(woken.append)
    assert woken == [False, True]


def test_nothing_is_lost_between_threads() -> None:
    hub, count, each = Hub(), 8, 500
    seen = list[str]()
    writers = [
        threading.Thread(
            target=lambda name=name: [
                hub.post(Answer(lambda n=n: seen.append(f"{name}-{n}"))) for n in range(each)
            ]
        )
        for name in range(count)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        for event in hub.drain().events:
            assert isinstance(event, Answer)
            event.deliver()
    for writer in writers:
        writer.join()
    for event in hub.drain().events:
        assert isinstance(event, Answer)
        event.deliver()
    for name in range(count):
        mine = [one for one in seen if one.startswith(f"{name}-")]
        assert mine == [f"{name}-{n}" for n in range(each)]


def test_whoever_is_named_no_more_is_not_being_woken_either() -> None:
    """Else a thread that had begun to wake would wake a window that is deleted meanwhile."""
    hub, begun, go_on, ended = Hub(), threading.Event(), threading.Event(), list[str]()

    def wake(_: bool) -> None:
        begun.set()
        go_on.wait(10)
        ended.append("woken")

    def name_nobody() -> None:
        hub.on_wake(None)
        ended.append("nobody is named")

    hub.on_wake(wake)
    threads = [threading.Thread(target=hub.post, args=(Answer(lambda: None),))]
    threads[0].start()
    assert begun.wait(10)
    threads.append(threading.Thread(target=name_nobody))
    threads[1].start()
    threads[1].join(0.2)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert ended == ["woken", "nobody is named"]
