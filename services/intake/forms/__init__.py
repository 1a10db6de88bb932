"""Forms as commands and queries both use them: found in the clinic files, shown in a language."""
