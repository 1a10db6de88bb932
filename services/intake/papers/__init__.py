"""Papers about a patient between requests and the file store: nothing waits for the store inside a transaction."""
