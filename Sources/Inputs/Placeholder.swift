// Holds the place of module Inputs.
