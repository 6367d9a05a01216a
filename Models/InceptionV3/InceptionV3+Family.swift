extension InceptionV3 {
  static let family = Family(
    "inception_v3",
    about: About(
      "Inception V3",
      idea:
        "Large kernels are factorized: a 5×5 becomes two 3×3, a 7×7 a row of 1×7 and 7×1, which see as much "
        + "for fewer parameters. Maps shrink in modules that convolve and pool side by side, so that no "
        + "layer becomes a bottleneck. Batch norm stands behind every convolution, and labels are smoothed.",
      change:
        "Over GoogLeNet: factorized kernels, grid reduction in branches, batch norm, label smoothing, larger "
        + "images (299×299), one auxiliary head for two; 3.6 times the arithmetic.",
      remarks: [
        "The published network keeps one 5×5 in each of its first three modules, which figure 5 of the paper "
          + "has as two 3×3."
      ]),
    architectures: [InceptionV3.self])
}
