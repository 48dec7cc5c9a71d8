"""The commands of serving: ``plan`` checks, draws and runs execution plans, ``serve`` answers requests by them."""

from workflows.commands.serving.plan_command import plan
from workflows.commands.serving.serve_command import serve

__all__ = ["plan", "serve"]
