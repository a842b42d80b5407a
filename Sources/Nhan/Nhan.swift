@_exported import NhanCore
@_exported import NhanCorpus
@_exported import NhanEvaluation
@_exported import NhanPipeline
@_exported import NhanPlugins
@_exported import NhanQuality
@_exported import NhanStages
