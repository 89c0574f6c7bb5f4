"""What the DAGs share: what a run stands for, and where database, files and credentials are."""
