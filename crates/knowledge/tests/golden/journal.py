"""The ferry's journal: crossings, and what was seen on them."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Crossing:
    """One way over the sound."""

    left: datetime
    vehicles: int
    remarks: list[str] = field(default_factory=list)

    def remark(self, text: str) -> None:
        """Adds a line; empty ones are not worth the ink."""
        text = text.strip()
        if not text:
            return

        self.remarks.append(text)

    def is_late(self, planned: datetime, minutes: int = 5) -> bool:
        """Whether it left more than so many minutes after its time."""
        late = (self.left - planned).total_seconds() / 60
        return late > minutes


class Journal:
    """All crossings of a season, in order."""

    def __init__(self) -> None:
        self.crossings: list[Crossing] = []

    def add(self, crossing: Crossing) -> None:
        if self.crossings and crossing.left < self.crossings[-1].left:
            raise ValueError("crossings are entered in order")
        self.crossings.append(crossing)

    def vehicles(self) -> int:
        """How many vehicles crossed in all."""
        return sum(crossing.vehicles for crossing in self.crossings)


def season(journal: Journal, year: int) -> list[Crossing]:
    """The crossings of one year."""
    return [crossing for crossing in journal.crossings if crossing.left.year == year]
