"""Stand-ins for the outside world in development and tests: real servers on a port, in the provider's own protocol."""
