import TensorCore

/// A defect in the bytes of a weight file.
package indirect enum CheckpointDefect: Error, Hashable, Sendable {
  // What kind of file it is.
  case unknownFormat
  case emptyFile
  case gitPointer
  case webPage
  case legacyTar
  case gzip
  case unknownArchive
  case nakedPickle

  // Tensors in any format.
  case noTensors
  case notANumPyArray
  case duplicateTensor(Label)
  case nameEncoding(offset: Int)
  case rank(tensor: Label, rank: Int)
  case shape(tensor: Label, shape: Shape)
  case strides(tensor: Label, strides: [Int], shape: Shape)
  case elementType(tensor: Label, type: Label)
  case foreignTensor(Label, kind: Label)
  case tensorLimit
  case outsideStorage(tensor: Label, shape: Shape, held: Int)
  case sparseInDeflated(tensor: Label)
  case totalBytes(file: Int)
  case extentEnds(needed: Int, held: Int)
  case checksum(offset: Int, recorded: UInt32, computed: UInt32)

  // safetensors.
  case headerLength(claimed: UInt64, available: Int)
  case json(offset: Int, expected: String)
  case tensorBytes(tensor: Label, begin: Int, end: Int, shape: Shape, needed: Int)
  case tensorPlace(tensor: Label, begin: Int, expected: Int)
  case dataLength(tensors: Int, available: Int)

  // What a file says about itself.
  case metadata(key: String, value: Label, expected: String)

  // Conversion.
  case beyondRange(tensor: Label, value: Double, type: ElementType)

  // Values that no network can have.
  case notFinite(tensor: Label, index: Int, value: Float)
  case negativeVariance(tensor: Label, index: Int, value: Float)

  // Numbers of 8 bits.
  case scale(tensor: Label, index: Int, value: Float)
  case zeroPoint(tensor: Label, value: Float?)
  case notBytes(tensor: Label, type: ElementType)
  case notSingle(tensor: Label, shape: Shape)

  // NumPy.
  case numPyVersion(major: UInt8, minor: UInt8)
  case numPyHeader(offset: Int, expected: String)
  case numPyLength(tensor: Label, needed: Int, available: Int)

  // Zip.
  case zipDirectory(offset: Int, problem: String)
  case zipMember(Label, problem: String)
  case zipMissing(Label)
  case zipOverlap(Label, Label)
  case deflateRatio(Label, stored: Int, claimed: Int)
  case deflateStream(offset: Int, status: Int32)
  case deflateShort(offset: Int, claimed: Int)
  case deflateLong(offset: Int, claimed: Int)

  // Pickle.
  case pickleEnds(offset: Int)
  case pickleLimit(offset: Int)
  case opcode(offset: Int, code: UInt8)
  case foreignGlobal(offset: Int, name: Label)
  case pickleNodes(offset: Int, limit: Int)
  case searchLimit
  case pickleStack(offset: Int)
  case pickleDepth(offset: Int)
  case pickleMemo(offset: Int, index: Int)
  case pickleValue(offset: Int, expected: String)
  case noStateDict
  case notATensor(Label)
  case storageMissing(Label)
  case storageUnused(Label)
  case storageSize(Label, claimed: Int, held: Int)
  case storageTwice(Label)
  case byteOrder(Label)
  case legacyProtocol
  case notAPickle
}

extension CheckpointDefect: CustomStringConvertible {
  /// What, where, expected and found, and what to do where that is known.
  package var description: String {
    switch self {
    case .unknownFormat:
      "not a weight file: expected safetensors, PyTorch .pth, NumPy .npz or .npy"
    case .emptyFile: "not a weight file: it is empty"
    case .gitPointer:
      "not a weight file: this is Git LFS's pointer to one; fetch the file itself (git lfs pull)"
    case .webPage: "not a weight file: this is a web page; the download gave a page, not the file"
    case .legacyTar:
      "PyTorch's tar format of 2016 is not read: load it in PyTorch and save its state_dict() again"
    case .gzip: "not a weight file: it is compressed with gzip; unpack it first (gunzip)"
    case .unknownArchive:
      "not a weight file: a zip archive that is neither PyTorch's (data.pkl) nor NumPy's (only .npy inside)"
    case .nakedPickle:
      "not a weight file: a pickle that torch.save did not write; save the state_dict() with torch.save"

    case .noTensors: "no tensors: the file is sound but holds none"
    case .notANumPyArray: "expected one NumPy array of float32, float64 or float16 (.npy)"
    case .duplicateTensor(let name): "duplicate name: \(name) stands in the file more than once"
    case .nameEncoding(let offset): "text at offset \(offset): not UTF-8"
    case .rank(let tensor, let rank):
      "\(tensor): rank \(rank): at most \(CheckpointLimits.rank) axes are read"
    case .shape(let tensor, let shape): "\(tensor): shape \(bracketed(shape)): no tensor can have it"
    case .strides(let tensor, let strides, let shape):
      "\(tensor): strides \(bracketed(Shape(strides))) do not go with shape \(bracketed(shape))"
    case .elementType(let tensor, let type):
      "\(tensor): element type \(type): expected one of "
        + ElementType.allCases.map(\.rawValue).joined(separator: ", ")
    case .foreignTensor(let tensor, let kind):
      "\(tensor): \(kind): only plain tensors of real numbers, whole numbers and truth values are read"
    case .tensorLimit: "more tensors than the limit of \(CheckpointLimits.tensors)"
    case .outsideStorage(let tensor, let shape, let held):
      "\(tensor): shape \(bracketed(shape)) reaches beyond its storage of \(held) bytes"
    case .sparseInDeflated(let tensor): "\(tensor): a strided part of a compressed storage is not read"
    case .totalBytes(let file):
      "sizes: the tensors claim more than \(CheckpointLimits.sharing) times the \(file) bytes of the file"
    case .extentEnds(let needed, let held): "data: \(needed) bytes needed, \(held) there"
    case .checksum(let offset, let recorded, let computed):
      "damaged: the bytes at offset \(offset) have CRC \(hex(computed)), recorded is \(hex(recorded)); get the file again"

    case .headerLength(let claimed, let available):
      "header: \(claimed) bytes claimed, \(available) there (limit \(CheckpointLimits.safetensorsHeader))"
    case .json(let offset, let expected): "header at offset \(offset): expected \(expected)"
    case .tensorBytes(let tensor, let begin, let end, let shape, let needed):
      "\(tensor): data_offsets [\(begin), \(end)]: \(bracketed(shape)) needs \(needed) bytes"
    case .tensorPlace(let tensor, let begin, let expected):
      "\(tensor): data begins at \(begin), expected \(expected): tensors must follow each other without gap or overlap"
    case .dataLength(let tensors, let available):
      "data: the tensors take \(tensors) bytes, \(available) follow the header"

    case .metadata(let key, let value, let expected): "metadata \(key) is '\(value)': expected \(expected)"

    case .beyondRange(let tensor, let value, .float16):
      "\(tensor): \(value) is beyond the 65504 of float16"
        + (Float(value).isFinite ? ": take float32" : "")
    case .beyondRange(let tensor, let value, let type):
      "\(tensor): \(value) is beyond the range of \(type.rawValue)"

    case .notFinite(let tensor, let index, let value):
      "\(tensor)[\(index)] is \(value.isNaN ? "not a number" : "infinite"):"
        + " is this a checkpoint of a run that diverged?"
    case .negativeVariance(let tensor, let index, let value):
      "\(tensor)[\(index)] is \(value): a variance cannot be negative; is this file damaged?"

    case .scale(let tensor, let index, let value):
      "\(tensor)[\(index)] is \(value): a scale must be finite and above 0; quantize the network again"
    case .zeroPoint(let tensor, let value):
      "\(tensor) is \(value.map { "\($0)" } ?? "missing"): expected a whole number from 0 to 255;"
        + " quantize the network again"
    case .notBytes(let tensor, let type):
      "\(tensor): element type \(type.rawValue): weights with scales must be I8"
    case .notSingle(let tensor, let shape):
      "\(tensor): shape \(bracketed(shape)): expected [1]"

    case .numPyVersion(let major, let minor): "NumPy format \(major).\(minor): expected 1.0, 2.0 or 3.0"
    case .numPyHeader(let offset, let expected): "NumPy header at offset \(offset): expected \(expected)"
    case .numPyLength(let tensor, let needed, let available):
      "\(tensor): its shape needs \(needed) bytes, \(available) there"

    case .zipDirectory(let offset, let problem): "zip directory at offset \(offset): \(problem)"
    case .zipMember(let member, let problem): "zip member \(member): \(problem)"
    case .zipMissing(let member): "zip member \(member): missing"
    case .zipOverlap(let first, let second): "zip members \(first) and \(second) overlap"
    case .deflateRatio(let member, let stored, let claimed):
      "zip member \(member): claims \(claimed) bytes from \(stored), more than deflate can give"
    case .deflateStream(let offset, let status):
      "damaged: the compressed bytes at offset \(offset) cannot be inflated (zlib \(status))"
    case .deflateShort(let offset, let claimed):
      "damaged: the compressed bytes at offset \(offset) give fewer than the claimed \(claimed) bytes"
    case .deflateLong(let offset, let claimed):
      "damaged: the compressed bytes at offset \(offset) do not end after the claimed \(claimed) bytes"

    case .pickleEnds(let offset): "pickle cut short at offset \(offset)"
    case .pickleLimit(let offset):
      "pickle at offset \(offset): longer than the limit of \(CheckpointLimits.pickle) bytes"
    case .opcode(let offset, let code):
      "pickle opcode \(hex(UInt32(code))) at offset \(offset): not one that torch.save writes for a state dict"
    case .foreignGlobal(let offset, let name):
      "refused: the pickle names \(name) at offset \(offset), which is no part of a state dict; nothing was run"
    case .pickleNodes(let offset, let limit):
      "pickle at offset \(offset): more values than the limit of \(limit)"
    case .searchLimit:
      "pickle: its modules are nested or shared beyond what is searched; save model.state_dict() and give that"
    case .pickleStack(let offset): "pickle at offset \(offset): takes more values than there are"
    case .pickleDepth(let offset):
      "pickle at offset \(offset): nested deeper than the limit of \(CheckpointLimits.depth)"
    case .pickleMemo(let offset, let index):
      "pickle at offset \(offset): memo \(index) is out of range or not set"
    case .pickleValue(let offset, let expected): "pickle at offset \(offset): expected \(expected)"
    case .noStateDict: "no state dict: found no dictionary from names to tensors, and no module"
    case .notATensor(let name): "\(name): a tensor that was never given its values"
    case .storageMissing(let key): "storage \(key): missing from the file"
    case .storageUnused(let key): "storage \(key): in the file, but no tensor says what it holds"
    case .storageSize(let key, let claimed, let held):
      "storage \(key): \(claimed) bytes claimed, \(held) there"
    case .storageTwice(let key): "storage \(key): in the file more than once"
    case .byteOrder(let order): "byte order \(order): only little-endian files are read"
    case .legacyProtocol: "PyTorch's legacy format: expected protocol version 1001"
    case .notAPickle: "not a pickled dictionary"
    }
  }

  private func hex(_ value: UInt32) -> String { "0x" + String(value, radix: 16) }
}
