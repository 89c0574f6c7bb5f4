#!/usr/bin/env bash
# Run once by the postgres image, on an empty volume: one role and one database for Airflow's
# metadata, one for the number inventory. Neither role can read the other's tables.
set -euo pipefail

psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
    --set=airflow_password="$AIRFLOW_DB_PASSWORD" \
    --set=inventory_password="$INVENTORY_DB_PASSWORD" <<'SQL'
CREATE ROLE airflow LOGIN PASSWORD :'airflow_password';
CREATE ROLE inventory LOGIN PASSWORD :'inventory_password';
CREATE DATABASE airflow OWNER airflow;
CREATE DATABASE inventory OWNER inventory;
REVOKE CONNECT ON DATABASE airflow FROM PUBLIC;
REVOKE CONNECT ON DATABASE inventory FROM PUBLIC;
SQL
