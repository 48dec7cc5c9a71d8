"""Loading a version into a Redis or Valkey server: encoded in threads, sent raw, under a lease."""
