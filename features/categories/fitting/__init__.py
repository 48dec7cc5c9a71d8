"""What is fitted by maximum likelihood of the owners' labels: weights of the evidence, and label noise."""
