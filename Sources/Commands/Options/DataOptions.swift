import ArgumentParser
import Datasets
import Engine
import Session
import TrainingSession

/// Which images a network is trained or measured on.
struct DataOptions: ParsableArguments {
  @Option(
    help: .init(
      "fashion-mnist; a folder with IDX files, CIFAR batches, train/CLASS and val/CLASS, or CLASS; or a .csv of path,label.",
      valueName: "dir"))
  var data: String

  @Option(help: .init("Threads that decode and augment images.", valueName: "n"))
  var workers: Int?

  @Flag(help: "Leave out images that cannot be read, and name them.")
  var skipBroken = false

  func validate() throws {
    try check(workers, in: Limits.threads, option: "--workers")
  }

  /// Opens the data set, and says on standard error what it lacks and what is left out of it.
  func open() throws -> Dataset {
    let found = try Dataset.open(data)
    noteGaps(found, in: data)
    try refuse("--skip-broken", when: found.fixedSize != nil, "on images that are decoded already")
    guard skipBroken else { return found }
    let (rest, broken) = try found.withoutBrokenImages(workers: workers ?? ThreadPolicy.defaultThreads)
    let shown = 10
    for error in broken.prefix(shown) { note("skipped: \(error)") }
    if broken.count > shown { note("skipped \(broken.count) broken images in all") }
    return rest
  }
}

extension DataSplit: ExpressibleByArgument {}
