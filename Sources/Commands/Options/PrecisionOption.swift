import ArgumentParser
import Engine
import Kernels
import TensorCore

/// The option `--precision`.
struct PrecisionOption: ParsableArguments {
  @Option(
    help: .init(
      "Precision: bf16 stores weights and feature maps in bfloat16 where the CPU multiplies it; int8 computes with bytes and needs weights from 'cnnzoo quantize'.",
      valueName: "type"))
  var precision = ComputePrecision.float32

  /// The precision, if it is asked for.
  var asked: ComputePrecision? {
    CommandLineArguments.current.options.contains("--precision") ? precision : nil
  }

  /// Says on standard error where this CPU is not served by the precision that is asked for, and where an algorithm that is
  /// asked for has no form in it.
  func noteLimits(_ convolutions: [ConvolutionChoice]) {
    let multipliesPairs = KernelSet.best.multipliesBFloat16Pairs
    if precision == .bfloat16 && !multipliesPairs {
      note("--precision bf16: without AVX512_BF16, convolutions stay float32")
    }
    for choice in convolutions {
      if precision == .bfloat16 && multipliesPairs && choice.hasNoBFloat16 {
        note("--convolution \(choice.name): has no form in bf16, and is used where feature maps stay float32")
      }
      if precision == .int8 && choice != .automatic {
        note(
          "--convolution \(choice.name): used in layers that stay float32; those in int8 have one algorithm each"
        )
      }
    }
  }

  /// Throws a ``ValidationError`` where nothing would be computed in the precision that is asked for.
  func check(_ convolutions: [ConvolutionChoice], isTraining: Bool = false) throws {
    if precision == .float32 { return }
    try refuse("--precision", when: isTraining, "on training, which is float32")
    let openBLASMultipliesIt =
      precision == .bfloat16 && KernelSet.best.multipliesBFloat16Pairs
      && !ConvolutionChoice.openBLAS.hasNoBFloat16
    try refuse(
      "--precision", when: convolutions.contains(.openBLAS) && !openBLASMultipliesIt,
      "with --convolution openblas, which multiplies float32")
  }
}

extension ComputePrecision: ExpressibleByArgument {
  /// The values of `--precision`; ``float16LinearWeights`` has an option of its own.
  private static let choices: [ComputePrecision] = [.float32, .bfloat16, .int8]

  /// Reads the value of `--precision`.
  public init?(argument: String) {
    guard let choice = Self.choices.first(where: { $0.name == argument }) else { return nil }
    self = choice
  }

  /// The names, for help and completion.
  public static var allValueStrings: [String] { choices.map(\.name) }
  /// The name of the default, for help.
  public var defaultValueDescription: String { name }
}
