extension Res2Net {
  static let family = Family(
    "res2net",
    about: About(
      "Res2Net",
      idea:
        "The 3×3 of a bottleneck is split into a chain: the channels are cut into parts, and each part is convolved together "
        + "with the result of the one before. One block thus sees several receptive fields at once, from 1×1 to 7×7 with "
        + "four parts. Number and width of the parts can be traded for each other at the same cost.",
      change:
        "Over ResNet: a hierarchy of small 3×3 in place of the bottleneck's one; the same parameters and MACs.",
      remarks: ["26w and 4s in the name are the width of a part in the first stage and the number of parts."]),
    architectures: [Res2Net.self])
}
