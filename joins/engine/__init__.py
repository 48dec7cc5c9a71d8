"""How work is done side by side; the whole project has three ways, two of them here.

- *The engine* runs a step on every partition, in threads of this machine (`local`) or as a job of a cluster (`mrjob`),
  because a partition is the unit that fits a worker's memory and can be built anywhere with the same bytes. How rows
  travel between machines is the same for all clusters (`shuffle`).
- *Guarded worker processes* (`features.images.guarded_workers`) decode the pictures of strangers, because decoding
  holds Python's lock and may hang or die, which a thread could do nothing about.
- *The ordered map over threads* (`ordered_map`) works ahead on a stream inside one step or task, because its results
  must come in order and must not pile up.
"""
