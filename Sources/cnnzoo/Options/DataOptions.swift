import ArgumentParser
import Inputs
import Session

/// Which images a network is trained or measured on.
struct DataOptions: ParsableArguments {
  @Option(
    help: .init(
      "fashion-mnist, or a folder with IDX files, CIFAR batches, train/CLASS and val/CLASS, or CLASS.",
      valueName: "dir"))
  var data: String

  @Option(help: .init("Threads that decode and augment images.", valueName: "n"))
  var workers: Int?

  func validate() throws {
    try check(workers, in: Limits.threads, option: "--workers")
  }
}

extension DataSplit: ExpressibleByArgument {}
