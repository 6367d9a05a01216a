import GraphIR

extension VGG {
  static let family = Family(
    "vgg",
    about: About(
      "VGG",
      idea:
        "Every convolution is 3×3 with stride 1: two of them see what one 5×5 sees, three what one 7×7 sees, "
        + "with fewer parameters and more nonlinearities in between. Depth is then all that varies, from 11 to "
        + "19 layers. The number of channels doubles, up to 512, whenever a pool halves the resolution.",
      change:
        "Over AlexNet: small kernels only, no response normalization, no groups, twice the depth; most of the "
        + "parameters remain in the first fully connected layer.",
      remarks: [
        "The variants with batch norm are torchvision's, not the paper's.",
        "timm stores the fully connected layers as convolutions under other names; its files load as they "
          + "are.",
      ]),
    architectures: [VGG.self],
    renames: [
      .prefix(from: "pre_logits.fc1.", to: "classifier.0."),
      .prefix(from: "pre_logits.fc2.", to: "classifier.3."),
      .prefix(from: "head.fc.", to: "classifier.6."),
    ])
}
