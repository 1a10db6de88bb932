"""Alembic's entry, the same for all services: the connection comes from `shared.db.migrations`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
