import ArgumentParser
import Datasets
import Engine
import Session
import TrainingSession

/// How the images of a data set are read.
struct DataOptions: ParsableArguments {
  /// What `--data` takes.
  static let help =
    "fashion-mnist; a folder with IDX files, CIFAR batches, train/CLASS and val/CLASS, or CLASS; a .csv of path,label; or an .npz with x_train, y_train, x_test and y_test."

  @Option(help: .init("Threads that decode and augment images.", valueName: "n"))
  var workers: Int?

  @Flag(help: "Leave out images that cannot be read, and name them.")
  var skipBroken = false

  func validate() throws {
    try check(workers, in: Limits.threads, option: "--workers")
  }

  /// Opens the data set called `name`, and says on standard error what it lacks and what is left out of it.
  ///
  /// - Parameters:
  ///   - name: As `--data` takes it.
  ///   - skippedBefore: Whether the run that is resumed left out broken images.
  /// - Returns: The data set, and whether broken images are left out of it.
  /// - Throws: ``DatasetError``, and a ``ValidationError`` where there is nothing to decode.
  func open(
    _ name: String, skippedBefore: Bool = false
  ) throws -> (data: Dataset, isWithoutBroken: Bool) {
    let found = try Dataset.open(name)
    noteContents(found, in: name)
    try refuse("--skip-broken", when: found.fixedSize != nil, "on images that are decoded already")
    guard skipBroken || skippedBefore else { return (found, false) }
    let (rest, broken) = try found.withoutBrokenImages(workers: workers ?? ThreadPolicy.defaultThreads)
    let shown = 10
    for error in broken.prefix(shown) { note("skipped: \(error)") }
    if broken.count > shown { note("skipped \(broken.count) broken images in all") }
    return (rest, !broken.isEmpty)
  }
}

extension DataSplit: ExpressibleByArgument {}
