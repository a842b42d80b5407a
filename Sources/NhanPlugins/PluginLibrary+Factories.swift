import NhanCore

extension PluginLibrary {
  /// The normalizers it offers.
  public var normalizers: [StageFactory<any Normalizer>] {
    factories(.normalizer) { try PluginNormalizer($0) }
  }

  /// The feature extractors it offers.
  public var extractors: [StageFactory<any FeatureExtractor>] {
    factories(.features) { try PluginExtractor($0) }
  }

  /// The classifiers it offers.
  public var classifiers: [StageFactory<any Classifier>] {
    factories(.classifier) { try PluginClassifier($0) }
  }

  private func factories<Product>(
    _ kind: StageKind, _ make: @escaping @Sendable (PluginStage) throws -> Product
  ) -> [StageFactory<Product>] {
    stages.filter { $0.description.kind == kind }.compactMap { table in
      // The schema was read when the table was checked.
      guard let options = try? OptionSchema(jsonSchema: table.description.schema, of: table.description.name)
      else { return nil }
      return StageFactory(
        name: table.description.name, summary: table.description.summary, options: options,
        concurrency: table.description.concurrency, plugin: identity
      ) { [identity] values in
        try make(PluginStage(table, identity, options: values.json.serialized()))
      }
    }
  }
}
