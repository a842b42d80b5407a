/// The type of a tensor's elements, as the safetensors format names them.
public enum TensorType: String, Sendable, CaseIterable {
  /// Unsigned bytes.
  case u8 = "U8"
  /// 32-bit unsigned integers.
  case u32 = "U32"
  /// 64-bit unsigned integers.
  case u64 = "U64"
  /// 32-bit floating point numbers.
  case f32 = "F32"

  /// Bytes an element.
  public var size: Int {
    switch self {
    case .u8: 1
    case .u32, .f32: 4
    case .u64: 8
    }
  }
}

/// An element type of tensors.
public protocol TensorElement: BitwiseCopyable, Sendable {
  /// Its name in the format.
  static var tensorType: TensorType { get }
}
extension UInt8: TensorElement {
  /// `U8`
  public static var tensorType: TensorType { .u8 }
}
extension UInt32: TensorElement {
  /// `U32`
  public static var tensorType: TensorType { .u32 }
}
extension UInt64: TensorElement {
  /// `U64`
  public static var tensorType: TensorType { .u64 }
}
extension Float: TensorElement {
  /// `F32`
  public static var tensorType: TensorType { .f32 }
}

/// A named, typed, shaped block of numbers: a view of memory that something else keeps alive.
public struct Tensor: Sendable {
  /// The elements' type.
  public let type: TensorType
  /// The dimensions; their product is the number of elements.
  public let shape: [Int]
  /// The raw little-endian bytes.
  public let bytes: TensorBytes

  /// A tensor over raw bytes, which have been checked against type and shape.
  public init(type: TensorType, shape: [Int], bytes: TensorBytes) {
    precondition(bytes.count == shape.reduce(1, *) * type.size)
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }
}

/// Bytes that stay where they are as long as this object lives: of an array, or of a mapped file.
public final class TensorBytes: @unchecked Sendable {
  // Sendable: the memory is never written after `init`.
  private let base: UnsafeRawPointer
  /// The number of bytes.
  public let count: Int
  private let release: () -> Void

  /// Bytes that belong to somebody else, who keeps them unchanged until `release` is called.
  public init(_ bytes: UnsafeRawBufferPointer, release: @escaping @Sendable () -> Void) {
    base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 16)!
    count = bytes.count
    self.release = release
  }

  /// A copy of an array's elements.
  public init<Element: TensorElement>(_ elements: [Element]) {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(1, elements.count * MemoryLayout<Element>.stride), alignment: 64)
    PagePool.preferHugePages(
      UnsafeMutableRawBufferPointer(start: memory, count: elements.count * MemoryLayout<Element>.stride))
    elements.withUnsafeBytes {
      if !$0.isEmpty { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    }
    base = UnsafeRawPointer(memory)
    count = elements.count * MemoryLayout<Element>.stride
    release = { [address = UInt(bitPattern: memory)] in
      UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
    }
  }

  deinit { release() }

  /// A part of the bytes; it keeps the whole alive. O(1).
  public func slice(_ range: Range<Int>) -> TensorBytes {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return TensorBytes(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)) {
      [self] in withExtendedLifetime(self) {}
    }
  }

  /// The bytes, for the duration of the call.
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: base, count: count))
  }
}

/// A typed, read-only view of a tensor's elements that keeps their memory alive.
public struct TensorElements<Element: TensorElement>: Sendable, RandomAccessCollection {
  fileprivate let owner: TensorBytes
  /// The elements' memory; valid as long as this value (or a copy) lives.
  public let buffer: UnsafeBufferPointerBox<Element>

  init(_ owner: TensorBytes) {
    self.owner = owner
    buffer = owner.withUnsafeBytes { UnsafeBufferPointerBox($0.bindMemory(to: Element.self)) }
  }

  /// A view of an array's elements (copied once).
  public init(_ elements: [Element]) { self.init(TensorBytes(elements)) }

  /// 0
  public var startIndex: Int { 0 }
  /// The number of elements.
  public var endIndex: Int { buffer.pointer.count }
  /// An element; the index is checked.
  public subscript(index: Int) -> Element {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: buffer.pointer.count))
    return buffer.pointer[index]
  }
}

/// A read-only buffer that may cross threads because its memory never changes.
public struct UnsafeBufferPointerBox<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The buffer.
  public let pointer: UnsafeBufferPointer<Element>
  /// Wraps a buffer whose memory never changes.
  public init(_ pointer: UnsafeBufferPointer<Element>) { self.pointer = pointer }
}

/// Named tensors, and small facts as text: what a model file holds.
public struct TensorArchive: Sendable {
  /// The tensors by name.
  public private(set) var tensors: [String: Tensor] = [:]
  /// Small facts by name.
  public var metadata: [String: String] = [:]
  /// The file it was read from, for messages.
  public var file: String?
  private var prefix = ""

  /// An empty archive.
  public init() {}

  /// An archive in which all names begin with `name.`; what is put into it must be `merge`d back.
  public func scoped(to name: String) -> TensorArchive {
    var result = self
    result.prefix = prefix + name + "."
    return result
  }

  /// Takes over what was put into a scoped copy.
  public mutating func merge(_ scoped: TensorArchive) {
    tensors = scoped.tensors
    metadata = scoped.metadata
  }

  /// Puts a tensor in: a copy of an array's elements.
  public mutating func put<Element: TensorElement>(_ name: String, _ elements: [Element], shape: [Int]? = nil)
  {
    put(name, TensorElements(elements), shape: shape)
  }

  /// Puts a tensor in: elements that stay where they are. O(1).
  public mutating func put<Element: TensorElement>(
    _ name: String, _ elements: TensorElements<Element>, shape: [Int]? = nil
  ) {
    put(
      name,
      tensor: Tensor(type: Element.tensorType, shape: shape ?? [elements.count], bytes: elements.owner))
  }

  /// Puts a tensor in.
  public mutating func put(_ name: String, tensor: Tensor) { tensors[prefix + name] = tensor }

  /// The elements of a tensor of the given type and shape (`nil` in `shape` stands for any size).
  /// - Throws: `NhanError` (failure) when it is missing or of another type or shape.
  public func elements<Element: TensorElement>(
    _ name: String, of type: Element.Type = Element.self, shape: [Int?]
  ) throws(NhanError) -> TensorElements<Element> {
    let full = prefix + name
    let place = file.map { Place(file: $0) }
    guard let tensor = tensors[full] else {
      throw NhanError(
        .failure, code: "missing-tensor", "the model has no tensor '\(full)'", at: place,
        hint: "the file is damaged or was written for other stages: train again")
    }
    let fits =
      tensor.shape.count == shape.count && zip(tensor.shape, shape).allSatisfy { $1 == nil || $0 == $1 }
    guard tensor.type == Element.tensorType, fits else {
      let wanted = shape.map { $0.map(String.init) ?? "any" }.joined(separator: "×")
      let found = tensor.shape.map(String.init).joined(separator: "×")
      throw NhanError(
        .failure, code: "bad-tensor",
        "tensor '\(full)' is \(tensor.type.rawValue) \(found), expected \(Element.tensorType.rawValue) \(wanted)",
        at: place, hint: "the file is damaged or was written for other stages: train again")
    }
    return TensorElements(tensor.bytes)
  }
}
