"""What every table of billing has."""

from uuid import UUID

from sqlalchemy import MetaData
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Row(SQLModel, registry=registry()):
    """Base of billing's tables: metadata of its own."""

    metadata = MetaData()


class Owned(Row):
    """A row about one patient's care at one clinic."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
