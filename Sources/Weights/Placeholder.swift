// Holds the place of module Weights.
