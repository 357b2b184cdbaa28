"""One tag seen a hundred times is one; several are a question that ends when all but one are taken away."""

from devices.frames.tags import SeenTag
from devices.radio.field import TagField

A, B, C = SeenTag("AA"), SeenTag("BB"), SeenTag("CC")


def told(
    field: TagField, *sights: tuple[int, list[SeenTag]], until_ms: int = 0
) -> list[tuple[int, list[str]]]:
    """What the field tells, looked at every 50 ms, while these tags are seen at these times."""
    seen = dict(sights)
    end = max([until_ms, *seen])
    heard: list[tuple[int, list[str]]] = []
    for now_ms in range(0, end + 1, 50):
        field.see(seen.get(now_ms, []), now_ms)
        if tags := field.due(now_ms):
            heard.append((now_ms, [tag.code for tag in tags]))
    return heard


def always(tags: list[SeenTag], start: int, end: int) -> list[tuple[int, list[SeenTag]]]:
    return [(now_ms, tags) for now_ms in range(start, end, 50)]


def test_a_tag_seen_a_hundred_times_is_told_once() -> None:
    assert told(TagField(150, 1000), *always([A], 0, 5000)) == [(150, ["AA"])]


def test_a_tag_that_comes_back_is_told_again() -> None:
    sights = [*always([A], 0, 500), *always([A], 2000, 2500)]
    assert told(TagField(150, 1000), *sights) == [(150, ["AA"]), (2150, ["AA"])]


def test_a_tag_that_is_missed_now_and_then_is_still_there() -> None:
    assert told(TagField(150, 1000), *[(at, [A]) for at in range(0, 9000, 900)]) == [(150, ["AA"])]


def test_several_are_a_question_and_the_one_that_stays_is_the_answer() -> None:
    sights = [*always([A, B], 0, 1000), *always([B], 1000, 4000)]
    assert told(TagField(150, 500), *sights) == [(150, ["AA", "BB"]), (1500, ["BB"])]


def test_nobody_stays_and_nothing_is_answered() -> None:
    assert told(TagField(150, 500), *always([A, B], 0, 1000), until_ms=4000) == [(150, ["AA", "BB"])]


def test_a_tag_beside_one_that_was_told_is_a_question() -> None:
    sights = [*always([A], 0, 500), *always([A, B], 500, 2000)]
    assert told(TagField(150, 500), *sights) == [(150, ["AA"]), (650, ["AA", "BB"])]


def test_a_tag_that_was_taken_away_is_no_candidate() -> None:
    sights = [*always([A], 0, 500), *always([B], 600, 2000)]
    assert told(TagField(150, 1000), *sights) == [(150, ["AA"]), (750, ["BB"])]


def test_neighbours_are_too_weak() -> None:
    near, far = SeenTag("AA", 1, -40), SeenTag("BB", 1, -70)
    assert told(TagField(150, 500, -60), *always([near, far], 0, 1000)) == [(150, ["AA"])]


def test_memory_is_bounded() -> None:
    field = TagField(150, 500)
    for at in range(0, 400, 50):
        field.see([SeenTag(f"{at:04d}{number:06d}") for number in range(2000)], at)
    assert len(field.due(400)) <= 500
    field.see([], 2000)
    assert field.due(2000) == []


def test_three_and_then_two_and_then_one() -> None:
    sights = [*always([A, B, C], 0, 1000), *always([B, C], 1000, 2000), *always([C], 2000, 3500)]
    assert told(TagField(150, 300), *sights) == [(150, ["AA", "BB", "CC"]), (2300, ["CC"])]
