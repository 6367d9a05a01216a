import Files
import GraphIR
import Support
import TensorCore
import Testing
import Weights

private func parameter(_ name: String, _ shape: Shape, role: ParameterRole = .trainable) -> Parameter {
  Parameter(name: name, shape: shape, role: role, isAuxiliary: false)
}

@Suite struct FormulaWeightsTests {
  private func values(_ parameter: Parameter, seed: UInt64 = 0, normGain: Double = 1) throws -> [Float] {
    let state = try StateDict([parameter], from: FormulaWeights(seed: seed, normGain: normGain))
    return try #require(state[parameter.name]).values
  }

  @Test func everyKindOfTensorFollowsItsFormula() throws {
    func u(_ name: String, _ index: Int, seed: UInt64) -> Double {
      Double(FormulaNoise(name: name, seed: seed)[index])
    }
    for seed: UInt64 in [0, 5] {
      let convolution = try values(parameter("c.weight", [8, 3, 5, 5]), seed: seed)
      let running = try values(parameter("n.running_var", [9]), seed: seed)
      let mean = try values(parameter("n.running_mean", [9]), seed: seed)
      let bias = try values(parameter("n.bias", [9]), seed: seed)
      let scale = try values(parameter("n.weight", [9]), seed: seed, normGain: 0.3)
      let scalar = try values(parameter("coefficient", []), seed: seed)
      for i in 0..<9 {
        #expect(convolution[i] == Float(u("c.weight", i, seed: seed) * (6.0 / 75).squareRoot()))
        #expect(running[i] == Float(1 + 0.5 * u("n.running_var", i, seed: seed)))
        #expect(mean[i] == Float(0.1 * u("n.running_mean", i, seed: seed)))
        #expect(bias[i] == Float(0.1 * u("n.bias", i, seed: seed)))
        #expect(scale[i] == Float(0.3 * (1 + 0.2 * u("n.weight", i, seed: seed))))
      }
      #expect(scalar == [Float(1 + 0.2 * u("coefficient", 0, seed: seed))])
    }
  }

  @Test func knownValues() throws {
    // From the same formula in Python: both sides of a golden test start from the same bits.
    #expect(
      try values(parameter("conv1.weight", [64, 3, 7, 7])).prefix(3).map(\.bitPattern) == [
        0xbe4d4fc2, 0xbe30273c, 0x3b27caeb,
      ])
    #expect(
      try values(parameter("bn1.running_var", [64]), seed: 42).prefix(3).map(\.bitPattern) == [
        0x3f6ef153, 0x3f4f9eb7, 0x3fb1b820,
      ])
  }
}

@Suite struct StateDictTests {
  @Test func fillsAndRefuses() throws {
    var state = StateDict()
    state.set("w", shape: [2], [1, 2])
    state.set("w", shape: [3], [4, 5, 6])
    #expect(state.names == ["w"])
    let copy = try StateDict([parameter("w", [3]), parameter("n", [], role: .counter)], from: state)
    #expect(copy["w"]?.values == [4, 5, 6] && copy["n"] == nil)
    #expect(throws: CheckpointError.self) { try StateDict([parameter("v", [3])], from: state) }
    #expect(throws: CheckpointError.self) { try StateDict([parameter("w", [2])], from: state) }
  }
}

@Suite struct WeightFinderTests {
  @Test func ownFolderComesBeforeTorchs() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("own")
    try folder.makeFolder("torch/hub/checkpoints")
    let environment = [
      "CNNZOO_HOME": folder.path("own"), "TORCH_HOME": folder.path("torch"), "HOME": "/nowhere",
    ]
    let finder = WeightFinder { environment[$0] }
    let published = folder.path("torch/hub/checkpoints/net-01234567.pth")
    #expect(
      finder.find("net", published: ["net-01234567.pth"])
        == .notFound(
          places: ["net.safetensors", "net.pth", "net.npz", "net-01234567.pth"].map {
            folder.path("own/\($0)")
          }
            + [published])
    )
    try AtomicFile.write([0], to: published)
    #expect(finder.find("net", published: ["net-01234567.pth"]) == .found(path: published))
    try AtomicFile.write([0], to: folder.path("own/net.pth"))
    #expect(finder.find("net", published: ["net-01234567.pth"]) == .found(path: folder.path("own/net.pth")))
  }

  @Test func defaults() {
    func places(_ environment: [String: String]) -> [String] {
      guard
        case .notFound(let places) = WeightFinder(environment: { environment[$0] }).find(
          "n", published: ["p"])
      else { return [] }
      return places
    }
    let own = ["n.safetensors", "n.pth", "n.npz", "p"].map { "/no/home/.cache/cnnzoo/\($0)" }
    #expect(
      places(["HOME": "/no/home", "TORCH_HOME": ""]) == own + ["/no/home/.cache/torch/hub/checkpoints/p"])
    #expect(
      places(["HOME": "/no/home", "XDG_CACHE_HOME": "/no/x"]) == own + ["/no/x/torch/hub/checkpoints/p"])
    #expect(places([:]) == [])
  }
}
