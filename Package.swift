// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: Swift 6 mode, two upcoming features, and no warning left standing.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// The C targets that this project compiles itself: optimized in debug builds too, because a
/// debug kernel is about thirty times slower and its arithmetic is what the tests compare.
let optimizedC: [CSetting] = [.unsafeFlags(["-O3", "-std=gnu2x", "-Wall", "-Wextra", "-Werror"])]

let package = Package(
  name: "cnnzoo",
  products: [.executable(name: "cnnzoo", targets: ["cnnzoo"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
  ],
  targets: [
    // C libraries of the system.
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CLAPACKE", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // C of this project.
    .target(name: "CKernels", cSettings: optimizedC),
    .target(name: "CLabels", cSettings: optimizedC),
    .target(name: "CWeights", cSettings: optimizedC),
    .target(name: "CImage", dependencies: ["CPNG", "CJPEG", "CWebP"], cSettings: optimizedC),

    // The engine, from the bottom up.
    .target(name: "TensorCore", swiftSettings: strict),
    .target(
      name: "Kernels", dependencies: ["TensorCore", "COpenBLAS", "CKernels"], swiftSettings: strict),
    .target(name: "GraphIR", dependencies: ["TensorCore"], swiftSettings: strict),
    .target(name: "Ops", dependencies: ["TensorCore", "GraphIR", "Kernels"], swiftSettings: strict),
    .target(name: "Files", swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Weights", dependencies: ["TensorCore", "Files", "GraphIR", "CZlib"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Inputs", dependencies: ["TensorCore", "Files", "CImage", "CZlib"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Engine", dependencies: ["TensorCore", "GraphIR", "Kernels", "Ops"],
      swiftSettings: strict),
    .target(
      name: "Recipes", dependencies: ["TensorCore", "GraphIR"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Zoo", dependencies: ["TensorCore", "GraphIR", "Ops", "Recipes"], path: "Models",
      exclude: ["Labels", "Samples", "LeNet/Weights", "ResNet/Weights", "DenseNet/Weights"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Anatomy", dependencies: ["TensorCore", "GraphIR", "Ops"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Bench", dependencies: ["TensorCore", "GraphIR", "Kernels", "Engine"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Tuning", dependencies: ["Files", "Engine"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Training",
      dependencies: [
        "TensorCore", "Kernels", "Files", "GraphIR", "Recipes", "Engine", "Weights", "Inputs", "CLAPACKE",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "cnnzoo",
      dependencies: [
        "TensorCore", "Files", "GraphIR", "Ops", "Recipes", "Zoo", "Anatomy", "Engine", "Weights", "Inputs",
        "Bench", "Tuning", "Training", "CLabels", "CWeights",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict + [.strictMemorySafety()]),

    // Tests.
    .target(
      name: "Support", dependencies: ["TensorCore", "Kernels", "GraphIR", "Ops", "Engine"],
      path: "Tests/Support",
      swiftSettings: strict),
    .testTarget(
      name: "KernelsTests", dependencies: ["TensorCore", "Kernels", "Support"], swiftSettings: strict),
    .testTarget(
      name: "OpsTests", dependencies: ["TensorCore", "GraphIR", "Ops", "Engine", "Support"],
      swiftSettings: strict),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter", cSettings: optimizedC),
    .testTarget(
      name: "EngineTests",
      dependencies: ["TensorCore", "GraphIR", "Ops", "Engine", "Support", "CAllocationCounter"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "TensorCore", "Files", "GraphIR", "Ops", "Recipes", "Weights", "Inputs", "Training", "CZlib",
        "Support", "cnnzoo",
      ],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "WeightsTests", dependencies: ["TensorCore", "Files", "GraphIR", "Weights", "CZlib"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "InputsTests", dependencies: ["Inputs", "TensorCore", "Files"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "ZooTests",
      dependencies: [
        "TensorCore", "GraphIR", "Ops", "Recipes", "Zoo", "Engine", "Weights", "Training", "CWeights",
        "Support",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "FamilyTests",
      dependencies: [
        "TensorCore", "GraphIR", "Ops", "Recipes", "Zoo", "Anatomy", "Engine", "Weights", "Inputs",
        "Training",
        "Support",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "GoldenTests", dependencies: ["TensorCore", "GraphIR", "Zoo", "Engine", "Weights", "Support"],
      swiftSettings: strict),
    .testTarget(
      name: "TuningTests", dependencies: ["Files", "Engine", "Tuning"], swiftSettings: strict),
    .testTarget(name: "BenchTests", dependencies: ["Bench"], swiftSettings: strict),
    .testTarget(
      name: "AnatomyTests", dependencies: ["TensorCore", "GraphIR", "Zoo", "Anatomy"], swiftSettings: strict),
    .testTarget(name: "CLITests", dependencies: ["cnnzoo"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
