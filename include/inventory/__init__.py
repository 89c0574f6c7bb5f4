"""The number life cycle: from a landed list of registered users to a kept inventory.

Knows neither Airflow nor HTTP: takes a connection to the database, an instant, and plain settings.
"""
