import GraphIR

extension Pass {
  /// A concatenation writes its channels in the order of the shuffle behind it, so that they are copied once.
  ///
  /// The units of ShuffleNet V2 end with both.
  static func fuseShuffle(for mode: ExecutionMode) -> Pass {
    Pass(name: "fuse_shuffle") { graph in
      graph.mergeNeighbors { first, second in
        guard case .shuffle(let groups) = second.semantics, first.inputs.count == groups,
          first.inputs.allSatisfy({ $0.shape == first.inputs[0].shape })
        else { return nil }
        return first.fusing(.shuffle, for: mode)
      }
    }
  }
}
