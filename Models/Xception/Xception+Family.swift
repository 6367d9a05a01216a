extension Xception {
  static let family = Family(
    "xception",
    about: About(
      "Xception",
      idea:
        "An Inception module has several 3×3 convolutions that each see a part of the channels. Taken to "
        + "the extreme, each sees a single channel: a depthwise convolution filters space, a 1×1 mixes "
        + "channels. The network is a stack of modules of such separable convolutions with residual "
        + "shortcuts.",
      change:
        "Over Inception V3: every module is two or three separable convolutions with a shortcut instead "
        + "of parallel branches; more accurate with as many parameters.",
      remarks: [
        "timm calls this network legacy_xception; its later networks named xception are DeepLab's.",
        "In some ports, a module's first ReLU also precedes the convolution of the shortcut; here, as in "
          + "Keras, the shortcut reads the module's input.",
      ]),
    architectures: [Xception.self])
}
