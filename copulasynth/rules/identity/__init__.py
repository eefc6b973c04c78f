"""Identities: variables that are functions of others."""
