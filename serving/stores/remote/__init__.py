"""Stores that are asked over a network, by clients that don't block: Redis, and another service by HTTP."""
