import GraphIR
import TensorCore
import Testing
import Zoo

/// `--set`: every family is a design space, and impossible values name the constraint.
struct SettingTests {
  /// Counts of `architecture` at the input and classes of an entry.
  private func totals(_ architecture: any Architecture, as entry: ModelEntry) throws -> Totals {
    let image = entry.input.shape
    return try architecture.graph(
      input: [1, image[0], image[1], image[2]], classes: entry.classes
    ).totals
  }

  /// A registered network with settings, `name=value` each.
  private func architecture(_ name: String, _ settings: [String]) throws -> any Architecture {
    var architecture = try Registry.standard.entry(name).architecture
    for setting in settings {
      let parts = setting.split(separator: "=").map(String.init)
      architecture = try architecture.setting(parts[0], to: parts[1])
    }
    return architecture
  }

  /// Settings turn one member of a family into another.
  @Test(arguments: [
    ("resnet18", ["depth=50"], "resnet50"), ("resnet50_v1", ["depth=101"], "resnet101_v1"),
    ("resnet152", ["depth=34"], "resnet34"), ("resnet20_cifar", ["depth=1202"], "resnet1202_cifar"),
    ("resnetv2_50", ["depth=152"], "resnetv2_152"),
    ("preact_resnet164_cifar", ["depth=1001"], "preact_resnet1001_cifar"),
    ("wide_resnet16_4_cifar", ["depth=28", "width=10"], "wide_resnet28_10_cifar"),
    ("wide_resnet50_2", ["depth=101"], "wide_resnet101_2"), ("wide_resnet50_2", ["width=1"], "resnet50"),
    ("resnext50_32x4d", ["depth=101", "baseWidth=8"], "resnext101_32x8d"),
    ("resnext101_32x4d", ["cardinality=64"], "resnext101_64x4d"),
    ("resnext50_32x4d", ["cardinality=1", "baseWidth=64"], "resnet50"),
    ("resnext29_8x64d_cifar", ["cardinality=16"], "resnext29_16x64d_cifar"),
    ("densenet121", ["depth=264"], "densenet264"),
    ("densenet121", ["growthRate=48", "depth=161"], "densenet161"),
    ("densenet40_k12_cifar", ["depth=100", "growthRate=24"], "densenet100_k24_cifar"),
    ("densenet_bc100_k12_cifar", ["depth=190", "growthRate=40"], "densenet_bc190_k40_cifar"),
    ("densenet_bc100_k12_cifar", ["depth=40"], "densenet_bc40_k12_cifar"),
    (
      "densenet40_k12_cifar", ["bottleneck=true", "compression=0.5", "stemChannels=24", "depth=100"],
      "densenet_bc100_k12_cifar"
    ), ("vgg11", ["depth=19", "batchNorm=true"], "vgg19_bn"),
    ("mnasnet1_0", ["width=0.5"], "mnasnet0_5"),
    ("efficientnet_b0", ["width=1.2", "depth=1.4"], "efficientnet_b3"),
    ("efficientnet_b1", ["width=2", "depth=3.1"], "efficientnet_b7"),
    ("efficientnet_lite0", ["width=1.4", "depth=1.8"], "efficientnet_lite4"),
    ("shufflenet_v2_x0_5", ["channels=244,488,976", "lastChannels=2048"], "shufflenet_v2_x2_0"),
    ("convnext_small", ["width=128"], "convnext_base"),
    ("seresnet50", ["cardinality=32", "baseWidth=4"], "seresnext50_32x4d"),
    (
      "regnet_x_400mf",
      [
        "depth=16", "initialWidth=48", "slope=27.89", "quantization=2.09", "groupWidth=8",
        "squeezeRatio=0.25",
      ], "regnet_y_400mf"
    ),
  ])
  func settingsLeadFromOneMemberToAnother(_ start: String, _ settings: [String], _ end: String) throws {
    let entry = try Registry.standard.entry(end)
    let totals = try totals(architecture(start, settings), as: entry)
    #expect(totals.parameters == entry.expect.parameters)
    #expect(totals.macs == entry.expect.macs)
  }

  /// Published counts of variants that are not registered.
  @Test func formsBesideTheRegisteredOnesHaveTheirKnownCounts() throws {
    func parameters(_ name: String, _ settings: String...) throws -> Int {
      try totals(architecture(name, settings), as: Registry.standard.entry(name)).parameters
    }
    #expect(try parameters("alexnet_2012", "groups=1") == 62_378_344)
    #expect(try parameters("densenet100_k24_cifar", "stemChannels=48") == 28_071_706)
    let plain = try parameters(
      "densenet_bc190_k40_cifar", "bottleneck=false", "compression=1", "stemChannels=16", "depth=190")
    #expect(plain == 281_301_162)
  }

  @Test(arguments: [
    ("resnet20_cifar", "depth=21", "6n + 2"), ("preact_resnet164_cifar", "depth=165", "9n + 2"),
    ("wide_resnet28_10_cifar", "depth=30", "6n + 4"), ("resnext29_8x64d_cifar", "depth=30", "9n + 2"),
    ("densenet40_k12_cifar", "depth=41", "3n + 4"), ("densenet_bc100_k12_cifar", "depth=40.5", "6n + 4"),
    ("densenet_bc100_k12_cifar", "depth=43", "6n + 4"), ("resnet20_cifar", "depth=2", "6n + 2"),
    ("resnet20_cifar", "depth=-9223372036854775808", "6n + 2"),
    ("resnet20_cifar", "depth=9223372036854775806", "6n + 2"),
    ("resnet50", "depth=51", "18, 34, 50, 101, 152"), ("vgg16", "depth=12", "11, 13, 16, 19"),
    ("densenet121", "depth=122", "121, 161, 169, 201, 264"),
    ("densenet121", "compression=0", "from 0.01 to 1"), ("densenet121", "compression=nan", "from 0.01 to 1"),
    ("resnext50_32x4d", "cardinality=0", "from 1 to 1024"), ("vgg16", "batchNorm=yes", "true or false"),
    ("resnet50", "blocks=3,4,6", "4 whole numbers"), ("alexnet_2012", "groups=3", "from 1 to 2"),
    ("inception_v3", "transformInput=1", "true or false"),
  ])
  func impossibleValuesNameTheConstraint(_ name: String, _ setting: String, _ constraint: String) throws {
    let entry = try Registry.standard.entry(name)
    let parts = setting.split(separator: "=").map(String.init)
    let error = #expect(throws: SettingError.self) {
      try entry.architecture.setting(parts[0], to: parts[1])
    }
    let message = "\(try #require(error))"
    #expect(message.hasPrefix(setting) && message.contains(constraint), "\(message)")
  }

  @Test func anUnknownSettingListsTheKnownOnes() throws {
    let entry = try Registry.standard.entry("resnext50_32x4d")
    #expect(
      throws: SettingError.unknown(
        name: "growthRate", known: ["depth", "blocks", "cardinality", "baseWidth"])
    ) { try entry.architecture.setting("growthRate", to: "12") }
  }

  /// Setting each value to what it prints changes nothing.
  @Test(arguments: Registry.standard.all.map(\.name))
  func presentValuesAreValid(_ name: String) throws {
    let entry = try Registry.standard.entry(name)
    var architecture = entry.architecture
    #expect(!architecture.currentSettings.isEmpty)
    for setting in architecture.currentSettings {
      #expect(!setting.meaning.isEmpty)
      architecture = try architecture.setting(setting.name, to: setting.value)
    }
    let totals = try totals(architecture, as: entry)
    #expect(totals.parameters == entry.expect.parameters)
    #expect(totals.macs == entry.expect.macs)
  }

  /// Extreme values give a network, or an error that names the setting or the layer; none of them traps.
  @Test func extremeValuesFitOrAreNamed() throws {
    for entry in Registry.standard.all {
      let image = entry.input.shape
      for setting in entry.architecture.currentSettings {
        for value in ["1", "2", "4096", "65536", "1024", "256", "0.01", "true"] {
          let changed: any Architecture
          do throws(SettingError) {
            changed = try entry.architecture.setting(setting.name, to: value)
          } catch {
            #expect("\(error)".hasPrefix("\(setting.name)=\(value)"), "\(entry.name): \(error)")
            continue
          }
          do throws(GraphError) {
            let graph = try changed.graph(
              input: [1, image[0], image[1], image[2]], classes: entry.classes)
            #expect(graph.totals.parameters > 0 && graph.output.shape == [1, entry.classes])
          } catch { #expect(!error.node.isEmpty, "\(entry.name) \(setting.name)=\(value): \(error)") }
        }
      }
    }
  }
}
