import Synchronization

/// Work items of which each thread has a share; a thread that is done with its own helps the others.
///
/// Items are numbered along the pixels, so a thread finds what it wrote in the stage before in its own cache: cores that
/// share no cache fetch each other's lines at several times the cost.
///
/// A plain value without an owner, so that handing it on costs nothing: who makes it calls ``deallocate()``.
struct WorkItems: @unchecked Sendable {
  let count: Int
  private let threads: Int
  /// For each thread, how many items of its share are taken, in a cache line of its own.
  private let taken: UnsafeMutableRawPointer

  private static let line = 64

  init(count: Int, threads: Int) {
    self.count = count
    self.threads = threads
    taken = .allocate(byteCount: WorkItems.line * threads, alignment: WorkItems.line)
    for thread in 0..<threads {
      (taken + WorkItems.line * thread).bindMemory(to: Atomic<Int>.self, capacity: 1)
        .initialize(to: Atomic(0))
    }
  }

  func deallocate() { taken.deallocate() }

  private func first(ofShare share: Int) -> Int { count * share / threads }

  private func taken(ofShare share: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    (taken + WorkItems.line * share).assumingMemoryBound(to: Atomic<Int>.self)
  }

  /// Makes all items available again; no thread may be taking any.
  func restart() {
    for share in 0..<threads { taken(ofShare: share).pointee.store(0, ordering: .relaxed) }
  }

  /// An item that no thread has taken, or `nil` if there is none left.
  func take(thread: Int) -> Int? {
    for turn in 0..<threads {
      let share = (thread + turn) % threads
      let first = first(ofShare: share)
      let size = self.first(ofShare: share + 1) - first
      let taken = taken(ofShare: share)
      if taken.pointee.load(ordering: .relaxed) >= size { continue }
      let item = taken.pointee.add(1, ordering: .relaxed).oldValue
      if item < size { return first + item }
    }
    return nil
  }
}
