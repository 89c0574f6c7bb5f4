"""The pages that people see inside Airflow, rendered on the server."""
