extension InceptionV4 {
  static let family = Family(
    "inception_v4",
    about: About(
      "Inception V4",
      idea:
        "Inception without shortcuts, made uniform: every resolution has one kind of module, repeated. Reductions halve the "
        + "resolution in branches side by side, and the stem splits and joins three times before the first module. "
        + "With the same amount of computation it is as accurate as the residual Inception of the same paper.",
      change:
        "Over Inception V3: one kind of module per resolution where V3's differ one by one, a deeper stem, more modules, "
        + "no auxiliary head; twice the computation.",
      remarks: [
        "The published weights are ported from TensorFlow: images are normalized to -1 … 1, and pools do not count padding."
      ]),
    architectures: [InceptionV4.self])
}
