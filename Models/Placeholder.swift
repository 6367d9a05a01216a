// Holds the place of module Zoo.
