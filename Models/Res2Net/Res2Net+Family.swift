extension Res2Net {
  static let family = Family(
    "res2net",
    about: About(
      "Res2Net",
      idea:
        "The 3×3 of a bottleneck becomes a chain: its channels are divided into parts, and each part is "
        + "convolved after the result of the previous one is added to it. With four parts, a single block "
        + "thus has receptive fields from 1×1 to 7×7. The number of parts and their width can be traded for "
        + "each other at equal cost.",
      change:
        "Over ResNet: a hierarchy of small 3×3 convolutions in place of the bottleneck's single one, with "
        + "about the same parameters and MACs.",
      remarks: [
        "In the name, 26w is the width of a part in the first stage and 4s the number of parts."
      ]),
    architectures: [Res2Net.self])
}
