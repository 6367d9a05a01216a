extension MNASNet {
  private static let paper = Paper(
    authors:
      "Mingxing Tan, Bo Chen, Ruoming Pang, Vijay Vasudevan, Mark Sandler, Andrew Howard, Quoc V. Le",
    title: "MnasNet: Platform-Aware Neural Architecture Search for Mobile", venue: "CVPR 2019",
    arXiv: "1807.11626")

  /// Four depth multipliers.
  package static let entries: [ModelEntry] = [
    .init(
      "mnasnet0_5", MNASNet(width: 0.5), input: .imageNet(224),
      expect: .torchvision(parameters: 2_218_512, macs: 104_455_968), paper: paper,
      weights: [
        .torchvision(
          "MNASNet0_5_Weights.IMAGENET1K_V1", "mnasnet0.5_top1_67.823-3ffadce67e.pth", mebibytes: 8.591,
          top1: 67.734, top5: 87.49)
      ],
      remarks: [
        "The stem follows the multiplier; torchvision's version 1 of this network always had 32 and 16 channels there."
      ]),
    .init(
      "mnasnet0_75", MNASNet(width: 0.75), input: .imageNet(224, resize: 232),
      expect: .torchvision(parameters: 3_170_208, macs: 215_493_104), paper: paper,
      weights: [
        .torchvision(
          "MNASNet0_75_Weights.IMAGENET1K_V1", "mnasnet0_75-7090bc5f.pth", mebibytes: 12.303, top1: 71.18,
          top5: 90.496, resize: 232)
      ]),
    .init(
      "mnasnet1_0", MNASNet(width: 1), input: .imageNet(224),
      expect: .torchvision(parameters: 4_383_312, macs: 314_415_872), paper: paper,
      weights: [
        .torchvision(
          "MNASNet1_0_Weights.IMAGENET1K_V1", "mnasnet1.0_top1_73.512-f206786ef8.pth", mebibytes: 16.915,
          top1: 73.456, top5: 91.51)
      ]),
    .init(
      "mnasnet1_3", MNASNet(width: 1.3), input: .imageNet(224, resize: 232),
      expect: .torchvision(parameters: 6_282_256, macs: 526_362_432), paper: paper,
      weights: [
        .torchvision(
          "MNASNet1_3_Weights.IMAGENET1K_V1", "mnasnet1_3-a4c69d6f.pth", mebibytes: 24.246, top1: 76.506,
          top5: 93.522, resize: 232)
      ]),
  ]
}
