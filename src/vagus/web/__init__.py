"""Clinic and Explore: the web application. Server-rendered pages, a database, accounts; the same people and figures.

It runs beside the command line and imports everything below it; nothing imports it. `vagus serve` starts it as a
process of its own: `python -m vagus.web serve`.
"""
