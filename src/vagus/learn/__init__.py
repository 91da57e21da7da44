"""What is learned from studies (calibration) and from the visits of one person (forecasts)."""
