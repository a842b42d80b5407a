import CNhanPlugin
import NhanCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A plugin's library, opened in this process; it is never closed.
///
/// Sendable: the tables are constant until the process ends, as the header demands.
public struct PluginLibrary: @unchecked Sendable {
  /// Which plugin it is.
  public let identity: PluginIdentity
  /// What it offers.
  public let description: PluginDescription
  /// The stages' tables, in the order of `description.stages`.
  let stages: [StageTable]

  /// Opens a library, which runs code of it, and checks everything that its tables say.
  /// - Throws: `NhanError` (failure), each with its code: `not-a-plugin`, `plugin-architecture`, `plugin-open`,
  ///   `plugin-symbol`, `plugin-abi`, `plugin-table`, `bad-plugin-schema`.
  public init(_ path: String) throws(NhanError) { try self.init(PluginFile(path)) }

  init(_ file: PluginFile) throws(NhanError) {
    let place = Place(file: file.path)
    let path = file.path.contains("/") ? file.path : "./" + file.path
    let library: SharedLibrary
    do throws(SharedLibrary.Failure) {
      library = try SharedLibrary(path, fallback: PluginSearch.programFolder)
    } catch {
      throw NhanError(
        .failure, code: "plugin-open", "cannot open the plugin: \(error.reason)", at: place,
        hint: "check with ldd that the libraries it needs are installed")
    }
    guard let symbol = dlsym(library.handle, NHAN_PLUGIN_ENTRY) else {
      throw NhanError(
        .failure, code: "plugin-symbol", "the library does not export '\(NHAN_PLUGIN_ENTRY)'", at: place,
        hint: "it is not a Nhãn plugin, or hides its symbols")
    }
    typealias Entry = @convention(c) () -> UnsafePointer<nhan_plugin>?
    guard let table = unsafeBitCast(symbol, to: Entry.self)() else {
      throw Self.damaged("'\(NHAN_PLUGIN_ENTRY)' returned NULL, expected a table", place)
    }
    guard table.pointee.magic == NHAN_PLUGIN_MAGIC else {
      throw Self.damaged("its table does not begin with NHAN_PLUGIN_MAGIC", place)
    }
    let abi = table.pointee.abi_version
    guard abi >= NHAN_PLUGIN_ABI_MINIMUM else {
      throw NhanError(
        .failure, code: "plugin-abi",
        "the plugin was built for interface version \(abi), this program takes \(NHAN_PLUGIN_ABI_MINIMUM) and later",
        at: place, hint: "build it again with the header of this version")
    }
    guard Int(table.pointee.size) >= MemoryLayout<nhan_plugin>.size else {
      throw Self.damaged(
        "its table has \(table.pointee.size) bytes, expected at least \(MemoryLayout<nhan_plugin>.size)",
        place)
    }
    let id = try Self.text(table.pointee.id, "id", place)
    guard !id.isEmpty, !id.utf8.contains(where: { $0 <= 0x20 }) else {
      throw Self.damaged("its id is '\(id)', expected one word", place)
    }
    let version = try Self.text(table.pointee.version, "version", place)
    guard let tables = table.pointee.stages, (1...1024).contains(table.pointee.stage_count) else {
      throw Self.damaged("it has \(table.pointee.stage_count) stages, expected 1 to 1024", place)
    }
    var stages: [StageTable] = []
    for index in 0..<Int(table.pointee.stage_count) {
      guard let stage = tables[index] else { throw Self.damaged("stage \(index + 1) is NULL", place) }
      let next = try StageTable(stage, place)
      guard !stages.contains(where: { $0.description.name == next.description.name }) else {
        throw Self.damaged("two of its stages are called '\(next.description.name)'", place)
      }
      stages.append(next)
    }
    self.stages = stages
    identity = PluginIdentity(id: id, version: version, digest: file.digest, file: file.path)
    description = PluginDescription(
      id: id, version: version, abi: Int(abi), stages: stages.map(\.description))
  }

  static func damaged(_ what: String, _ place: Place) -> NhanError {
    NhanError(
      .failure, code: "plugin-table", "not a valid plugin: \(what)", at: place,
      hint: "this is a mistake in the plugin: see nhan_plugin.h")
  }

  static func text(_ pointer: UnsafePointer<CChar>?, _ name: String, _ place: Place) throws(NhanError)
    -> String
  {
    guard let pointer else { throw damaged("its \(name) is NULL", place) }
    guard let text = String(validatingCString: pointer) else {
      throw damaged("its \(name) is not UTF-8", place)
    }
    return text
  }
}

/// A stage's table, checked; members that its writer did not know are absent.
struct StageTable: @unchecked Sendable {
  // Sendable: see PluginLibrary.
  let table: UnsafePointer<nhan_stage>
  let description: PluginDescription.Stage
  let create:
    @convention(c) (UnsafePointer<nhan_stage>?, UnsafePointer<nhan_host>?) -> UnsafeMutableRawPointer?
  let initialize:
    @convention(c) (
      UnsafeMutableRawPointer?, UnsafePointer<CChar>?, Int, UnsafePointer<nhan_message>?
    ) -> nhan_status
  let destroy: @convention(c) (UnsafeMutableRawPointer?) -> Void
  /// The functions of its kind, copied; those beyond its size are NULL.
  let normalizer: nhan_normalizer
  let extractor: nhan_extractor
  let classifier: nhan_classifier

  init(_ pointer: UnsafePointer<nhan_stage>, _ place: Place) throws(NhanError) {
    table = pointer
    let stage = Self.copy(pointer, zero: nhan_stage())
    guard Int(stage.size) >= MemoryLayout<nhan_stage>.size else {
      throw PluginLibrary.damaged(
        "a stage's table has \(stage.size) bytes, expected at least \(MemoryLayout<nhan_stage>.size)", place)
    }
    let name = try PluginLibrary.text(stage.name, "stage's name", place)
    func damaged(_ what: String) -> NhanError { PluginLibrary.damaged("stage '\(name)' \(what)", place) }
    let isWord = name.utf8.allSatisfy {
      (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
    }
    guard !name.isEmpty, isWord else {
      throw damaged("has a name of other characters than lower-case letters, digits and hyphens")
    }
    guard let create = stage.create, let initialize = stage.`init`, let destroy = stage.destroy else {
      throw damaged("lacks create, init or destroy")
    }
    (self.create, self.initialize, self.destroy) = (create, initialize, destroy)
    normalizer = stage.normalizer.map { Self.copy($0, zero: nhan_normalizer()) } ?? nhan_normalizer()
    extractor = stage.extractor.map { Self.copy($0, zero: nhan_extractor()) } ?? nhan_extractor()
    classifier = stage.classifier.map { Self.copy($0, zero: nhan_classifier()) } ?? nhan_classifier()
    let kind: StageKind
    switch stage.kind {
    case NHAN_NORMALIZER:
      kind = .normalizer
      if normalizer.normalize == nil { throw damaged("is a normalizer without 'normalize'") }
    case NHAN_FEATURES:
      kind = .features
      let complete =
        extractor.observe != nil && extractor.fit != nil && extractor.save != nil && extractor.load != nil
        && extractor.column_count != nil && extractor.extract != nil
      if !complete {
        throw damaged("is a feature extractor without one of observe, fit, save, load, column_count, extract")
      }
    case NHAN_CLASSIFIER:
      kind = .classifier
      let complete =
        classifier.fit != nil && classifier.save != nil && classifier.load != nil && classifier.score != nil
      if !complete { throw damaged("is a classifier without one of fit, save, load, score") }
    default: throw damaged("has the kind \(stage.kind), expected 1, 2 or 3")
    }
    let concurrency: StageConcurrency
    switch stage.concurrency {
    case NHAN_PARALLEL: concurrency = .parallel
    case NHAN_PER_THREAD: concurrency = .perThread
    case NHAN_SERIAL: concurrency = .serial
    default: throw damaged("has the concurrency \(stage.concurrency), expected 1, 2 or 3")
    }
    description = PluginDescription.Stage(
      name: name, kind: kind, summary: try PluginLibrary.text(stage.summary, "stage's summary", place),
      concurrency: concurrency, isDeterministic: stage.flags & NHAN_DETERMINISTIC != 0,
      schema: try Self.schema(stage.options_schema, of: name, place))
  }

  private static func schema(
    _ text: UnsafePointer<CChar>?, of name: String, _ place: Place
  ) throws(NhanError) -> JSONValue {
    guard text != nil else { return .object([]) }
    let bytes = Array(try PluginLibrary.text(text, "schema of '\(name)'", place).utf8)
    let schema: JSONValue
    do { schema = try JSONValue(parsing: bytes) } catch {
      throw NhanError(
        .failure, code: "bad-plugin-schema",
        "the options schema of '\(name)' is not valid JSON: \(error.message)",
        at: place, hint: "this is a mistake in the plugin")
    }
    _ = try OptionSchema(jsonSchema: schema, of: "'\(name)'")
    return schema
  }

  /// A struct of the plugin's, which may be shorter than ours: what lies beyond its own size is zero, and NULL.
  private static func copy<Table>(_ pointer: UnsafePointer<Table>, zero: Table) -> Table {
    var result = zero
    let size = Int(UnsafeRawPointer(pointer).load(as: UInt32.self))
    withUnsafeMutableBytes(of: &result) {
      $0.baseAddress!.copyMemory(from: pointer, byteCount: min(size, MemoryLayout<Table>.size))
    }
    return result
  }
}
