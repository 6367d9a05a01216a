extension Xception {
  static let family = Family(
    "xception",
    about: About(
      "Xception",
      idea:
        "Inception's branches let each 3×3 read a few channels only; taken to its end, each reads a single one. What a "
        + "convolution does is thus split in two: a depthwise convolution looks at neighbors, a 1×1 mixes channels. "
        + "Modules of such separable convolutions are stacked with residual shortcuts, all alike.",
      change:
        "Over Inception V3: every module is two or three separable convolutions with a shortcut, instead of parallel branches; "
        + "as many parameters, better on ImageNet.",
      remarks: [
        "timm calls it legacy_xception: its later networks of that name are those of DeepLab.",
        "A module's first ReLU comes before the shortcut's convolution in some ports; here, as in Keras, the shortcut reads "
          + "the module's input.",
      ]),
    architectures: [Xception.self])
}
