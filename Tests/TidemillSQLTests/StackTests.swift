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
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    #expect(pthread_attr_setstacksize(&attributes, 512 * 1024) == 0)
    #if canImport(Glibc)
      var thread: pthread_t = 0
    #else
      var thread: pthread_t?
    #endif
    let argument = Unmanaged.passUnretained(work).toOpaque()
    let status = pthread_create(
      &thread, &attributes,
      { argument in
        #if canImport(Glibc)
          Unmanaged<Work>.fromOpaque(argument!).takeUnretainedValue().run()
        #else
          Unmanaged<Work>.fromOpaque(argument).takeUnretainedValue().run()
        #endif
        return nil
      }, argument)
    #expect(status == 0)
    #if canImport(Glibc)
      pthread_join(thread, nil)
    #else
      if let thread { pthread_join(thread, nil) }
    #endif
    #expect(work.failures == [])
  }
}
