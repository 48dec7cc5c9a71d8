"""Talking to HBase: servers, regions, tables and rows, on `hbase-driver`'s connection and messages. No versions."""
