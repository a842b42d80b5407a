import NhanCore
import TestSupport
import Testing

@testable import NhanPipeline

@Suite struct SafetensorsTests {
  private static func parse(_ bytes: [UInt8]) throws(NhanError) -> TensorArchive {
    try Safetensors.parse(TensorBytes(bytes), file: "m.safetensors")
  }

  /// A file with the given header and as many zeros behind it.
  private static func file(_ header: String, data: Int) -> [UInt8] {
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    return withUnsafeBytes(of: UInt64(padded.utf8.count).littleEndian, Array.init) + Array(padded.utf8)
      + [UInt8](repeating: 0, count: data)
  }

  private static func random(_ generator: inout SeededGenerator) -> TensorArchive {
    var archive = TensorArchive()
    for index in 0..<generator.below(6) {
      let shape = (0..<generator.below(4)).map { _ in generator.below(5) }
      let count = shape.reduce(1, *)
      let name = ["a\(index)", "đảo.\(index)", "with \"quotes\" \(index)", "\u{1F600}\(index)"][
        generator.below(4)]
      switch generator.below(4) {
      case 0: archive.put(name, (0..<count).map { _ in UInt8(generator.below(256)) }, shape: shape)
      case 1: archive.put(name, (0..<count).map { _ in UInt32(generator.below(1 << 32)) }, shape: shape)
      case 2: archive.put(name, (0..<count).map { _ in generator.next() }, shape: shape)
      default: archive.put(name, (0..<count).map { _ in Float(generator.unit()) }, shape: shape)
      }
    }
    for index in 0..<generator.below(4) { archive.metadata["key \(index)"] = "trị số \(generator.next())\n" }
    return archive
  }

  private static func small() -> TensorArchive {
    var archive = TensorArchive()
    archive.put("w", [1.5, -2, 3, 4] as [Float], shape: [2, 2])
    archive.put("terms", [7, 8] as [UInt64])
    archive.put("flags", [1, 2, 3] as [UInt8])
    archive.metadata["format"] = "test"
    return archive
  }

  @Test func whatIsWrittenIsRead() throws {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<200 {
      let archive = Self.random(&generator)
      let bytes = Safetensors.serialize(archive)
      let read = try Self.parse(bytes)
      #expect(read.metadata == archive.metadata)
      #expect(Set(read.tensors.keys) == Set(archive.tensors.keys))
      for (name, tensor) in archive.tensors {
        let found = try #require(read.tensors[name])
        #expect(found.type == tensor.type && found.shape == tensor.shape)
        let same = found.bytes.withUnsafeBytes { a in
          tensor.bytes.withUnsafeBytes { b in a.elementsEqual(b) }
        }
        #expect(same)
      }
      #expect(Safetensors.serialize(read) == bytes)
    }
  }

  @Test func elementsComeTyped() throws {
    let read = try Self.parse(Safetensors.serialize(Self.small()))
    #expect(Array(try read.elements("w", of: Float.self, shape: [2, nil])) == [1.5, -2, 3, 4])
    #expect(Array(try read.elements("terms", of: UInt64.self, shape: [nil])) == [7, 8])
    let missing = failure { _ = try read.elements("v", of: Float.self, shape: [2]) }
    #expect(missing?.code == "missing-tensor" && missing?.place?.file == "m.safetensors")
    for error in [
      failure { _ = try read.elements("w", of: UInt32.self, shape: [2, 2]) },
      failure { _ = try read.elements("w", of: Float.self, shape: [4]) },
      failure { _ = try read.elements("w", of: Float.self, shape: [2, 3]) },
    ] {
      #expect(error?.code == "bad-tensor" && error?.kind == .failure)
      #expect(error?.message.contains("F32 2×2") == true)
    }
  }

  @Test func everyTruncationIsAnError() {
    let bytes = Safetensors.serialize(Self.small())
    for count in 0..<bytes.count {
      let error = failure { _ = try Self.parse(Array(bytes[..<count])) }
      #expect(error?.code == "bad-model" && error?.kind == .failure, "\(count) bytes")
      #expect(error?.place?.byte != nil)
    }
    #expect(failure { _ = try Self.parse(bytes + [0]) }?.code == "bad-model")
  }

  @Test func noCorruptionTraps() {
    let bytes = Safetensors.serialize(Self.small())
    var generator = SeededGenerator(seed: 2)
    var refused = 0
    for _ in 0..<3000 {
      var damaged = bytes
      for _ in 0..<1 + generator.below(2) {
        damaged[generator.below(damaged.count)] = UInt8(generator.below(256))
      }
      do {
        // What passes must be usable: read every element.
        for tensor in try Self.parse(damaged).tensors.values {
          let sum = tensor.bytes.withUnsafeBytes { $0.reduce(0) { $0 + Int($1) } }
          #expect(sum >= 0 && tensor.bytes.count == tensor.shape.reduce(tensor.type.size, *))
        }
      } catch {
        refused += 1
        #expect(error.code == "bad-model")
      }
    }
    #expect(refused > 1000)
  }

  private static let badHeaders: [(why: String, header: String, data: Int)] = [
    (
      "overlap",
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#,
      6
    ),
    (
      "gap",
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[2],"data_offsets":[5,7]}}"#,
      7
    ),
    ("hole at the start", #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[1,5]}}"#, 5),
    ("rest at the end", #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, 5),
    (
      "misaligned",
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}"#,
      5
    ),
    (
      "same name twice",
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
      2
    ),
    ("unknown type", #"{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}"#, 2),
    ("no type", #"{"a":{"shape":[1],"data_offsets":[0,1]}}"#, 1),
    ("no shape", #"{"a":{"dtype":"U8","data_offsets":[0,1]}}"#, 1),
    ("no offsets", #"{"a":{"dtype":"U8","shape":[1]}}"#, 1),
    ("three offsets", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}"#, 1),
    ("offsets turned round", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}"#, 1),
    ("negative offset", #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[-1,1]}}"#, 1),
    ("offset behind the end", #"{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}"#, 1),
    ("offset beyond Int", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,18446744073709551616]}}"#, 1),
    ("offset with a fraction", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1.5]}}"#, 1),
    ("negative size", #"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, 1),
    (
      "sizes that overflow", #"{"a":{"dtype":"U64","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0
    ),
    ("another size", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4),
    ("a number for a tensor", #"{"a":5}"#, 0),
    ("metadata that is no object", #"{"__metadata__":5}"#, 0),
    ("metadata that is no text", #"{"__metadata__":{"a":5}}"#, 0),
    ("a list", "[]", 0),
    ("no JSON", "{", 0),
    ("nested too deeply", String(repeating: "[", count: 100_000), 0),
  ]

  @Test(arguments: badHeaders.indices) func wrongHeadersAreErrors(index: Int) {
    let (why, header, data) = Self.badHeaders[index]
    let error = failure { _ = try Self.parse(Self.file(header, data: data)) }
    #expect(error?.code == "bad-model" && error?.kind == .failure, "\(why)")
    #expect(
      error?.place?.file == "m.safetensors" && error?.place?.byte != nil && error?.hint != nil, "\(why)")
  }

  @Test func headerLengthsBeyondTheFileAreErrors() {
    for length in [UInt64.max, UInt64(Int.max), UInt64(Int.max) + 1, 1 << 40, 100_000_001, 3] {
      let bytes = withUnsafeBytes(of: length.littleEndian, Array.init) + [0x7b, 0x7d]
      #expect(failure { _ = try Self.parse(bytes) }?.code == "bad-model")
    }
  }

  @Test func emptyTensorsAndScalarsAreFine() throws {
    let header =
      #"{"a":{"dtype":"F32","shape":[0,5],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#
    let read = try Self.parse(Self.file(header, data: 4))
    #expect(read.tensors["a"]?.shape == [0, 5])
    #expect(read.tensors["b"]?.shape == [])
  }
}
