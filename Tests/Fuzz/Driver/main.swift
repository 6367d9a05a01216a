import FuzzTargets
import Glibc

/// libFuzzer's main loop: calls `body` with inputs until its limits are reached.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// The target of this process; libFuzzer's callback takes no context.
private let target: FuzzTarget = {
  let names = FuzzTarget.all.map { "\($0.name) \($0.longest)\n" }.joined()
  guard CommandLine.arguments.count > 1, let target = FuzzTarget.named(CommandLine.arguments[1]) else {
    // With no target: their names, each with the length of its longest input.
    print(names, terminator: "")
    exit(CommandLine.arguments.count > 1 ? 64 : 0)
  }
  return target
}()

_ = target
// The name of the target is not libFuzzer's.
var arguments: [UnsafeMutablePointer<CChar>?] =
  ([CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)).map { strdup($0) } + [nil]
var count = Int32(arguments.count - 1)
arguments.withUnsafeMutableBufferPointer { buffer in
  guard var base = buffer.baseAddress else { return }
  exit(
    runDriver(&count, &base) { bytes, count in
      target.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
      return 0
    })
}
