"""The base of intake's tables."""

from sqlalchemy import MetaData
from sqlalchemy.orm import registry
from sqlmodel import SQLModel


class Row(SQLModel, registry=registry()):
    """Base of intake's tables: metadata of its own."""

    metadata = MetaData()
