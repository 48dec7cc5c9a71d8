"""Why a board has its category: the terms of its posterior, the pictures and boards behind them, and a page of text."""
