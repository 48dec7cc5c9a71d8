"""Picture files where they lie: in folders, in packs, in object stores."""
