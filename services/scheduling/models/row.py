"""What every table of scheduling has in common."""

from sqlalchemy import CheckConstraint, MetaData
from sqlalchemy.orm import registry
from sqlmodel import SQLModel


def one_of(column: str, values: list[str]) -> CheckConstraint:
    """The column holds one of these texts."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"known_{column}")


class Row(SQLModel, registry=registry()):
    """Base of scheduling's tables: metadata of its own."""

    metadata = MetaData()
