"""The service: HTTP, Thrift, metrics, many processes."""
