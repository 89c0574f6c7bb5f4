"""The web application behind the plugin, served by Airflow's API server."""
