import DeltaLog
import TidemillColumns

/// Brings changes of rows into the table: files that hold a changed key are written anew, the others stay.
struct UpsertWriter: ResultWriter {
  private let files: TableFiles
  private let limits: WriterLimits
  private let resultSchema: Schema
  private var units: TableUnits
  /// How many commits there were in this process.
  private var commits = 0

  init(_ files: TableFiles, _ limits: WriterLimits, resultSchema: Schema, _ snapshot: TableSnapshot) throws {
    self.files = files
    self.limits = limits
    self.resultSchema = resultSchema
    units = try TableUnits(snapshot, files.layout, table: files.table)
    for file in snapshot.files.values { if let rows = file.rowCount { files.learn(bytes: file.size, rows: rows) } }
  }

  mutating func reload(_ snapshot: TableSnapshot) throws {
    // What was cold stays cold enough: files are looked at for their size again soon.
    units = try TableUnits(snapshot, files.layout, table: files.table)
  }

  mutating func draft(_ batch: Batch, epoch: UInt64) throws -> ResultDraft {
    var draft = ResultDraft(reads: .wholeTable)
    let layout = files.layout
    let moving = try movingRows(batch)
    draft.removed = moving.map { ResultDraft.Removal(file: $0.file, partition: $0.partition, dataChange: true) }
    let all = Batch.concatenating([batch] + moving.map(\.rows), schema: resultSchema)
    let merge = RowMerge(layout.storedRows(all), changeCount: batch.count, key: layout.key)
    let most = max(1, files.rows(inBytes: limits.targetFileSize))
    let plan = try UpsertPlan(
      all, hashes: merge.hashes, layout, units, smallest: most / 8, table: files.table)
    let split = UnitSplit(
      window: layout.window, key: layout.key ?? Array(layout.stored.fields.indices), rowLimit: most)
    let files = files
    let results = try Concurrently.map(plan.changes.count, lanes: limits.lanes) { index -> [WrittenFile]? in
      let change = plan.changes[index]
      let old = try change.unit.map { try files.rows(of: $0.file) } ?? .empty(layout.stored)
      guard let rows = merge.merged(into: old, rows: change.rows, elsewhere: change.elsewhere) else { return nil }
      if rows.count == 0 { return [] }
      return try split.pieces(rows, at: change.place).map {
        try files.write($0.rows, to: change.partition, epoch: epoch, place: $0.place, keeps: true)
      }
    }
    var busy: Set<String> = []
    for (change, written) in zip(plan.changes, results) {
      guard let written else { continue }
      draft.added += written
      if let unit = change.unit {
        busy.insert(unit.file.path)
        draft.removed.append(ResultDraft.Removal(file: unit.file, partition: change.partition, dataChange: true))
      }
    }
    if limits.compacts { try mergeCold(busy, epoch: epoch, into: &draft) }
    return draft
  }

  /// The rows of other programs' files that hold a key of the changes: they get places of their own. Of these files nothing is
  /// known, so each of a partition that the changes concern is read.
  private func movingRows(_ batch: Batch) throws -> [(file: AddedFile, partition: Partition, rows: Batch)] {
    guard units.partitions.contains(where: { !$0.value.foreign.isEmpty }) else { return [] }
    let layout = files.layout
    let key = layout.key ?? Array(layout.stored.fields.indices)
    let (groups, partitions) = try layout.partitioned(batch, table: files.table)
    let stored = layout.storedRows(batch)
    let mine = key.map { stored.columns[$0] }
    let hashes = RowHash.of(mine, count: batch.count)
    var moving: [(file: AddedFile, partition: Partition, rows: Batch)] = []
    for group in 0..<groups.count {
      let partition = partitions[group]
      let foreign = units[partition].foreign
      if foreign.isEmpty { continue }
      let rows = groups.rows(group)
      let table = RowTable(mine, hashes: hashes, capacity: rows.count)
      for row in rows { _ = table.add(Int(row)) }
      for file in foreign {
        let there = try files.rows(of: file)
        let theirs = key.map { there.columns[$0] }
        let theirHashes = RowHash.of(theirs, count: there.count)
        var kept: [UInt32] = []
        var isHit = false
        for row in 0..<there.count {
          let found = table.find(theirHashes.base[row], theirs, row)
          if found != nil { isHit = true }
          // Without a key equal rows are many, and the changes say how many of them go.
          if found == nil || layout.key == nil { kept.append(UInt32(row)) }
        }
        if isHit {
          moving.append((file, partition, layout.resultRows(there.taking(kept), of: partition, schema: resultSchema)))
        }
      }
    }
    return moving
  }

  private func mergeCold(_ busy: Set<String>, epoch: UInt64, into draft: inout ResultDraft) throws {
    let merge = ColdMerge(targetSize: limits.targetFileSize)
    guard let (cold, partition, place) = merge.choice(among: units, busy: busy, commit: commits + 1) else { return }
    // No two files of a partition have a place in common: what the commit adds between them leaves them for another time.
    let isFree = draft.added.allSatisfy { added in
      added.partition != partition || added.place.map { !$0.starts.overlaps(place.starts) } ?? true
    }
    guard isFree else { return }
    let rows = Batch.concatenating(try cold.map { try files.rows(of: $0.file) }, schema: files.layout.stored)
    draft.added.append(try files.write(rows, to: partition, epoch: epoch, place: place, dataChange: false))
    draft.removed += cold.map { ResultDraft.Removal(file: $0.file, partition: partition, dataChange: false) }
  }

  mutating func committed(_ draft: ResultDraft) {
    commits += 1
    for removal in draft.removed { files.drop(removal.file, deleting: false) }
    units.replace(draft.removed.map { ($0.file, $0.partition) }, with: draft.added, commit: commits)
  }
}
