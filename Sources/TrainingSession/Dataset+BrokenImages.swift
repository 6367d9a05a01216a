import Datasets
import Engine
import Inputs
import Synchronization

extension Dataset {
  /// The data set without images that cannot be read, and what is wrong with each of those, in order.
  ///
  /// Every file is decoded once, on `workers` threads. Throws ``ThreadError``, and what is wrong with the first image of a
  /// split of which nothing would be left.
  package func withoutBrokenImages(workers: Int) throws -> (Dataset, broken: [InputError]) {
    if fixedSize != nil { return (self, []) }  // decoded already
    let pool = try ThreadPool(threadCount: workers)
    var kept: [DataSplit: any LabeledImages] = [:]
    var broken: [InputError] = []
    for split in DataSplit.allCases {
      guard let images = splits[split] else { continue }
      let failures = Mutex<[Int: InputError]>([:])
      pool.share(images.count) { index in
        do throws(InputError) { _ = try images.source(index).decoded() } catch {
          failures.withLock { $0[index] = error }
        }
      }
      let found = failures.withLock { $0 }
      let sound = (0..<images.count).filter { found[$0] == nil }
      if sound.isEmpty, let first = found[0] { throw DatasetError.input(first) }
      kept[split] = found.isEmpty ? images : SelectedImages(images, sound)
      broken += found.sorted { $0.key < $1.key }.map(\.value)
    }
    let rest = Dataset(
      name: name, classNames: classNames, splits: kept, fixedSize: nil, skipped: skipped, missing: missing)
    return (rest, broken)
  }
}
