import Synchronization
import TidemillColumns

/// The automata of one format: one for each lane that has decoded at the same time as others.
///
/// A chunk takes one and gives it back, so that nothing is locked per record.
final class JSONAutomatonPool: Sendable {
  private let wanted: JSONWantedKeys?
  private let schema: Schema
  private let idle = Mutex<[JSONAutomaton]>([])
  private let inPlace = Mutex(JSONInPlaceTrust())

  init(_ schema: Schema) {
    self.schema = schema
    wanted = JSONWantedKeys(schema)
  }

  /// `nil` if the columns are such that nothing can be learnt.
  func take() -> JSONAutomaton? {
    guard let wanted else { return nil }
    return idle.withLock { $0.popLast() } ?? JSONAutomaton(wanted, schema)
  }

  func giveBack(_ automaton: JSONAutomaton) { idle.withLock { $0.append(automaton) } }

  func wantsInPlace() -> Bool { inPlace.withLock { $0.wantsNext() } }
  func wasReadInPlace(_ succeeded: Bool) { inPlace.withLock { $0.note(succeeded) } }

  /// For tests: how many records followed what was learnt.
  var followed: Int { idle.withLock { $0.reduce(0) { $0 + $1.trust.followed } } }
  /// For tests: how many did not.
  var missed: Int { idle.withLock { $0.reduce(0) { $0 + $1.trust.missed } } }
}
