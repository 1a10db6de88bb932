"""Slots that are held or offered before they are booked: their rows found and locked, shown as answers."""
