"""The program ``interest-graph``: what a shell starts. All that it does is in `workflows.commands`."""
