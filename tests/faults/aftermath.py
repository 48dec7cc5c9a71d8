"""After something was done to a command: does everything old still read, was nothing seen by half, does a rerun do?"""

from collections.abc import Iterator
from pathlib import Path

from storage_tiers.versioned.verification import faults_of
from tests.faults.contents import contents_of, differences, faults_of_records, litter
from tests.faults.outcome import Outcome
from tests.faults.polling import PollingReader, Reader
from tests.faults.processes import Ended
from tests.faults.scenario import Scenario
from tests.faults.workshop import Workshop
from workflows.commands.outputs.verify import verify_output
from workflows.tasks.faults import places_of


class Watch:
    """What lies in the folder of trials before a command, and a reader of it."""

    def __init__(self, workshop: Workshop, scenario: Scenario) -> None:
        self.workshop, self.scenario = workshop, scenario
        self.reference = dict(workshop.undisturbed(scenario.name).contents)
        self.reader = Reader(workshop.output, is_damaged=scenario.is_damaged, goes_back=scenario.goes_back)
        self.input = contents_of(workshop.here / "input")
        self.reader.look()
        if scenario.is_damaged:
            self.reader.know_damage()
        self.old = [place for place in places_of(workshop.output) if not next(faults_of(place, every_byte=True), None)]

    def polling(self) -> PollingReader:
        """Return what polls for the block."""
        return PollingReader(self.reader)

    def old_must_read(self, outcome: Outcome) -> None:
        """Read every byte of what was sound before; a file of the input is as it was, or as it is to be."""
        self.reader.look()
        is_import = self.scenario.name.startswith("import")
        for name, digest in contents_of(self.workshop.here / "input").items() if is_import else ():
            if digest not in (self.input.get(name, digest), self.reference.get(f"input/{name}", digest)):
                self.reader.seen.append(f"input: {name} is neither of the old nor of the new snapshot")
        if not self.scenario.goes_back:
            there = {*places_of(self.workshop.output)} if self.scenario.removes else {*self.old}
            must_read = [place for place in self.old if place in there]
            outcome.old_reads += [str(fault) for place in must_read for fault in faults_of(place, every_byte=True)]

    def rerun_must_mend(self, outcome: Outcome) -> None:
        """Run the command again and compare what there is with what an undisturbed run makes."""
        is_done = not differences(self.reference, contents_of(self.workshop.here))
        when_done = self.scenario.when_done
        is_refused = is_done and when_done == ()
        with self.polling():
            done = self.workshop.run(when_done if is_done and when_done else self.scenario.command)
        if bool(done.code) != is_refused:
            outcome.unequal.append(f"the rerun ended with exit code {done.code}: {done.error}")
        self.must_be_whole(outcome)

    def must_be_whole(self, outcome: Outcome) -> None:
        """Compare what there is with what an undisturbed run makes, and note what the reader saw."""
        self.reader.look()
        outcome.half_seen, outcome.n_looks = self.reader.what_was_seen(), self.reader.n_looks
        outcome.unequal += differences(self.reference, contents_of(self.workshop.here))
        outcome.unequal += [f"left behind: {name}" for name in litter(self.workshop.here)]
        outcome.unequal += list(lines_of_verify(self.workshop.output))
        outcome.unequal += list(faults_of_records(self.workshop.output))


def note_message(outcome: Outcome, ended: Ended, *words: str) -> None:
    """Note what a command that must fail said: a line for each task that failed, with each of some words in it.

    Of words with a bar between them one will do.
    """
    lines = [line for line in ended.said.splitlines() if line.startswith("error: ")]
    outcome.message = ended.error
    missing = [word for word in words for line in lines if not any(one in line for one in word.split("|"))]
    if not ended.code:
        outcome.wrong_message = "exit code 0"
    elif "Traceback" in ended.said:
        outcome.wrong_message = f"a trace: {ended.said.strip().splitlines()[-1]}"
    elif not lines:
        outcome.wrong_message = f"it says no error: {ended.error}"
    elif missing:
        outcome.wrong_message = f"it doesn't say {' or '.join(missing)}: {ended.error}"


def lines_of_verify(output: Path) -> Iterator[str]:
    """Yield what `interest-graph verify` says is wrong."""
    if output.is_dir():
        yield from verify_output(output).lines
