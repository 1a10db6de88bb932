"""What a unit of work asks of the database, statement by statement: shared by the tests of what is read once."""

from typing import Any

from sqlalchemy import event

from shared.db.unit_of_work import UnitOfWork


async def statements(uow: UnitOfWork) -> list[str]:
    """Every statement of this transaction from now on, as it is made."""
    made: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        made.append(statement)

    event.listen((await uow.session.connection()).sync_connection, "before_cursor_execute", note)
    return made
