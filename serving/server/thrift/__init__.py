"""The service asked by Thrift."""
