"""`Equations` to machine code that advances many people at once."""
