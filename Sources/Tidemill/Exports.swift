// One import for users: `import Tidemill`.
@_exported import TidemillColumns
@_exported import TidemillConnectors
@_exported import TidemillDataFrame
@_exported import TidemillPlan
@_exported import TidemillRuntime
@_exported import TidemillSQL
@_exported import TidemillViews

@_exported import enum FileConnector.InPlaceReading
@_exported import class LocalConnectors.BackfillSource
@_exported import class LocalConnectors.MemorySink
@_exported import class LocalConnectors.MemoryStream
@_exported import class LocalConnectors.MemoryTable
@_exported import class LocalConnectors.ResultStream
@_exported import class LocalConnectors.PushStream
@_exported import enum LocalConnectors.PushRefusal
@_exported import struct LocalConnectors.PushReceipt
