"""Reaching whoever is on call directly, past Kafka and notifications (design: people who must be reached)."""
