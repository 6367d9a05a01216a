import TensorCore

extension RegNet {
  private static let paper = Paper(
    authors: "Ilija Radosavovic, Raj Prateek Kosaraju, Ross Girshick, Kaiming He, Piotr Dollár",
    title: "Designing Network Design Spaces", venue: "CVPR 2020", arXiv: "2003.13678")

  /// The networks of section 5 that torchvision has, by their MACs.
  package static let entries: [ModelEntry] = [
    .init(
      "regnet_x_1_6gf",
      RegNet(depth: 18, initialWidth: 80, slope: 34.01, quantization: 2.25, groupWidth: 24),
      input: .imageNet(224),
      expect: .torchvision(parameters: 9_190_136, macs: 1_602_849_792), paper: paper,
      weights: [
        .torchvision(
          "RegNet_X_1_6GF_Weights.IMAGENET1K_V2", "regnet_x_1_6gf-a12f2b72.pth", mebibytes: 35.339,
          top1: 79.668, top5: 94.922, resize: 232),
        .torchvision(
          "RegNet_X_1_6GF_Weights.IMAGENET1K_V1", "regnet_x_1_6gf-e3633e7f.pth", mebibytes: 35.339,
          top1: 77.04, top5: 93.44),
      ]),
    .init(
      "regnet_x_3_2gf",
      RegNet(depth: 25, initialWidth: 88, slope: 26.31, quantization: 2.25, groupWidth: 48),
      input: .imageNet(224),
      expect: .torchvision(parameters: 15_296_552, macs: 3_176_621_952), paper: paper,
      weights: [
        .torchvision(
          "RegNet_X_3_2GF_Weights.IMAGENET1K_V2", "regnet_x_3_2gf-7071aa85.pth", mebibytes: 58.756,
          top1: 81.196, top5: 95.43, resize: 232),
        .torchvision(
          "RegNet_X_3_2GF_Weights.IMAGENET1K_V1", "regnet_x_3_2gf-f342aeae.pth", mebibytes: 58.756,
          top1: 78.364, top5: 93.992),
      ]),
    .init(
      "regnet_x_8gf",
      RegNet(depth: 23, initialWidth: 80, slope: 49.56, quantization: 2.88, groupWidth: 120),
      input: .imageNet(224),
      expect: .torchvision(parameters: 39_572_648, macs: 7_995_132_416), paper: paper,
      weights: [
        .torchvision(
          "RegNet_X_8GF_Weights.IMAGENET1K_V2", "regnet_x_8gf-2b70d774.pth", mebibytes: 151.456,
          top1: 81.682, top5: 95.678, resize: 232),
        .torchvision(
          "RegNet_X_8GF_Weights.IMAGENET1K_V1", "regnet_x_8gf-03ceed89.pth", mebibytes: 151.456,
          top1: 79.344, top5: 94.686),
      ]),
    .init(
      "regnet_x_16gf",
      RegNet(depth: 22, initialWidth: 216, slope: 55.59, quantization: 2.1, groupWidth: 128),
      input: .imageNet(224),
      expect: .torchvision(parameters: 54_278_536, macs: 15_940_755_456), paper: paper,
      weights: [
        .torchvision(
          "RegNet_X_16GF_Weights.IMAGENET1K_V2", "regnet_x_16gf-ba3796d7.pth", mebibytes: 207.627,
          top1: 82.716, top5: 96.196, resize: 232),
        .torchvision(
          "RegNet_X_16GF_Weights.IMAGENET1K_V1", "regnet_x_16gf-2007eb11.pth", mebibytes: 207.627,
          top1: 80.058, top5: 94.944),
      ]),
    .init(
      "regnet_x_32gf",
      RegNet(depth: 23, initialWidth: 320, slope: 69.86, quantization: 2.0, groupWidth: 168),
      input: .imageNet(224),
      expect: .torchvision(parameters: 107_811_560, macs: 31_735_929_792), paper: paper,
      weights: [
        .torchvision(
          "RegNet_X_32GF_Weights.IMAGENET1K_V2", "regnet_x_32gf-6eb8fdc6.pth", mebibytes: 412.039,
          top1: 83.014, top5: 96.288, resize: 232),
        .torchvision(
          "RegNet_X_32GF_Weights.IMAGENET1K_V1", "regnet_x_32gf-9d47f8d0.pth", mebibytes: 412.039,
          top1: 80.622, top5: 95.248),
      ]),
    .init(
      "regnet_x_400mf",
      RegNet(depth: 22, initialWidth: 24, slope: 24.48, quantization: 2.54, groupWidth: 16),
      input: .imageNet(224),
      expect: .torchvision(parameters: 5_495_976, macs: 413_812_608), paper: paper,
      weights: [
        .torchvision(
          "RegNet_X_400MF_Weights.IMAGENET1K_V2", "regnet_x_400mf-62229a5f.pth", mebibytes: 21.257,
          top1: 74.864, top5: 92.322, resize: 232),
        .torchvision(
          "RegNet_X_400MF_Weights.IMAGENET1K_V1", "regnet_x_400mf-adf1edd5.pth", mebibytes: 21.258,
          top1: 72.834, top5: 90.95),
      ]),
    .init(
      "regnet_x_800mf",
      RegNet(depth: 16, initialWidth: 56, slope: 35.73, quantization: 2.28, groupWidth: 16),
      input: .imageNet(224),
      expect: .torchvision(parameters: 7_259_656, macs: 799_699_712), paper: paper,
      weights: [
        .torchvision(
          "RegNet_X_800MF_Weights.IMAGENET1K_V2", "regnet_x_800mf-94a99ebd.pth", mebibytes: 27.945,
          top1: 77.522, top5: 93.826, resize: 232),
        .torchvision(
          "RegNet_X_800MF_Weights.IMAGENET1K_V1", "regnet_x_800mf-ad17e45c.pth", mebibytes: 27.945,
          top1: 75.212, top5: 92.348),
      ]),
    .init(
      "regnet_y_1_6gf",
      RegNet(
        depth: 27, initialWidth: 48, slope: 20.71, quantization: 2.65, groupWidth: 24,
        squeezeRatio: 0.25), input: .imageNet(224),
      expect: .torchvision(parameters: 11_202_430, macs: 1_612_076_160), paper: paper,
      weights: [
        .torchvision(
          "RegNet_Y_1_6GF_Weights.IMAGENET1K_V2", "regnet_y_1_6gf-0d7bc02a.pth", mebibytes: 43.152,
          top1: 80.876, top5: 95.444, resize: 232),
        .torchvision(
          "RegNet_Y_1_6GF_Weights.IMAGENET1K_V1", "regnet_y_1_6gf-b11a554e.pth", mebibytes: 43.152,
          top1: 77.95, top5: 93.966),
      ]),
    .init(
      "regnet_y_3_2gf",
      RegNet(
        depth: 21, initialWidth: 80, slope: 42.63, quantization: 2.66, groupWidth: 24,
        squeezeRatio: 0.25), input: .imageNet(224),
      expect: .torchvision(parameters: 19_436_338, macs: 3_176_482_752), paper: paper,
      weights: [
        .torchvision(
          "RegNet_Y_3_2GF_Weights.IMAGENET1K_V2", "regnet_y_3_2gf-9180c971.pth", mebibytes: 74.567,
          top1: 81.982, top5: 95.972, resize: 232),
        .torchvision(
          "RegNet_Y_3_2GF_Weights.IMAGENET1K_V1", "regnet_y_3_2gf-b5a9779c.pth", mebibytes: 74.567,
          top1: 78.948, top5: 94.576),
      ]),
    .init(
      "regnet_y_8gf",
      RegNet(
        depth: 17, initialWidth: 192, slope: 76.82, quantization: 2.19, groupWidth: 56,
        squeezeRatio: 0.25), input: .imageNet(224),
      expect: .torchvision(parameters: 39_381_472, macs: 8_473_070_592), paper: paper,
      weights: [
        .torchvision(
          "RegNet_Y_8GF_Weights.IMAGENET1K_V2", "regnet_y_8gf-dc2b1b54.pth", mebibytes: 150.701,
          top1: 82.828, top5: 96.33, resize: 232),
        .torchvision(
          "RegNet_Y_8GF_Weights.IMAGENET1K_V1", "regnet_y_8gf-d0d0e4a8.pth", mebibytes: 150.701,
          top1: 80.032, top5: 95.048),
      ]),
    .init(
      "regnet_y_16gf",
      RegNet(
        depth: 18, initialWidth: 200, slope: 106.23, quantization: 2.48, groupWidth: 112,
        squeezeRatio: 0.25), input: .imageNet(224),
      expect: .torchvision(parameters: 83_590_140, macs: 15_911_510_272), paper: paper,
      weights: [
        .torchvision(
          "RegNet_Y_16GF_Weights.IMAGENET1K_SWAG_E2E_V1", "regnet_y_16gf_swag-43afe44d.pth",
          mebibytes: 319.49, top1: 86.012, top5: 98.054, crop: 384, resize: 384,
          interpolation: .bicubic),
        .torchvision(
          "RegNet_Y_16GF_Weights.IMAGENET1K_SWAG_LINEAR_V1", "regnet_y_16gf_lc_swag-f3ec0043.pth",
          mebibytes: 319.49, top1: 83.976, top5: 97.244, resize: 224, interpolation: .bicubic),
        .torchvision(
          "RegNet_Y_16GF_Weights.IMAGENET1K_V2", "regnet_y_16gf-3e4a00f9.pth", mebibytes: 319.49,
          top1: 82.886, top5: 96.328, resize: 232),
        .torchvision(
          "RegNet_Y_16GF_Weights.IMAGENET1K_V1", "regnet_y_16gf-9e6ed7dd.pth", mebibytes: 319.49,
          top1: 80.424, top5: 95.24),
      ]),
    .init(
      "regnet_y_32gf",
      RegNet(
        depth: 20, initialWidth: 232, slope: 115.89, quantization: 2.53, groupWidth: 232,
        squeezeRatio: 0.25), input: .imageNet(224),
      expect: .torchvision(parameters: 145_046_770, macs: 32_279_552_832), paper: paper,
      weights: [
        .torchvision(
          "RegNet_Y_32GF_Weights.IMAGENET1K_SWAG_E2E_V1", "regnet_y_32gf_swag-04fdfa75.pth",
          mebibytes: 554.076, top1: 86.838, top5: 98.362, crop: 384, resize: 384,
          interpolation: .bicubic),
        .torchvision(
          "RegNet_Y_32GF_Weights.IMAGENET1K_SWAG_LINEAR_V1", "regnet_y_32gf_lc_swag-e1583746.pth",
          mebibytes: 554.076, top1: 84.622, top5: 97.48, resize: 224, interpolation: .bicubic),
        .torchvision(
          "RegNet_Y_32GF_Weights.IMAGENET1K_V2", "regnet_y_32gf-8db6d4b5.pth", mebibytes: 554.076,
          top1: 83.368, top5: 96.498, resize: 232),
        .torchvision(
          "RegNet_Y_32GF_Weights.IMAGENET1K_V1", "regnet_y_32gf-4dee3f7a.pth", mebibytes: 554.076,
          top1: 80.878, top5: 95.34),
      ]),
    .init(
      "regnet_y_128gf",
      RegNet(
        depth: 27, initialWidth: 456, slope: 160.83, quantization: 2.52, groupWidth: 264,
        squeezeRatio: 0.25), input: .init(.imageNet(224, resize: 224, interpolation: .bicubic)),
      expect: .torchvision(parameters: 644_812_894, macs: 127_517_815_680), paper: paper,
      weights: [
        .torchvision(
          "RegNet_Y_128GF_Weights.IMAGENET1K_SWAG_E2E_V1", "regnet_y_128gf_swag-c8ce3e52.pth",
          mebibytes: 2461.564, top1: 88.228, top5: 98.682, crop: 384, resize: 384,
          interpolation: .bicubic),
        .torchvision(
          "RegNet_Y_128GF_Weights.IMAGENET1K_SWAG_LINEAR_V1", "regnet_y_128gf_lc_swag-cbe8ce12.pth",
          mebibytes: 2461.564, top1: 86.068, top5: 97.844, resize: 224, interpolation: .bicubic),
      ]),
    .init(
      "regnet_y_400mf",
      RegNet(
        depth: 16, initialWidth: 48, slope: 27.89, quantization: 2.09, groupWidth: 8,
        squeezeRatio: 0.25), input: .imageNet(224),
      expect: .torchvision(parameters: 4_344_144, macs: 401_842_848), paper: paper,
      weights: [
        .torchvision(
          "RegNet_Y_400MF_Weights.IMAGENET1K_V2", "regnet_y_400mf-e6988f5f.pth", mebibytes: 16.806,
          top1: 75.804, top5: 92.742, resize: 232),
        .torchvision(
          "RegNet_Y_400MF_Weights.IMAGENET1K_V1", "regnet_y_400mf-c65dace8.pth", mebibytes: 16.806,
          top1: 74.046, top5: 91.716),
      ]),
    .init(
      "regnet_y_800mf",
      RegNet(
        depth: 14, initialWidth: 56, slope: 38.84, quantization: 2.4, groupWidth: 16,
        squeezeRatio: 0.25), input: .imageNet(224),
      expect: .torchvision(parameters: 6_432_512, macs: 833_856_256), paper: paper,
      weights: [
        .torchvision(
          "RegNet_Y_800MF_Weights.IMAGENET1K_V2", "regnet_y_800mf-58fc7688.pth", mebibytes: 24.774,
          top1: 78.828, top5: 94.502, resize: 232),
        .torchvision(
          "RegNet_Y_800MF_Weights.IMAGENET1K_V1", "regnet_y_800mf-1b27b58c.pth", mebibytes: 24.774,
          top1: 76.42, top5: 93.136),
      ]),
  ]
}
