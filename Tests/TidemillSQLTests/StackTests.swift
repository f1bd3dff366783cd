import Testing
import TidemillColumns
import TidemillPlan
import TidemillSQL

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The limits are such that a thread with the smallest stack in use, macOS's 512 KiB, holds the deepest text.
@Suite struct StackTests {
  private final class Work: @unchecked Sendable {
    // Written by the one thread before it is joined, read after.
    var failures: [String] = []

    func run() {
      func nest(_ opening: String, _ closing: String, _ count: Int = 62) -> String {
        String(repeating: opening, count: count) + "a" + String(repeating: closing, count: count)
      }
      let texts = [
        nest("(", ")"), nest("f(", ")"), nest("CASE WHEN ", " THEN b END"), nest("1 + (", ")", 31), nest("NOT ", ""),
        nest("- ", ""), nest("a IN (", ")"), nest("(a + b LIKE (", "))", 15), nest("CAST(", " AS INT)"),
        nest("count(*) FILTER (WHERE ", ")", 31), nest("row_number() OVER (ORDER BY ", ")", 31), nest("a OR ", "", 190),
      ]
      for text in texts {
        check {
          let tree = try SQLParser.parseExpression(text)
          // Walking the tree takes stack as well.
          if tree != tree || tree.hashValue != tree.hashValue { failures.append("a tree differs from itself") }
        }
      }
      let query = String(repeating: "SELECT a FROM (", count: 31) + "SELECT a FROM s" + String(repeating: ")", count: 31)
      check { _ = try SQLParser.parseQuery(query) }
      let type = String(repeating: "STRUCT<a: ", count: 64) + "INT" + String(repeating: ">", count: 64)
      check { _ = try SQLParser.parseColumns("a \(type)") }
    }

    private func check(_ body: () throws -> Void) {
      do { try body() } catch { failures.append("\(error)") }
    }
  }

  @Test func aSmallStackHoldsTheDeepestText() {
    let work = Work()
    Self.withThread(stack: 512 * 1024 + Self.stackOfTheSystems) { work.run() }
    #expect(work.failures == [])
  }

  /// What a thread's stack holds before anything of ours: glibc puts the variables there that each thread has of its own, of all
  /// libraries that are linked, which are none of ours to save on.
  private static var stackOfTheSystems: Int {
    #if canImport(Glibc)
      final class Room: @unchecked Sendable { var bytes = 0 }
      let (room, size) = (Room(), 512 * 1024)
      withThread(stack: size) {
        var attributes = pthread_attr_t()
        var lowest: UnsafeMutableRawPointer?
        var (all, guarded) = (0, 0)
        pthread_getattr_np(pthread_self(), &attributes)
        pthread_attr_getstack(&attributes, &lowest, &all)
        pthread_attr_getguardsize(&attributes, &guarded)
        pthread_attr_destroy(&attributes)
        room.bytes = withUnsafeBytes(of: &all) { UnsafeRawPointer(lowest!).distance(to: $0.baseAddress!) } - guarded
      }
      return size - room.bytes
    #else
      return 0
    #endif
  }

  /// Runs work in a thread of its own, to its end.
  private static func withThread(stack: Int, _ body: @escaping @Sendable () -> Void) {
    final class Box: @unchecked Sendable {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    #expect(pthread_attr_setstacksize(&attributes, (stack + 0x3FFF) & ~0x3FFF) == 0)
    #if canImport(Glibc)
      var thread: pthread_t = 0
    #else
      var thread: pthread_t?
    #endif
    let status = pthread_create(
      &thread, &attributes,
      { argument in
        #if canImport(Glibc)
          Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
        #else
          Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
        #endif
        return nil
      }, Unmanaged.passRetained(Box(body)).toOpaque())
    #expect(status == 0)
    #if canImport(Glibc)
      pthread_join(thread, nil)
    #else
      if let thread { pthread_join(thread, nil) }
    #endif
  }
}
