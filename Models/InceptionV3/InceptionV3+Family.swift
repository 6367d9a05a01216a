extension InceptionV3 {
  static let family = Family(
    "inception_v3",
    about: About(
      "Inception V3",
      idea:
        "Large kernels are factorized: a 5×5 becomes two 3×3, a 7×7 becomes a 1×7 and a 7×1, which see the "
        + "same area with fewer parameters. Feature maps shrink in modules that convolve and pool in parallel, "
        + "so that no layer becomes a bottleneck. Batch norm follows every convolution, and labels are "
        + "smoothed.",
      change:
        "Over GoogLeNet: factorized kernels, grid reduction in parallel branches, batch norm, label "
        + "smoothing, larger images (299×299), and one auxiliary head instead of two; 3.6 times the "
        + "computation.",
      remarks: [
        "The published network keeps one 5×5 in each of its first three modules, where figure 5 of the "
          + "paper has two 3×3."
      ]),
    architectures: [InceptionV3.self])
}
