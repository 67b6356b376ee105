"""Ecluse promotes an Azure Data Factory from one environment to the next."""

__version__ = "0.1.0"
