import DeltaLog
import TidemillColumns

/// A file of a table whose rows are replaced by their keys.
struct TableUnit: Sendable {
  var file: AddedFile
  var place: Placement
  var rows: Int
  /// The number of the commit of this process that wrote it; 0 for those that were there.
  var lastChange: Int
}

/// Which files hold which rows, in update mode. It is read from the table's log, and so is the same after a restart.
struct TableUnits: Sendable {
  struct OfPartition: Sendable {
    /// By the starts of their windows, then by the bits of their keys.
    var units: [TableUnit] = []
    /// Files of other programs, which may hold any row.
    var foreign: [AddedFile] = []
  }

  private(set) var partitions: [Partition: OfPartition] = [:]

  /// - Throws: `TidemillError` for a file whose partition cannot be understood.
  init(_ snapshot: TableSnapshot, _ layout: DeltaLayout, table: String) throws {
    let key = layout.keyTag
    for file in snapshot.files.values {
      guard let partition = layout.partition(of: file, table: table) else {
        throw TidemillError(
          .badInput, "the file \(file.path) of \(table) lies in a partition whose values are not of their types",
          hint: "use another table")
      }
      // Another query may have laid the file out, by another key.
      if file.tags[TableFiles.keyTag] == key, let place = Placement(tags: file.tags), let rows = file.rowCount {
        partitions[partition, default: OfPartition()].units.append(
          TableUnit(file: file, place: place, rows: rows, lastChange: 0))
      } else {
        partitions[partition, default: OfPartition()].foreign.append(file)
      }
    }
    for partition in partitions.keys { sort(partition) }
  }

  private mutating func sort(_ partition: Partition) {
    partitions[partition]?.units.sort { left, right in
      let (one, other) = (left.place, right.place)
      if one.starts.lowerBound != other.starts.lowerBound { return one.starts.lowerBound < other.starts.lowerBound }
      return one.prefix << UInt64(Placement.mostBits - one.bits) < other.prefix << UInt64(Placement.mostBits - other.bits)
    }
    partitions[partition]?.foreign.sort { $0.path < $1.path }
  }

  subscript(_ partition: Partition) -> OfPartition { partitions[partition] ?? OfPartition() }

  var fileCount: Int { partitions.values.reduce(0) { $0 + $1.units.count + $1.foreign.count } }

  /// Takes in what a commit of this process did.
  mutating func replace(_ removed: [(file: AddedFile, partition: Partition)], with added: [WrittenFile], commit: Int) {
    let gone = Set(removed.map(\.file.path))
    for partition in Set(removed.map(\.partition)) {
      partitions[partition]?.units.removeAll { gone.contains($0.file.path) }
      partitions[partition]?.foreign.removeAll { gone.contains($0.path) }
    }
    for written in added {
      partitions[written.partition, default: OfPartition()].units.append(
        TableUnit(file: written.file, place: written.place ?? .everything, rows: written.rows, lastChange: commit))
    }
    for partition in Set(added.map(\.partition)) { sort(partition) }
    for partition in Set(removed.map(\.partition)) where self[partition].units.isEmpty && self[partition].foreign.isEmpty {
      partitions[partition] = nil
    }
  }
}
