"""Imported first by every process of a service: the collector rests until start-up is over (`serve.freeze_memory`).

What is imported lives to the end, and walking over it again and again was 0.5 s of each start.
"""

import gc

gc.disable()
