"""The printed table: medians, and ratios to the floor and to ours."""

from collections.abc import Sequence

from benchmarks.joins.standing import JoinStanding

_HEAD = "  wall s    CPU s    GiB   out MB |  wall   CPU |  wall   CPU   mem |"
_GROUPS = "                                  |     / floor |            / ours |"


def print_table(title: str, standings: Sequence[JoinStanding], floor: JoinStanding, ours: JoinStanding) -> None:
    """Print one row a contender; ratios are blank where the floor or ours has no costs.

    Parameters
    ----------
    title
        What was measured, and how often.
    standings
        The rows.
    floor, ours
        What the ratios are to.
    """
    width = max(len(_label(standing)) for standing in standings)
    print(f"\n{title}\n{'':{width}} {_GROUPS}\n{'':{width}} {_HEAD} result")
    for standing in standings:
        print(f"{_label(standing):{width}} {_row(standing, floor, ours)} {standing.result}".rstrip())
    if any(standing.factor > 1 for standing in standings):
        print("~ extrapolated from fewer pins, start-up included; memory as measured there")
    spreads = [f"{standing.contender.label} {_range(standing)}" for standing in standings if len(standing.costs) > 1]
    if spreads:
        print("wall s, least–most: " + "; ".join(spreads))


def _label(standing: JoinStanding) -> str:
    return standing.contender.label + (f" (~ x {standing.factor:g})" if standing.factor > 1 else "")


def _row(standing: JoinStanding, floor: JoinStanding, ours: JoinStanding) -> str:
    if not standing.costs:
        return f"{'':>33} | {'':>11} | {'':>17} |"
    sign = "~" if standing.factor > 1 else ""
    wall, cpu = f"{sign}{standing.wall_s:.1f}", f"{sign}{standing.cpu_s:.1f}"
    output = f"{sign}{standing.factor * standing.output_bytes / 1e6:.0f}"
    return (
        f"{wall:>8} {cpu:>8} {standing.peak_bytes / 2**30:6.2f} {output:>8} | "
        f"{_ratio(standing, floor, 'wall_s')} {_ratio(standing, floor, 'cpu_s')} | "
        f"{_ratio(standing, ours, 'wall_s')} {_ratio(standing, ours, 'cpu_s')} {_ratio(standing, ours, 'peak_bytes')} |"
    )


def _ratio(standing: JoinStanding, to: JoinStanding, what: str) -> str:
    return f"{getattr(standing, what) / getattr(to, what):5.2f}" if to.costs else f"{'':5}"


def _range(standing: JoinStanding) -> str:
    walls = sorted(standing.factor * cost.wall_s for cost in standing.costs)
    return f"{walls[0]:.1f}–{walls[-1]:.1f}"
