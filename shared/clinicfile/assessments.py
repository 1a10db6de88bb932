"""What is to be answered around sessions, and when (domain B.8): every number and every list is a clinic's `policy`."""

from typing import Annotated, Literal

from pydantic import Field

from shared.clinicfile.policies import FilePart

Track = Literal["MOOD", "PTSD", "OCD", "PAIN"]
ScheduledInstrument = Literal[
    "PHQ9", "GAD7", "PCL5", "PCPTSD5", "CSSRS_SCREEN", "AUDITC", "MDQ", "PAIN_NRS", "MADRS", "YBOCS", "BPI_SF", "CADSS",
    "CADSS6",
]  # fmt: skip
Instruments = Annotated[tuple[ScheduledInstrument, ...], Field(max_length=13)]

_TRACK_OF: dict[str, Track] = {
    "PTSD": "PTSD", "OCD": "OCD", "FIBROMYALGIA": "PAIN", "NEUROPATHIC_PAIN": "PAIN", "CRPS": "PAIN",
    "MIGRAINE": "PAIN",
}  # fmt: skip


def track_of(indication: str) -> Track:
    """The column of B.8's table that an indication belongs to: mood unless it is another."""
    return _TRACK_OF.get(indication, "MOOD")


class Asked(FilePart):
    """A column of B.8's table: what is asked at intake, before each session, before one unless it was filled in within
    a week, a day and three after one, after the sessions that are evaluated, and between maintenance sessions.
    """

    at_intake: Instruments = ()
    before_session: Instruments = ()
    weekly: Instruments = ()
    after_session: Instruments = Field((), description="beside both check-ins")
    evaluation: Instruments = ()
    maintenance: Instruments = ()


_FIRST: Instruments = ("PHQ9", "GAD7", "AUDITC", "MDQ")
_FIRST_PTSD: Instruments = (*_FIRST, "PCL5")
_FIRST_OCD: Instruments = (*_FIRST, "YBOCS")


def _tracks() -> dict[Track, Asked]:
    return {
        "MOOD": Asked(
            at_intake=_FIRST, before_session=("PHQ9",), evaluation=("PHQ9", "GAD7"), maintenance=("PHQ9",)
        ),
        "PTSD": Asked(
            at_intake=_FIRST_PTSD, before_session=("PHQ9",), weekly=("PCL5",), evaluation=("PCL5",),
            maintenance=("PCL5",),
        ),
        "OCD": Asked(
            at_intake=_FIRST_OCD, before_session=("PHQ9",), evaluation=("YBOCS",), maintenance=("YBOCS",)
        ),
        "PAIN": Asked(
            at_intake=("PAIN_NRS", "BPI_SF"), before_session=("PAIN_NRS",), after_session=("PAIN_NRS",),
            evaluation=("BPI_SF",), maintenance=("BPI_SF",),
        ),
    }  # fmt: skip


def _safety() -> Asked:
    screener: Instruments = ("CSSRS_SCREEN",)
    return Asked(at_intake=screener, before_session=("PHQ9",), evaluation=screener, maintenance=screener)


class AssessmentPolicy(FilePart):
    """The schedule. `safety` is asked of everybody: before a session item 9 of the PHQ-9, and the Columbia screener
    once that has points. `after_sessions` are the ones that are evaluated, from `evaluation_opens_hours` after
    discharge on, so that nobody answers under the drug.
    """

    intake_after_minutes: int = Field(
        60, ge=0, le=1440, description="from the screening on: what is answered of oneself by then is not asked for"
    )
    intake_late_days: int = Field(7, ge=1, le=366, description="from the screening on; before the first session")
    intake_counts_days: int = Field(30, ge=0, le=366, description="an answer so long before the screening counts")
    before_session_hours: Annotated[int, Field(ge=1, le=336)] = 72
    weekly_days: Annotated[int, Field(ge=1, le=31)] = 7
    check_in_late_hours: Annotated[int, Field(ge=1, le=336)] = 24
    after_sessions: tuple[Annotated[int, Field(ge=1, le=100)], ...] = (3, 6)
    evaluation_opens_hours: Annotated[int, Field(ge=0, le=336)] = 24
    evaluation_late_hours: Annotated[int, Field(ge=1, le=336)] = 24
    maintenance_every_days: Annotated[int, Field(ge=1, le=366)] = 28
    maintenance_late_days: Annotated[int, Field(ge=1, le=366)] = 7
    draft_valid_days: int = Field(
        30, ge=1, le=366, description="a form that nobody sends in expires so long after its last answer"
    )
    tracks: dict[Track, Asked] = Field(default_factory=_tracks, description="by what is treated; all four, if given")
    safety: Asked = Field(default_factory=_safety)

    def asked(self, tracks: tuple[Track, ...]) -> Asked:
        """What is asked of somebody treated for these, each instrument once, the safety column last."""
        columns = [*(self.tracks[track] for track in tracks if track in self.tracks), self.safety]
        names = Asked.model_fields
        return Asked(**{name: tuple(dict.fromkeys(i for c in columns for i in getattr(c, name))) for name in names})
