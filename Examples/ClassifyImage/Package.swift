// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "ClassifyImage",
  dependencies: [
    // In a package of your own: .package(url: "https://…/cnnzoo", from: "0.2.0")
    .package(name: "cnnzoo", path: "../..")
  ],
  targets: [
    .executableTarget(name: "ClassifyImage", dependencies: [.product(name: "CNNZoo", package: "cnnzoo")])
  ]
)
