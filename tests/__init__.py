"""Tests of port502."""
