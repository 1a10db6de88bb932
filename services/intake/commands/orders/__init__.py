"""Doses, orders, and the plan that reacts (domain C.1, C.2)."""
