#if Server
  import Synchronization

  /// A fixed number of places, such as for those who follow changes.
  final class Seats: Sendable {
    /// A place that is taken for as long as this lives.
    final class Seat: Sendable {
      private let seats: Seats

      fileprivate init(_ seats: Seats) { self.seats = seats }

      deinit { seats.taken.withLock { $0 -= 1 } }
    }

    private let count: Int
    private let taken = Mutex(0)

    init(_ count: Int) { self.count = count }

    /// `nil` when all are taken.
    func take() -> Seat? {
      let isFree = taken.withLock { taken in
        if taken >= count { return false }
        taken += 1
        return true
      }
      return isFree ? Seat(self) : nil
    }

    var takenCount: Int { taken.withLock { $0 } }
  }
#endif
