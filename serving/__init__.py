"""Serving discovery data online: execution plans over several stores, asked by HTTP or Thrift.

It reads storage tiers and knows no join: what a dataset is called, which key and which fields it has, comes with the
version that is read.
"""
