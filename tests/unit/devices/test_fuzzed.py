"""What the fuzzer tries holds for its seeds and for whatever hypothesis makes of bytes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vectors.fuzzed import NAMES, one_input, seeds


def test_every_seed_is_as_it_was_cut() -> None:
    made = seeds()
    assert len(made) > 40
    for seed in made:
        for cut in range(0, len(seed), 3):
            one_input(bytes([seed[0], cut]) + seed[2:])


@given(st.integers(0, len(NAMES) - 1), st.integers(0, 255), st.binary(max_size=200))
@settings(max_examples=300)
def test_no_bytes_make_any_of_it_stumble(which: int, cut: int, stream: bytes) -> None:
    one_input(bytes([which, cut]) + stream)
