"""The web application: rules, record, safety, pages, API; in a real browser where there is one."""
