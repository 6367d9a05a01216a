extension Figure {
  /// A block with its boxes, for a frame around them.
  struct Frame: Sendable {
    let path: String
    /// The path or its end, and the last step of that of the last block if it stands for several.
    let title: String
    /// How many blocks it stands for, as it is drawn: `×3`; `nil` for one.
    let multiplicity: String?
    /// Frames around this one.
    let depth: Int
    let members: [Int]
  }

  /// The boxes of each block, by path; a block stands before those inside it.
  var members: [(path: String, boxes: [Int])] {
    var boxesOfBlock: [String: [Int]] = [:]
    var paths: [String] = []
    for (index, box) in boxes.enumerated() {
      for path in box.blocks {
        if boxesOfBlock[path] == nil { paths.append(path) }
        boxesOfBlock[path, default: []].append(index)
      }
    }
    return paths.map { ($0, boxesOfBlock[$0] ?? []) }
  }

  /// The blocks that say something about the structure: those of two or more boxes, but none that has most of the boxes
  /// around it, such as `features`, unless it is repeated.
  var frames: [Frame] {
    let blocks = members.filter { $0.boxes.count > 1 || repetitions[$0.path] != nil }
    func children(of path: String) -> [(path: String, boxes: [Int])] {
      blocks.filter { $0.path.hasPrefix(path) && !$0.path.dropFirst(path.count).contains(".") }
    }
    let shown = blocks.filter { block in
      if repetitions[block.path] != nil { return true }
      let inside = children(of: block.path + ".")
      if inside.count == 1, inside[0].boxes == block.boxes, repetitions[inside[0].path] != nil {
        return false
      }
      let parent = block.path.lastIndex(of: ".").map { block.path[...$0] } ?? ""
      let around = blocks.first { $0.path == parent.dropLast() }?.boxes.count ?? boxes.count
      return 5 * block.boxes.count <= 3 * around
    }
    return shown.map { path, boxes in
      let repetition = repetitions[path]
      let around = shown.filter { path.hasPrefix($0.path + ".") }
      // The path goes on where the frame around it stopped; a number alone says too little.
      let steps = path.split(separator: ".")
      let known = around.last?.path.split(separator: ".").count ?? 0
      let isNumber = steps[known].allSatisfy(\.isNumber)
      let title = steps[(isNumber ? max(known - 1, 0) : known)...].joined(separator: ".")
      return Frame(
        path: path, title: title + (repetition.map { "–\($0.last)" } ?? ""),
        multiplicity: repetition.map { "×\($0.count)\($0.isDense ? " dense" : "")" },
        depth: around.count, members: boxes)
    }.sorted { $0.depth < $1.depth }
  }
}
