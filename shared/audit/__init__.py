"""The audit trail as a chain: a row that is edited or removed afterwards shows (domain H.3)."""
