"""Intake's decisions as pure functions: screening, dose, PHQ-9, safety, who a patient is. One idea per file."""
