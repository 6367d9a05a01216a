// Holds the place of module Bench.
