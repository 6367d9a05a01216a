import GraphIR
import Zoo

extension TinyNet {
  package static let family = Family(
    "tinynet",
    about: About(
      "TinyNet", idea: "One convolution is enough.", change: "Over nothing: one convolution.",
      remarks: ["It is not a real network."]),
    architectures: [TinyNet.self], renames: [.prefix(from: "classifier.", to: "fc.")])
}
