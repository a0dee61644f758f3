"""Budgets and fits."""
