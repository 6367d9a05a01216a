import Engine

/// What a printed plan says about memory, held against itself.
extension PlanDescription {
  /// Sentences about parts of the arena that are used for two things at once; none for a plan that is right.
  ///
  /// Values that lie inside others are held against each other channel by channel; all others by their bytes.
  package var collisions: [String] {
    let rows = Dictionary(rows.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    func host(_ number: Int) -> Int? { rows[number]?.value?.inside }
    func path(_ number: Int) -> [Int] { sequence(first: number, next: host).map(\.self) }
    var problems: [String] = []
    var blocks: [(name: String, bytes: Range<Int>, life: ClosedRange<Int>)] = []
    var families: [Int: [Row]] = [:]
    for row in self.rows {
      if let value = row.value {
        families[path(row.number).last ?? row.number, default: []].append(row)
        if let inside = value.inside, let outer = rows[inside]?.value {
          problems += value.misfits(in: outer, row)
        }
      }
      for (kind, region) in [("scratch", row.scratch), ("statistics", row.statistics)] {
        if let region {
          blocks.append(
            ("\(kind) of step \(row.number)", region.offset..<region.offset + region.bytes, region.life))
        }
      }
    }
    for (number, members) in families {
      guard let root = rows[number]?.value else { continue }
      let life = members.compactMap(\.value).map(\.life).reduce(root.life) {
        min($0.lowerBound, $1.lowerBound)...max($0.upperBound, $1.upperBound)
      }
      blocks.append(("value of step \(number)", root.offset..<root.offset + root.bytes, life))
      for (index, first) in members.enumerated() {
        for second in members[(index + 1)...] {
          guard let a = first.value, let b = second.value, a.life.overlaps(b.life),
            !path(first.number).contains(second.number), !path(second.number).contains(first.number)
          else { continue }
          let (left, right) = (a.offset % root.pixelStride, b.offset % root.pixelStride)
          if (left..<left + a.pixelBytes).overlaps(right..<right + b.pixelBytes) {
            problems.append("\(first.name) and \(second.name) share channels")
          }
        }
      }
    }
    blocks.sort { $0.bytes.lowerBound < $1.bytes.lowerBound }
    for (index, block) in blocks.enumerated() {
      if block.bytes.upperBound > arenaBytes { problems.append("\(block.name) lies outside the arena") }
      for other in blocks[(index + 1)...] {
        if other.bytes.lowerBound >= block.bytes.upperBound { break }
        if block.life.overlaps(other.life) { problems.append("\(block.name) and \(other.name) overlap") }
      }
    }
    return problems
  }

  /// Bytes of a training plan that hold something before the loss and after it: what the backward pass reads of the
  /// forward pass.
  package var bytesAcrossTheLoss: Int {
    guard let loss = rows.first(where: { $0.name == "loss" })?.number else { return 0 }
    let rows = Dictionary(rows.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    var bytes = 0
    var saved = Set<Int>()
    for row in self.rows where row.number < loss {
      if let statistics = row.statistics, statistics.life.upperBound > loss { bytes += statistics.bytes }
      guard let value = row.value, value.life.upperBound > loss else { continue }
      // A value inside another keeps all of that one's memory.
      var root = row.number
      while let host = rows[root]?.value?.inside { root = host }
      if saved.insert(root).inserted { bytes += rows[root]?.value?.bytes ?? 0 }
    }
    return bytes
  }
}

extension PlanDescription.Region {
  /// Why the region does not lie inside another as its channels.
  fileprivate func misfits(in outer: PlanDescription.Region, _ row: PlanDescription.Row) -> [String] {
    let channels = offset - outer.offset
    let fits =
      channels >= 0 && channels + pixelBytes <= outer.pixelBytes && pixelStride == outer.pixelStride
      && bytes / pixelBytes == outer.bytes / outer.pixelBytes
    return fits ? [] : ["\(row.name) does not lie inside step \(inside ?? -1)"]
  }
}
