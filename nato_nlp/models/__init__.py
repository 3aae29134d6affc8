"""Linear heads, their training and calibration, taggers, model files."""
