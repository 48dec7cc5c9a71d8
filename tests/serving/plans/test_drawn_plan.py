"""A plan is drawn with a line a step, by which one sees from where its objects come."""

from serving.plans.drawn_plan import drawn_plan
from tests.serving.plans.small_processors import compiled, plan_of

READ = {"do": "read"}


def join(*taken):
    return {"do": "join", "from": list(taken)}


def ways(steps, *answer):
    """The drawing alone, without what stands beside it."""
    lines = drawn_plan(compiled(plan_of(steps, *answer))).split("\n\n")[1].split("\n")
    start = lines[0].index("step")
    return [line[:start].rstrip() for line in lines[1:]]


def test_a_diamond_is_drawn_with_all_that_is_known_of_its_steps():
    steps = {
        "picture": READ | {"most": 6},
        "boards": join("picture"),
        "others": {"do": "read", "from": "picture", "dataset": "far/board_joins"},
        "both": join("boards", "others"),
    }
    parameters = {"n": {"type": "number", "default": 3, "least": 1, "most": 1_000, "about": "how many"}}
    plan = plan_of(steps, "both", about="A page.", deadline_ms=50, parameters=parameters)
    assert drawn_plan(compiled(plan)) == (
        "plan page: A page.\n"
        "4 steps, reads at most 7 rows of board_joins, far/board_joins, in 50 ms\n"
        "  $n: number, at least 1, at most 1,000, 3 by default (how many)\n"
        "\n"
        "     step     do    from            gives at most  reads at most                waits\n"
        "●    picture  read  -               6 board_joins  6 of board_joins             -\n"
        "├─●  boards   join  picture         6 board_joins  -                            -\n"
        "● │  others   read  picture         1 board_joins  1 of far/board_joins (slow)  remote\n"
        "●─╯  both     join  boards, others  7 board_joins  -                            -\n"
        "\n"
        "answer\n"
        "  both  board_joins, from both"
    )


def test_a_chain_is_a_column():
    assert ways({"a": READ, "b": join("a"), "c": join("b")}) == ["●", "●", "●"]


def test_a_line_that_crosses_another_is_seen_to_do_so():
    steps = {"a": READ, "b": READ, "c": READ, "d": join("a", "c"), "e": join("a", "b"), "f": join("d", "a")}
    assert ways(steps, "e", "f") == [
        "●",
        "│ ●",
        "│ │ ●",
        "├─│─●",
        "├─● │",
        "●───╯",
    ]


def test_steps_that_have_nothing_to_do_with_each_other_do_not_stand_below_each_other():
    assert ways({"a": READ, "b": READ}, "a", "b") == ["●", "  ●"]


def test_ports_are_named():
    plan = compiled(plan_of({"a": READ, "cut": {"do": "cut", "from": "a"}, "b": join("cut.rest")}, "b", "cut.kept"))
    drawn = drawn_plan(plan)
    assert "kept: 1 board_joins, rest: 1 board_joins" in drawn
    assert "b     join  cut.rest" in drawn
    assert drawn.endswith("answer\n  b         board_joins, from b\n  cut.kept  board_joins, from cut.kept")


def test_a_step_before_others_that_wait_is_said_its_share_of_the_time():
    far = {"do": "read", "dataset": "far/board_joins"}
    drawn = drawn_plan(compiled(plan_of({"a": far, "b": far | {"from": "a"}})))
    assert "remote, has 1/2 of the time left" in drawn
