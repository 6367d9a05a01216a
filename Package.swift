// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: Swift 6 mode, two upcoming features, and no warning left standing.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// Every C target that this project compiles itself.
///
/// No unsafe flags: SwiftPM refuses a dependency that has them. Release builds use `-O2`; where the kernels need more
/// than that does by itself (loops unrolled, a condition taken out of a loop), their source says so, and `-O3` is no
/// faster. Debug builds use `-O0`, which makes the kernels about thirty times slower: `swift build -Xcc -O3`
/// and `swift test -Xcc -O3`, as `scripts/check` does.
let strictC: [CSetting] = [
  .enableWarning("all"),
  .enableWarning("extra"),
  .enableWarning("pointer-arith"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "cnnzoo",
  products: [
    .executable(name: "cnnzoo", targets: ["cnnzoo"]),
    .library(name: "CNNZoo", targets: ["CNNZoo"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Train, evaluate and classify on several processes, with Open MPI.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
  ],
  targets: [
    // C libraries of the system.
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CLAPACKE", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"])]),
    .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),

    // C of this project.
    .target(name: "CKernels", cSettings: strictC),
    .target(name: "COpenBLASThreads", cSettings: strictC),
    .target(name: "CAllocator", cSettings: strictC),
    .target(name: "CLabels", cSettings: strictC),
    .target(name: "CWeights", cSettings: strictC),
    .target(name: "CTransfer", dependencies: ["CCurl"], cSettings: strictC),
    .target(name: "CRendering", cSettings: strictC),
    .target(name: "CImage", dependencies: ["CPNG", "CJPEG", "CWebP", "CTIFF"], cSettings: strictC),
    .target(
      name: "CMessages", dependencies: [.target(name: "CMPI", condition: .when(traits: ["MPI"]))],
      cSettings: strictC + [.define("CNNZOO_MPI", .when(traits: ["MPI"]))]),

    // The engine, from the bottom up. It knows operators by what they answer, not by type: it does not see `Ops`.
    //
    // GraphIR, Kernels, Ops, Engine, Training and Distributed have no `.strictMemorySafety()`: they pass tensors as pointers on
    // nearly every line, and `unsafe` on every line marks none. Their pointers are into memory that a plan has laid
    // out; what comes from files and flags is checked in the targets that read it, which have it.
    .target(
      name: "TensorCore", dependencies: ["CAllocator"], swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Kernels", dependencies: ["TensorCore", "COpenBLAS", "COpenBLASThreads", "CKernels"],
      swiftSettings: strict),
    .target(name: "GraphIR", dependencies: ["TensorCore"], swiftSettings: strict),
    .target(name: "Ops", dependencies: ["TensorCore", "GraphIR", "Kernels"], swiftSettings: strict),
    .target(name: "Text", dependencies: ["TensorCore"], swiftSettings: strict + [.strictMemorySafety()]),
    .target(name: "Graphics", dependencies: ["Text"], swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Files", dependencies: ["TensorCore", "CNettle"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Fetching", dependencies: ["Text", "Files", "CCurl", "CTransfer"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Weights", dependencies: ["TensorCore", "Text", "Files", "GraphIR", "CZlib"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Inputs", dependencies: ["TensorCore", "Files", "CImage", "CZlib"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Rendering", dependencies: ["TensorCore", "Files", "Inputs", "Graphics", "CRendering"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Datasets", dependencies: ["TensorCore", "Text", "Files", "Weights", "Inputs", "CZlib"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Engine", dependencies: ["TensorCore", "GraphIR", "Kernels"],
      swiftSettings: strict),
    .target(
      name: "Recipes", dependencies: ["TensorCore", "GraphIR"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Zoo", dependencies: ["TensorCore", "GraphIR", "Ops", "Recipes"], path: "Models",
      exclude: [
        "Labels", "Samples", "LeNet/Weights", "ResNet/Weights", "DenseNet/Weights",
        "EfficientNet/EfficientNetLite.sha256",
      ],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Anatomy", dependencies: ["TensorCore", "Text", "Graphics", "GraphIR"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Bench", dependencies: ["TensorCore", "GraphIR", "Kernels", "Engine"],
      swiftSettings: strict + [.strictMemorySafety()]),
    // Generated from the schemas of ONNX and of TensorBoard's events by scripts/schemas; their warnings are the generator's.
    .target(
      name: "ONNXSchema", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["onnx.proto", "NOTICE"]),
    .target(
      name: "EventSchema", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["event.proto", "NOTICE"]),
    .target(
      name: "TensorBoard",
      dependencies: ["Files", "EventSchema", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Export",
      dependencies: [
        "TensorCore", "Files", "GraphIR", "Engine", "ONNXSchema",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Tuning", dependencies: ["Files", "Engine"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Collectives", dependencies: ["TensorCore", "Text"],
      swiftSettings: strict + [.strictMemorySafety()]),
    // Empty without the trait, and then nothing imports it.
    .target(
      name: "Distributed", dependencies: ["TensorCore", "Engine", "Collectives", "CMessages"],
      swiftSettings: strict),
    .target(
      name: "Training",
      dependencies: [
        "Collectives", "TensorCore", "Kernels", "Text", "Files", "GraphIR", "Recipes", "Engine", "Weights",
        "Inputs", "Datasets", "TensorBoard", "CLAPACKE",
      ],
      swiftSettings: strict),
    .target(
      name: "Session",
      dependencies: [
        "TensorCore", "Text", "Kernels", "Files", "GraphIR", "Ops", "Engine", "Weights", "Inputs", "Datasets",
        "Zoo",
        "Tuning", "CLabels", "CWeights",
      ],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "Tradeoffs",
      dependencies: [
        "TensorCore", "Text", "Graphics", "Files", "GraphIR", "Engine", "Weights", "Zoo", "Bench", "Session",
      ],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "TrainingSession",
      dependencies: [
        "Collectives", "TensorCore", "Text", "Files", "GraphIR", "Recipes", "Engine", "Weights", "Inputs",
        "Datasets", "Zoo",
        "Training", "Bench", "Session",
      ],
      swiftSettings: strict + [.strictMemorySafety()]),
    // The library for other packages, with the only public declarations, and the example's source: built here too, so
    // that it always compiles.
    .target(
      name: "CNNZoo",
      dependencies: ["TensorCore", "Kernels", "Files", "Weights", "Inputs", "Engine", "Zoo", "Session"],
      swiftSettings: strict + [.strictMemorySafety()]),
    .executableTarget(
      name: "ClassifyImage", dependencies: ["CNNZoo"], path: "Examples/ClassifyImage/Sources/ClassifyImage",
      swiftSettings: strict + [.strictMemorySafety()]),

    .target(
      name: "Commands",
      dependencies: [
        "TensorCore", "Text", "Graphics", "Rendering", "Kernels", "Files", "GraphIR", "Ops", "Recipes", "Zoo",
        "Anatomy", "Engine", "Weights", "Inputs", "Datasets", "Bench", "Tuning", "Export", "Training",
        "Session", "Tradeoffs", "TrainingSession", "Fetching", "Collectives",
        .target(name: "Distributed", condition: .when(traits: ["MPI"])),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict + [.strictMemorySafety()]),
    .executableTarget(
      name: "cnnzoo", dependencies: ["Commands"], swiftSettings: strict + [.strictMemorySafety()]),

    // Tests.
    .target(
      name: "Support", dependencies: ["TensorCore", "Kernels", "Graphics", "GraphIR", "Ops", "Engine"],
      path: "Tests/Support",
      swiftSettings: strict),
    .testTarget(name: "FilesTests", dependencies: ["Files", "Support"], swiftSettings: strict),
    .testTarget(
      name: "FetchingTests", dependencies: ["Files", "Fetching", "Support"], swiftSettings: strict),
    .testTarget(
      name: "KernelsTests", dependencies: ["TensorCore", "Kernels", "Support"], swiftSettings: strict),
    .testTarget(
      name: "OpsTests", dependencies: ["TensorCore", "Kernels", "GraphIR", "Ops", "Engine", "Support"],
      swiftSettings: strict),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter", cSettings: strictC),
    .testTarget(
      name: "EngineTests",
      dependencies: ["TensorCore", "Kernels", "GraphIR", "Ops", "Engine", "Support", "CAllocationCounter"],
      swiftSettings: strict),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "TensorCore", "Text", "Files", "GraphIR", "Ops", "Recipes", "Engine", "Weights", "Inputs", "Datasets",
        "EventSchema", "Graphics", "TensorBoard", "Training", "TrainingSession", "Session", "Zoo", "Support",
        "cnnzoo",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "WeightsTests", dependencies: ["TensorCore", "Files", "GraphIR", "Weights", "CZlib", "Support"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "InputsTests", dependencies: ["Inputs", "TensorCore", "Files", "Support"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "DatasetsTests",
      dependencies: ["TensorCore", "Files", "Weights", "Inputs", "Datasets", "CZlib", "Support"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "ZooTests",
      dependencies: [
        "TensorCore", "Kernels", "GraphIR", "Ops", "Recipes", "Zoo", "Engine", "Weights", "Training",
        "CWeights",
        "Support",
      ],
      swiftSettings: strict),
    // A family that no source file knows, and the program with it alone.
    .target(
      name: "TinyNet", dependencies: ["TensorCore", "GraphIR", "Ops", "Recipes", "Zoo"],
      path: "Tests/TinyNet", exclude: ["Fixtures"],
      swiftSettings: strict),
    .executableTarget(
      name: "tinyzoo", dependencies: ["TinyNet", "Zoo", "Commands"], path: "Tests/TinyZoo",
      swiftSettings: strict),
    .testTarget(
      name: "FamilyTests",
      dependencies: [
        "TensorCore", "GraphIR", "Ops", "Recipes", "Zoo", "Anatomy", "Engine", "Weights", "Inputs",
        "Datasets", "Graphics", "Training", "TinyNet", "tinyzoo", "Support",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "GoldenTests",
      dependencies: ["TensorCore", "GraphIR", "Ops", "Zoo", "Engine", "Weights", "Session", "Support"],
      swiftSettings: strict),
    .testTarget(
      name: "TuningTests", dependencies: ["Files", "Engine", "Tuning", "Support"], swiftSettings: strict),
    .testTarget(
      name: "ExportTests",
      dependencies: [
        "TensorCore", "Files", "GraphIR", "Ops", "Engine", "Weights", "Zoo", "ONNXSchema", "Export",
        "Support",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: strict),
    .testTarget(name: "BenchTests", dependencies: ["Bench"], swiftSettings: strict),
    .testTarget(
      name: "GraphicsTests", dependencies: ["Graphics", "Rendering", "Inputs", "Support"],
      swiftSettings: strict),
    .testTarget(
      name: "AnatomyTests", dependencies: ["TensorCore", "Graphics", "GraphIR", "Zoo", "Anatomy", "Support"],
      swiftSettings: strict),
    .testTarget(
      name: "TradeoffsTests", dependencies: ["Graphics", "Files", "Zoo", "Tradeoffs", "Support"],
      swiftSettings: strict),
    .testTarget(
      name: "SessionTests",
      dependencies: [
        "TensorCore", "Files", "GraphIR", "Ops", "Engine", "Weights", "Inputs", "Zoo", "Session", "Support",
      ],
      swiftSettings: strict),
    // Parsers of files from outside, each with an entry for any bytes; the fuzzer is built by `scripts/fuzz` alone.
    .target(
      name: "FuzzTargets",
      dependencies: [
        "TensorCore", "Text", "Graphics", "Files", "Weights", "Inputs", "Datasets", "Recipes", "Tuning",
        "Training",
        "Session", "CZlib", "Support",
      ],
      path: "Tests/Fuzz/Targets", swiftSettings: strict),
    .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets", "Support"], swiftSettings: strict),
    .testTarget(
      name: "CollectivesTests", dependencies: ["Collectives", "TensorCore", "Support"], swiftSettings: strict),
    // Run by scripts/cluster-test, which builds the program with MPI.
    .testTarget(name: "ClusterTests", dependencies: ["TensorCore", "Support"], swiftSettings: strict),
    .testTarget(name: "CNNZooTests", dependencies: ["CNNZoo", "Support"], swiftSettings: strict),
    .testTarget(
      name: "CLITests",
      dependencies: [
        "cnnzoo", "tinyzoo", "ClassifyImage", "TensorCore", "Kernels", "Files", "GraphIR", "Inputs",
        "Weights",
        "Zoo", "Support",
      ],
      exclude: ["Fixtures"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  // GNU extensions for vector types, C23 for #embed.
  cLanguageStandard: .gnu2x
)

if Context.environment["CNNZOO_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Driver", swiftSettings: strict,
      // gold, the default, cannot link libFuzzer.
      linkerSettings: [.unsafeFlags(["-use-ld=lld"])]))
}
