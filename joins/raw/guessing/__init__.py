"""Guessing a mapping from samples of somebody's tables: what each column is, and which raw field it fills.

Nothing is opened here: samples go in, a guess with its reasons comes out, and so does the commented mapping file.
"""
