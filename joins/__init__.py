"""The three joins and what they are made from: raw schemas and checks, PinJoin, BoardJoin and UserJoin.

Everything here is a pure function of Arrow tables: no clock, no environment, no storage; scratch space for
spilling arrives as an argument.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
