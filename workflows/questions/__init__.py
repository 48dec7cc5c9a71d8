"""Questions in words, answered by SQL that is shown: a grammar over the catalog, without a model."""
