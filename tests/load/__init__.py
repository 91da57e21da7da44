"""Load and faults of the web application: scripts, run by hand; their figures stand in docs/clinic.md."""
