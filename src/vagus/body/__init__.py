"""The body as people meet it: a patient, a treatment, the resting state, and a simulation of both."""
