"""`stillwater demo`: the story of a patient, told to a running house over HTTP."""
