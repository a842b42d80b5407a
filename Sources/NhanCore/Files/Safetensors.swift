/// Reads and writes safetensors files: eight bytes with the length of the header, little-endian; the header, a JSON
/// object that gives each tensor's type, shape and place; the tensors' bytes.
/// (https://github.com/huggingface/safetensors#format)
public enum Safetensors {
  /// Longer headers are refused, as the reference implementation does.
  private static let maximumHeader = 100_000_000

  /// The file's bytes, as `forEachPart` gives them.
  public static func serialize(_ archive: TensorArchive) -> [UInt8] {
    var file: [UInt8] = []
    forEachPart(of: archive) { file.append(contentsOf: $0) }
    return file
  }

  /// Calls `body` with the file's bytes, part by part: its length, the header, the tensors where they lie. Tensors are ordered
  /// by alignment, then name, so that the same archive gives the same bytes and every tensor is aligned.
  public static func forEachPart<Failure: Error>(
    of archive: TensorArchive, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let names = archive.tensors.keys.sorted {
      let (a, b) = (archive.tensors[$0]!.type.size, archive.tensors[$1]!.type.size)
      return a != b ? a > b : $0 < $1
    }
    var members: [(key: String, value: JSONValue)] = [
      (
        "__metadata__",
        .object(archive.metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
      )
    ]
    var offset = 0
    for name in names {
      let tensor = archive.tensors[name]!
      members.append((name, header(of: tensor, at: offset)))
      offset += tensor.bytes.count
    }
    var header = JSONValue.object(members).serialized()
    header.append(contentsOf: repeatElement(0x20, count: (8 - header.count % 8) % 8))
    try withUnsafeBytes(of: UInt64(header.count).littleEndian, body)
    try TensorBytes(header).withUnsafeBytes(body)
    for name in names { try archive.tensors[name]!.bytes.withUnsafeBytes(body) }
  }

  private static func header(of tensor: Tensor, at offset: Int) -> JSONValue {
    .object([
      ("dtype", .string(tensor.type.rawValue)),
      ("shape", .array(tensor.shape.map { .integer($0) })),
      ("data_offsets", .array([.integer(offset), .integer(offset + tensor.bytes.count)])),
    ])
  }

  /// Reads a file without copying its tensors. Every length, offset, shape and type is checked: the tensors must fill
  /// the space behind the header exactly, without gap or overlap.
  /// - Throws: `NhanError` (failure), code `bad-model`, with the byte where it is wrong.
  public static func parse(_ bytes: TensorBytes, file: String) throws(NhanError) -> TensorArchive {
    guard bytes.count >= 8 else {
      throw damaged("it has \(bytes.count) bytes, a model has at least 8", file, 0)
    }
    let length = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= UInt64(min(bytes.count - 8, maximumHeader)) else {
      throw damaged(
        "the header's length is \(length), but only \(bytes.count - 8) bytes follow", file, 0)
    }
    let dataStart = 8 + Int(length)
    let header: JSONValue
    do {
      header = try bytes.slice(8..<dataStart).withUnsafeBytes {
        try JSONValue(parsing: $0.bindMemory(to: UInt8.self))
      }
    } catch let error as JSONError {
      throw damaged("the header is not valid JSON: \(error.message)", file, 8 + error.offset)
    } catch {
      throw damaged("the header is not valid JSON", file, 8)
    }
    guard let members = header.objectValue else { throw damaged("the header is not a JSON object", file, 8) }
    return try archive(members, bytes.slice(dataStart..<bytes.count), file: file, dataStart: dataStart)
  }

  private static func archive(
    _ members: [(key: String, value: JSONValue)], _ data: TensorBytes, file: String, dataStart: Int
  ) throws(NhanError) -> TensorArchive {
    var archive = TensorArchive()
    archive.file = file
    var ranges: [Range<Int>] = []
    for (name, value) in members {
      if name == "__metadata__" {
        archive.metadata = try metadata(value, file: file)
        continue
      }
      guard archive.tensors[name] == nil else { throw damaged("tensor '\(name)' is given twice", file, 8) }
      let (tensor, range) = try self.tensor(name, value, data, file: file, dataStart: dataStart)
      archive.put(name, tensor: tensor)
      ranges.append(range)
    }
    var end = 0
    for range in ranges.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
      guard range.lowerBound == end else {
        throw damaged("tensors overlap or leave a gap", file, dataStart + min(end, range.lowerBound))
      }
      end = range.upperBound
    }
    guard end == data.count else {
      throw damaged(
        "the tensors take \(end) bytes, but \(data.count) follow the header", file, dataStart + end)
    }
    return archive
  }

  private static func metadata(_ value: JSONValue, file: String) throws(NhanError) -> [String: String] {
    guard let members = value.objectValue else { throw damaged("its metadata are not an object", file, 8) }
    var metadata: [String: String] = [:]
    for (key, value) in members {
      guard let text = value.stringValue else {
        throw damaged("'\(key)' of its metadata is \(value.kindName), expected a string", file, 8)
      }
      metadata[key] = text
    }
    return metadata
  }

  private static func tensor(
    _ name: String, _ value: JSONValue, _ data: TensorBytes, file: String, dataStart: Int
  ) throws(NhanError) -> (Tensor, Range<Int>) {
    let typeName = value["dtype"]?.stringValue ?? "nothing"
    guard let type = TensorType(rawValue: typeName) else {
      let known = TensorType.allCases.map(\.rawValue).joined(separator: ", ")
      throw damaged("tensor '\(name)' has the type \(typeName), expected one of \(known)", file, 8)
    }
    let shape = value["shape"]?.arrayValue?.map { $0.intValue ?? -1 } ?? [-1]
    let offsets = value["data_offsets"]?.arrayValue?.map { $0.intValue ?? -1 } ?? []
    guard shape.allSatisfy({ $0 >= 0 }), let size = byteCount(shape, type) else {
      throw damaged("tensor '\(name)' has no valid shape", file, 8)
    }
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= data.count else {
      throw damaged("the offsets of tensor '\(name)' lie outside the file", file, 8)
    }
    guard offsets[1] - offsets[0] == size else {
      throw damaged(
        "tensor '\(name)' has \(offsets[1] - offsets[0]) bytes, its type and shape need \(size)", file,
        dataStart + offsets[0])
    }
    guard (dataStart + offsets[0]) % type.size == 0 else {
      throw damaged("tensor '\(name)' is not aligned to its elements", file, dataStart + offsets[0])
    }
    let range = offsets[0]..<offsets[1]
    return (Tensor(type: type, shape: shape, bytes: data.slice(range)), range)
  }

  /// The bytes that elements of a shape take; `nil` on overflow.
  private static func byteCount(_ shape: [Int], _ type: TensorType) -> Int? {
    var count = type.size
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      count = product
    }
    return count
  }

  private static func damaged(_ what: String, _ file: String, _ byte: Int) -> NhanError {
    NhanError(
      .failure, code: "bad-model", "not a valid model: \(what)", at: Place(file: file, byte: byte),
      hint: "train it again, or copy it again from where it came")
  }
}
