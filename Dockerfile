FROM apache/airflow:3.3.2-python3.11

WORKDIR /opt/airflow

# Airflow is named again so that no requirement can move it.
COPY --chown=airflow:0 requirements.txt ./
RUN pip install --no-cache-dir "apache-airflow==${AIRFLOW_VERSION}" -r requirements.txt

COPY --chown=airflow:0 pyproject.toml ./
COPY --chown=airflow:0 include ./include
COPY --chown=airflow:0 dags ./dags
COPY --chown=airflow:0 plugins ./plugins

# Airflow finds the connection types by the entry point of the installed project.
# A named volume takes the owner of the folder that it is mounted on.
RUN pip install --no-cache-dir --no-deps -e . && mkdir -p /opt/airflow/inventory

ENV PYTHONPATH=/opt/airflow
USER airflow
