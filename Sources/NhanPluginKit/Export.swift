import CNhanPlugin
import NhanCore

/// Turns stages into tables of C functions.
enum Export {
  /// A C string that is never freed.
  static func constant(_ text: String) -> UnsafePointer<CChar> {
    let bytes = Array(text.utf8.lazy.map { CChar(bitPattern: $0) })
    let memory = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
    memory.initialize(from: bytes, count: bytes.count)
    (memory + bytes.count).initialize(to: 0)
    return UnsafePointer(memory)
  }

  private static func constant<Value>(_ value: Value) -> UnsafeMutablePointer<Value> {
    let memory = UnsafeMutablePointer<Value>.allocate(capacity: 1)
    memory.initialize(to: value)
    return memory
  }

  /// The table of a stage; never freed.
  static func table(of stage: ExportedStage) -> UnsafePointer<nhan_stage> {
    var table = nhan_stage()
    table.size = UInt32(MemoryLayout<nhan_stage>.size)
    table.name = constant(stage.name)
    table.summary = constant(stage.summary)
    let schema = JSONValue.object([("type", .string("object"))] + stage.options.jsonSchemaMembers)
    table.options_schema = constant(String(decoding: schema.serialized(), as: UTF8.self))
    table.concurrency =
      switch stage.concurrency {
      case .parallel: NHAN_PARALLEL
      case .perThread: NHAN_PER_THREAD
      case .serial: NHAN_SERIAL
      }
    table.flags = stage.isDeterministic ? NHAN_DETERMINISTIC : 0
    table.user_data = Unmanaged.passRetained(StageBox(stage)).toOpaque()
    table.create = { stage, _ in
      let box = Unmanaged<StageBox>.fromOpaque(stage!.pointee.user_data).takeUnretainedValue()
      return Unmanaged.passRetained(Instance(box.stage)).toOpaque()
    }
    table.`init` = { instance, options, count, message in
      let text = UnsafeRawBufferPointer(start: options, count: count)
      return Instance.attempt(instance, message) { try $0.begin(Array(text)) }
    }
    table.destroy = { Unmanaged<Instance>.fromOpaque($0!).release() }
    switch stage.maker {
    case .normalizer:
      table.kind = NHAN_NORMALIZER
      table.normalizer = UnsafePointer(constant(normalizer))
    case .features:
      table.kind = NHAN_FEATURES
      table.extractor = UnsafePointer(constant(extractor))
    case .classifier:
      table.kind = NHAN_CLASSIFIER
      table.classifier = UnsafePointer(constant(classifier))
    }
    return UnsafePointer(constant(table))
  }

  private static var normalizer: nhan_normalizer {
    nhan_normalizer(
      size: UInt32(MemoryLayout<nhan_normalizer>.size), reserved: 0,
      normalize: { instance, batch, out, message in
        Instance.attempt(instance, message) { try $0.normalize(batch!, out!) }
      })
  }

  private static var extractor: nhan_extractor {
    nhan_extractor(
      size: UInt32(MemoryLayout<nhan_extractor>.size), reserved: 0,
      observe: { instance, batch, message in Instance.attempt(instance, message) { try $0.observe(batch!) } },
      fit: { instance, message in Instance.attempt(instance, message) { try $0.fitExtractor() } },
      save: { instance, out, message in Instance.attempt(instance, message) { try $0.saveExtractor(to: out!) }
      },
      load: { instance, state, count, message in
        Instance.attempt(instance, message) {
          try $0.loadExtractor(Array(UnsafeBufferPointer(start: state, count: count)))
        }
      },
      column_count: { instance in UInt64(Instance.of(instance).columnCount) },
      extract: { instance, batch, out, message in
        Instance.attempt(instance, message) { try $0.extract(batch!, out!) }
      },
      merge: { instance, other, message in
        Instance.attempt(instance, message) { $0.merge(Instance.of(other)) }
      },
      occurrences: { instance, batch, index, out, message in
        Instance.attempt(instance, message) { try $0.occurrences(batch!, Int(index), out!) }
      })
  }

  private static var classifier: nhan_classifier {
    nhan_classifier(
      size: UInt32(MemoryLayout<nhan_classifier>.size), reserved: 0,
      fit: { instance, rows, targets, labels, task, threads, report, message in
        Instance.attempt(instance, message) {
          let matrix = CSRMatrix(rows!)
          let values = Array(UnsafeBufferPointer(start: targets, count: matrix.rowCount * Int(labels)))
          try $0.fitClassifier(
            matrix, TargetMatrix(labelCount: Int(labels), values: values),
            task: task == NHAN_SINGLE_LABEL ? .singleLabel : .multiLabel, threads: Int(threads), report!)
        }
      },
      save: { instance, out, message in
        Instance.attempt(instance, message) { try $0.saveClassifier(to: out!) }
      },
      load: { instance, state, count, columns, labels, message in
        Instance.attempt(instance, message) {
          try $0.loadClassifier(
            Array(UnsafeBufferPointer(start: state, count: count)), columnCount: Int(columns),
            labelCount: Int(labels))
        }
      },
      score: { instance, rows, scores, message in
        Instance.attempt(instance, message) { try $0.score(rows!, scores!) }
      },
      linear: { instance, weights, biases, message in
        Instance.attempt(instance, message) { try $0.linear(weights!, biases!) }
      })
  }
}

/// Carries a stage's description through a C pointer.
private final class StageBox: Sendable {
  let stage: ExportedStage
  init(_ stage: ExportedStage) { self.stage = stage }
}
