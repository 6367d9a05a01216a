extension InceptionV4 {
  static let family = Family(
    "inception_v4",
    about: About(
      "Inception V4",
      idea:
        "A simplified Inception without shortcuts: each resolution has one kind of module, repeated. "
        + "Parallel branches halve the resolution between them, and the stem splits and joins three times "
        + "before the first module. With about the same computation, it is as accurate as the residual "
        + "network of the same paper.",
      change:
        "Over Inception V3: one kind of module per resolution instead of modules that differ from each "
        + "other, a deeper stem, more modules and no auxiliary head, at twice the computation.",
      remarks: [
        "The published weights come from TensorFlow: images are normalized to -1 … 1, and average pools "
          + "do not count the padding."
      ]),
    architectures: [InceptionV4.self])
}
