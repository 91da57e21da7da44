"""What the model rests on and how it fares: sources, claims, validation, benchmarks, and checks of the atlas."""
