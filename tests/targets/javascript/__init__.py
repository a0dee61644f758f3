"""Tests of the JavaScript target."""
