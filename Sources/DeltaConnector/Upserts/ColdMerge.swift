import TidemillColumns

/// Chooses small files to bring together in one: those that no longer change, so that no more is rewritten later for it.
struct ColdMerge {
  /// Commits without a change after which a file counts as one that does not change any more.
  var coldAfter = 8
  /// So many files are worth the work.
  var fewest = 8
  /// How large the file of them all may become, in bytes.
  var targetSize: Int

  /// The files to bring together, and the place of what they become; `nil` when there is nothing worth it.
  ///
  /// - Parameters:
  ///   - busy: paths of files that the commit rewrites anyway.
  ///   - commit: the number of the commit.
  func choice(
    among units: TableUnits, busy: Set<String>, commit: Int
  ) -> (units: [TableUnit], partition: Partition, place: Placement)? {
    var best: (units: [TableUnit], partition: Partition)?
    for (partition, files) in units.partitions where files.units.count >= fewest {
      let found = run(files.units, busy: busy, commit: commit)
      // Of equals the same one, whatever the order of partitions.
      if found.count >= fewest, best.map({ (found.count, "\(partition)") > ($0.units.count, "\($0.partition)") }) ?? true {
        best = (found, partition)
      }
    }
    guard let best else { return nil }
    let first = best.units.map(\.place.starts.lowerBound).min()!
    let last = best.units.map(\.place.starts.upperBound).max()!
    return (best.units, best.partition, Placement(starts: first...last, bits: 0, prefix: 0))
  }

  /// The longest run of neighbours that are small, cold, and together no larger than a file may be.
  private func run(_ units: [TableUnit], busy: Set<String>, commit: Int) -> [TableUnit] {
    // Files of the same windows go together or not at all: what they become has all keys.
    var cells: [[TableUnit]] = []
    var reach = Int64.min
    for unit in units {
      if cells.isEmpty || unit.place.starts.lowerBound > reach {
        cells.append([unit])
      } else {
        cells[cells.count - 1].append(unit)
      }
      reach = max(reach, unit.place.starts.upperBound)
    }
    var best: [TableUnit] = []
    var current: [TableUnit] = []
    var bytes = 0
    func keepBest() {
      // What is large already is not written again for a few small ones.
      if let largest = current.map(\.file.size).max(), largest * 2 <= bytes, current.count > best.count { best = current }
    }
    for cell in cells {
      let size = cell.reduce(0) { $0 + $1.file.size }
      let isCold = cell.allSatisfy { $0.lastChange + coldAfter <= commit && !busy.contains($0.file.path) }
      if !isCold || size * 2 > targetSize {
        keepBest()
        (current, bytes) = ([], 0)
        continue
      }
      if bytes + size > targetSize {
        keepBest()
        (current, bytes) = ([], 0)
      }
      current += cell
      bytes += size
    }
    keepBest()
    return best
  }
}
