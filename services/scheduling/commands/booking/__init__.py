"""Booking: courses, single visits, moves, cancellations, closures."""
