"""Clients of the service; that of Thrift stands in `serving.client.thrift_client`, as it needs an extra."""

from serving.client.asyncio_client import AsyncioClient
from serving.client.client import Client

__all__ = ["AsyncioClient", "Client"]
