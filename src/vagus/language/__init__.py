"""Model text (Antimony, SBML) to `Equations`: names, units, expressions and their derivatives."""
