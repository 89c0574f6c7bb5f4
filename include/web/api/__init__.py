"""The REST API, below ``/number-inventory/api/v1``: numbers, operations, nodes, macros, reports."""
