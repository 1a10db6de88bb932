"""Billing's decisions as pure functions: prices, estimates, packages, fees, authorisations, the ledger. Cents."""
