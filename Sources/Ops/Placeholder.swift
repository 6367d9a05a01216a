// Holds the place of module Ops.
