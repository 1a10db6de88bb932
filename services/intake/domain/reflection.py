"""A reflection on a session: the words of whoever wrote it, sealed at rest and told to nobody else."""

from services.intake.domain.observed import Observed


class ReflectionText(Observed):
    text: str
