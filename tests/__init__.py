"""The tests. Belongs here: proof of behaviour with real parts. Does not belong here: code a run needs."""
