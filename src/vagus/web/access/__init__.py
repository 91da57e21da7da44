"""Accounts, roles, the clinic's settings and the audit."""
