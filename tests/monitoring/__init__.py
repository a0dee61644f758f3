"""Tests of freshness, drift, and the histograms behind them."""
