"""The second pass, cross-fitted: evidence about the boards of a fold of owners, from which their labels were hidden."""
