"""Pictures signed a second on one core, from files to signatures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.job import Job
from benchmarks.measure import Cost
from benchmarks.rounds import Standing, keep_results, run_rounds
from benchmarks.signatures.goals import Goal
from benchmarks.signatures.line_up import IMAGEHASH, OURS, OURS_SIMPLEJPEG, PDQ, PEERS, Signer
from benchmarks.signatures.signed import FIGURES_NAME
from benchmarks.signatures.speed_photos import AS_PINS, CASES, described, speed_photos

_RATIO_GOALS = {IMAGEHASH: 3.5, PDQ: 12.0}  # on pins, with Pillow alone


@dataclass(slots=True)
class SpeedStanding(Standing):
    """The figures of each round."""

    contender: Signer
    figures: list[dict[str, float]] = field(default_factory=list)

    def add(self, cost: Cost, job: Job) -> None:
        """Take note of a run."""
        self.costs.append(cost)
        self.figures.append(json.loads((job.output / FIGURES_NAME).read_text()))

    @property
    def pictures_a_cpu_s(self) -> float:
        """Median of the rounds; 0 where there is none."""
        return median(one["n_pictures"] / one["cpu_s"] for one in self.figures) if self.figures else 0.0


def measure_speed(folder: Path, n_photos: int, n_rounds: int) -> dict[str, list[SpeedStanding]]:
    """Run all signers on both cases, print a block a case, and return the standings by case."""
    blocks, told = {}, {}
    for case in CASES:
        source = speed_photos(case, folder, n_photos)
        told[case] = described(case, source)
        print(told[case], flush=True)
        signers = (OURS, OURS_SIMPLEJPEG, *PEERS)
        blocks[case] = list(run_rounds(SpeedStanding, dict.fromkeys(signers, source), n_rounds).values())
        keep_results(f"signatures-speed-{case}", blocks[case])
    print_speed({told[case]: standings for case, standings in blocks.items()}, n_rounds)
    return blocks


def print_speed(blocks: Mapping[str, Sequence[SpeedStanding]], n_rounds: int) -> None:
    """Print one block a case and one row a signer; the last column says how many times as fast ours is."""
    width = max(len(standing.contender.label) for standings in blocks.values() for standing in standings)
    print(f"\nSignatures, median of {n_rounds} rounds\n{'':{width + 2}} pictures / CPU s   ours / this")
    for told, standings in blocks.items():
        print(told)
        ours = standings[0].pictures_a_cpu_s
        for standing in standings:
            speed = standing.pictures_a_cpu_s
            figures = f"{speed:16,.0f} {ours / speed:13.2f}" if speed else f"{'':30}"
            row = f"  {standing.contender.label:{width}} {figures} {standing.result}"
            print(row.rstrip())


def speed_goals(blocks: Mapping[str, Sequence[SpeedStanding]]) -> list[Goal]:
    """Return the goals on pins, and how far ours reaches."""
    speeds = {standing.contender: standing.pictures_a_cpu_s for standing in blocks.get(AS_PINS, ())}
    return [
        Goal(
            f"pins signed, times as fast as {peer.label}",
            asked,
            speeds[OURS] / speeds[peer] if speeds.get(OURS) and speeds.get(peer) else None,
            form="{:.1f}".format,
        )
        for peer, asked in _RATIO_GOALS.items()
    ]
