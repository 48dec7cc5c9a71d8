"""Random access on a Redis or Valkey server: the tier, and the reader that services use.

`redis_address` says how a server is named, `key_names` what lies on it. The package redis is an extra:
``pip install 'interest-graph[redis]'``.
"""

from storage_tiers.redis_server.redis_reader import RedisReader
from storage_tiers.redis_server.redis_tier import RedisTier

__all__ = ["RedisReader", "RedisTier"]
