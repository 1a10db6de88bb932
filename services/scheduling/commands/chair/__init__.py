"""The chair: arrival, dose, observations, alerts, discharge, and what the safety programme of the spray asks for."""
