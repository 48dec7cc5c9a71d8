"""The commands of serving: ``plan`` checks, draws and runs execution plans."""

from workflows.commands.serving.plan_command import plan

__all__ = ["plan"]
