import Testing
import TidemillColumns

@testable import TidemillViews

struct ViewOptionsTests {
  @Test func closedWindowsStayAWeekUnlessToldOtherwise() { #expect(ViewOptions().retain == .days(7)) }
}
