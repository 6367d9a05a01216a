/// What a wrapper around a network, or around a part of it, adds to the names in its state dict.
///
/// Such a part says nothing about the network and is taken off whatever the network is. Other prefixes
/// (`model.`, `backbone.`, `encoder_q.`) belong to a larger module: the network decides about them, see
/// ``StateDictSearch``.
struct WrapperName {
  /// Where the part stands.
  enum Place {
    /// In front of every name of the state dict.
    case leading
    /// In front of the names below any module.
    case anywhere
  }

  /// The part, with its dot.
  let part: String
  /// Where it stands.
  let place: Place

  /// All wrappers.
  static let table = [
    // torch.nn.DataParallel, DistributedDataParallel, optim.swa_utils.AveragedModel.
    WrapperName(part: "module.", place: .leading),
    // Opacus.
    WrapperName(part: "_module.", place: .leading),
    // Lightning Fabric.
    WrapperName(part: "_forward_module.", place: .leading),
    // torch.compile.
    WrapperName(part: "_orig_mod.", place: .anywhere),
    // FullyShardedDataParallel, and what it was called before PyTorch 1.13.
    WrapperName(part: "_fsdp_wrapped_module.", place: .anywhere),
    WrapperName(part: "_fpw_module.", place: .anywhere),
    // checkpoint_wrapper of torch.distributed.algorithms.
    WrapperName(part: "_checkpoint_wrapped_module.", place: .anywhere),
  ]

  /// Tensors that belong to a wrapper: how many models AveragedModel has seen.
  static let counters: Set<String> = ["n_averaged"]

  /// Bytes of leading parts that are taken off.
  static let longestPrefix = 64

  /// `name` without the part wherever a module's name may stand; `nil` where it is not there.
  func removed(from name: String) -> String? {
    guard name.contains(part) else { return nil }
    var rest = Substring(name)
    var result = ""
    while !rest.isEmpty {
      if rest.hasPrefix(part) {
        rest.removeFirst(part.count)
        continue
      }
      let end = rest.firstIndex(of: ".").map { rest.index(after: $0) } ?? rest.endIndex
      result += rest[..<end]
      rest = rest[end...]
    }
    return result == name ? nil : result
  }
}
