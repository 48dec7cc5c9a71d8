"""`interest-graph show`: a key is found as people write it."""

import pytest

from storage_tiers import KeyTypeError, open_dataset
from workflows.commands.outputs.show import find_row

pytestmark = pytest.mark.parametrize("tier", ["random", "debug"])


@pytest.mark.parametrize("write", [str, str.upper, " {}\u00a0\n".format, lambda signature: signature.upper() + "\t"])
def test_a_signature_is_found_as_the_check_of_raw_input_reads_it(built_day, tier, write):
    signature = open_dataset(built_day.output_root, "pin_joins").to_table(["image_signature"])[0][0].as_py()
    _, row = find_row(built_day.output_root, "pin_join", write(signature), tier, None, None)
    assert row is not None
    assert row["image_signature"] == signature


@pytest.mark.parametrize("key", ["", " ", "a" * 10_000, "\0", "x y"])
def test_nothing_is_found_under_a_signature_that_is_none(built_day, tier, key):
    assert find_row(built_day.output_root, "pin_join", key, tier, None, None)[1] is None


def test_bytes_that_are_no_text_are_no_signature(built_day, tier):
    with pytest.raises(KeyTypeError, match="is no key of pin_joins: image_signature is string"):
        find_row(built_day.output_root, "pin_join", "\udcff", tier, None, None)
