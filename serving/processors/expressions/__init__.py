"""The expressions by which plans filter, score and split: what they may say, and how they are compiled."""
