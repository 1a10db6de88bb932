"""The embedded parts: PostgreSQL and a broker in a child process that lives no longer than its parent."""

from shared.runtime.parts.child import Addresses, Parts, PartsFailed

__all__ = ["Addresses", "Parts", "PartsFailed"]
