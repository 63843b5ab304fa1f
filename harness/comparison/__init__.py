"""Runs beside theory: the prediction, the table, the equations every number comes from."""
