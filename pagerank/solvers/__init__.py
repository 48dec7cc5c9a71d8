"""How ranks are solved for: in memory, from disk, and by steps of the engine."""
