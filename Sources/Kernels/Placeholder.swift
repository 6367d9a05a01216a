// Holds the place of module Kernels.
