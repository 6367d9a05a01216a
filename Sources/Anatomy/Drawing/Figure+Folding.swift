extension Figure {
  /// A block whose boxes follow each other.
  private struct Block {
    let path: String
    let boxes: Range<Int>

    /// Path of the block around it; empty for the network.
    var parent: Substring { path.lastIndex(of: ".").map { path[..<$0] } ?? "" }
    /// The last step of the path.
    var name: Substring { path.dropFirst(parent.isEmpty ? 0 : parent.count + 1) }
  }

  /// Draws runs of consecutive blocks that are alike as their first with a number; returns whether there were any.
  ///
  /// Outer blocks go first. Blocks inside of others that were folded are left for another call.
  mutating func foldRepeatedBlocks() -> Bool {
    let links = Links(self)
    let blocks = consecutiveBlocks
    let successors = Dictionary(grouping: blocks, by: \.boxes.lowerBound)
    var image = Array(boxes.indices)  // the box that stands for each
    var isDone = [Bool](repeating: false, count: boxes.count)
    for block in blocks where !isDone[block.boxes.lowerBound] {
      var run = [block]
      while let next = successors[run[run.count - 1].boxes.upperBound]?.first(where: {
        areAlike(run[run.count - 1], $0, links)
      }) { run.append(next) }
      let isDense = run.count == 1
      if isDense { run = denseRun(from: block, successors, links) }
      guard run.count > 1 else { continue }
      repetitions[block.path] = Repetition(
        count: run.count, last: Self.end(of: block.name, run[run.count - 1].name), isDense: isDense)
      for copy in run {
        for (box, original) in zip(copy.boxes, block.boxes) {
          image[box] = original
          isDone[box] = true
          boxes[original].output = boxes[box].output
        }
      }
    }
    let kept = boxes.indices.filter { image[$0] == $0 }
    if kept.count == boxes.count { return false }
    let position = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    arrows = arrows.reduce(into: []) { arrows, arrow in
      guard let from = position[image[arrow.from]], let to = position[arrow.to] else { return }
      let moved = Arrow(from: from, to: to)
      if !arrows.contains(moved) { arrows.append(moved) }
    }
    boxes = kept.map { boxes[$0] }
    return true
  }

  /// The blocks whose boxes follow each other, outer ones first.
  private var consecutiveBlocks: [Block] {
    members.compactMap { path, boxes in
      guard let first = boxes.first, let last = boxes.last, last - first + 1 == boxes.count else {
        return nil
      }
      return Block(path: path, boxes: first..<last + 1)
    }.sorted { ($0.boxes.count, $1.boxes.lowerBound) > ($1.boxes.count, $0.boxes.lowerBound) }
  }

  /// Whether `second` follows `first`, reads nothing but its last box, and looks like it.
  private func areAlike(_ first: Block, _ second: Block, _ links: Links) -> Bool {
    guard first.boxes.count > 1, first.boxes.upperBound == second.boxes.lowerBound,
      first.boxes.count == second.boxes.count,
      first.parent == second.parent, zip(first.boxes, second.boxes).allSatisfy(looksLike),
      let firstInputs = links.inputs(of: first.boxes), let secondInputs = links.inputs(of: second.boxes),
      firstInputs.sources == secondInputs.sources, secondInputs.entry == first.boxes.upperBound - 1
    else { return false }
    return links.haveOneExit(first.boxes, into: second.boxes) && links.haveOneExit(second.boxes)
  }

  /// How a range of names ends: `12` for `denselayer1` to `denselayer12`.
  private static func end(of first: Substring, _ last: Substring) -> String {
    let number = last.reversed().prefix(while: \.isNumber).count
    return first.hasPrefix(last.dropLast(number)) ? String(last.suffix(number)) : String(last)
  }

  /// Most layers of a dense block that are drawn each with all its arrows.
  private static let mostDenseLayers = 6

  /// `block` and those after it that are alike and read the outputs of all before them; `block` alone if they are few.
  private func denseRun(from block: Block, _ successors: [Int: [Block]], _ links: Links) -> [Block] {
    var run = [block]
    let entries = links.sources(of: block.boxes)
    while let next = successors[run[run.count - 1].boxes.upperBound]?.first(where: { next in
      next.parent == block.parent && next.boxes.count == block.boxes.count
        && zip(block.boxes, next.boxes).allSatisfy(looksLike)
        && links.sources(of: next.boxes) == entries.union(run.map { $0.boxes.upperBound - 1 })
    }) { run.append(next) }
    return run.count > Self.mostDenseLayers ? run : [block]
  }

  private func looksLike(_ first: Int, _ second: Int) -> Bool {
    func repetitionCounts(_ box: Box) -> [Int] { box.blocks.compactMap { repetitions[$0]?.count } }
    let (first, second) = (boxes[first], boxes[second])
    return first.label == second.label && first.kind == second.kind
      && repetitionCounts(first) == repetitionCounts(second)
  }

  /// The arrows by their ends.
  private struct Links {
    private var incoming: [[Int]]
    private var outgoing: [[Int]]

    init(_ figure: Figure) {
      incoming = Array(repeating: [], count: figure.boxes.count)
      outgoing = incoming
      for arrow in figure.arrows {
        incoming[arrow.to].append(arrow.from)
        outgoing[arrow.from].append(arrow.to)
      }
    }

    /// The boxes outside of a block that it reads.
    func sources(of block: Range<Int>) -> Set<Int> {
      Set(block.flatMap { incoming[$0] }).filter { !block.contains($0) }
    }

    /// For each box of a block the boxes that it reads, relative to the block's first, and the box outside that it reads.
    ///
    /// The latter is `nil` among the sources. There is no result if there are several.
    func inputs(of block: Range<Int>) -> (sources: [Set<Int?>], entry: Int)? {
      let outside = sources(of: block)
      guard outside.count == 1, let entry = outside.first else { return nil }
      let sources = block.map { box in
        Set(incoming[box].map { block.contains($0) ? $0 - block.lowerBound : nil })
      }
      return (sources, entry)
    }

    /// Whether only the last box of a block is read outside of it, and only by `next` if that is given.
    func haveOneExit(_ block: Range<Int>, into next: Range<Int>? = nil) -> Bool {
      block.dropLast().allSatisfy { outgoing[$0].allSatisfy(block.contains) }
        && (next == nil || outgoing[block.upperBound - 1].allSatisfy { next?.contains($0) == true })
    }
  }
}
