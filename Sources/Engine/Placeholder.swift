// Holds the place of module Engine.
