"""The integration method, its step control and its events, on plain arrays: nothing here knows the model."""
