import Testing

@testable import TidemillConnectors

@Suite struct PathComponentTests {
  @Test(arguments: [
    ("hourly_sales-2", "hourly_sales-2"), ("../etc", "%2e%2e%2fetc"), ("a b", "a%20b"), ("", ""), ("ä", "%c3%a4"), (".", "%2e"),
  ])
  func aNameStaysOnePartOfAPath(name: String, path: String) { #expect(PathComponent.of(name) == path) }
}
