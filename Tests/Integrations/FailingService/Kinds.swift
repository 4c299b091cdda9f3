// SPDX-License-Identifier: Apache-2.0

/// Fifty functions that throw: fifty places whose names are to be read. No two have the same instructions, of which the
/// optimizer would make one function.
enum Kinds {
  enum Failure: Error { case refused(Int), closed(String) }
  private struct Broken: Error { let number: Int }

  @inline(never) private static func size() -> Int { Shop.keep(99) }

  static func fail(_ kind: Int) throws {
    switch kind % 50 {
    case 0: try fail00()
    case 1: try fail01()
    case 2: try fail02()
    case 3: try fail03()
    case 4: try fail04()
    case 5: try fail05()
    case 6: try fail06()
    case 7: try fail07()
    case 8: try fail08()
    case 9: try fail09()
    case 10: try fail10()
    case 11: try fail11()
    case 12: try fail12()
    case 13: try fail13()
    case 14: try fail14()
    case 15: try fail15()
    case 16: try fail16()
    case 17: try fail17()
    case 18: try fail18()
    case 19: try fail19()
    case 20: try fail20()
    case 21: try fail21()
    case 22: try fail22()
    case 23: try fail23()
    case 24: try fail24()
    case 25: try fail25()
    case 26: try fail26()
    case 27: try fail27()
    case 28: try fail28()
    case 29: try fail29()
    case 30: try fail30()
    case 31: try fail31()
    case 32: try fail32()
    case 33: try fail33()
    case 34: try fail34()
    case 35: try fail35()
    case 36: try fail36()
    case 37: try fail37()
    case 38: try fail38()
    case 39: try fail39()
    case 40: try fail40()
    case 41: try fail41()
    case 42: try fail42()
    case 43: try fail43()
    case 44: try fail44()
    case 45: try fail45()
    case 46: try fail46()
    case 47: try fail47()
    case 48: try fail48()
    default: try fail49()
    }
    Shop.keep(kind)
  }

  @inline(never) private static func fail00() throws {
    Shop.keep(100)
    Shop.keep(100)
    Shop.keep(100)
    throw Failure.refused(0)
  }
  @inline(never) private static func fail01() throws {
    Shop.keep(101 &* size())
    Shop.keep(101)
    Shop.keep(101)
    throw Failure.closed("1")
  }
  @inline(never) private static func fail02() throws {
    if size() > 102 { Shop.keep(102) }
    Shop.keep(102)
    Shop.keep(102)
    throw Broken(number: 2)
  }
  @inline(never) private static func fail03() throws {
    Shop.keep(size() % 103)
    Shop.keep(103)
    Shop.keep(103)
    throw Failure.refused(3)
  }
  @inline(never) private static func fail04() throws {
    Shop.keep(104)
    Shop.keep(104 &* size())
    Shop.keep(104)
    throw Failure.closed("4")
  }
  @inline(never) private static func fail05() throws {
    Shop.keep(105 &* size())
    Shop.keep(105 &* size())
    Shop.keep(105)
    throw Broken(number: 5)
  }
  @inline(never) private static func fail06() throws {
    if size() > 106 { Shop.keep(106) }
    Shop.keep(106 &* size())
    Shop.keep(106)
    throw Failure.refused(6)
  }
  @inline(never) private static func fail07() throws {
    Shop.keep(size() % 107)
    Shop.keep(107 &* size())
    Shop.keep(107)
    throw Failure.closed("7")
  }
  @inline(never) private static func fail08() throws {
    Shop.keep(108)
    if size() > 108 { Shop.keep(108) }
    Shop.keep(108)
    throw Broken(number: 8)
  }
  @inline(never) private static func fail09() throws {
    Shop.keep(109 &* size())
    if size() > 109 { Shop.keep(109) }
    Shop.keep(109)
    throw Failure.refused(9)
  }
  @inline(never) private static func fail10() throws {
    if size() > 110 { Shop.keep(110) }
    if size() > 110 { Shop.keep(110) }
    Shop.keep(110)
    throw Failure.closed("10")
  }
  @inline(never) private static func fail11() throws {
    Shop.keep(size() % 111)
    if size() > 111 { Shop.keep(111) }
    Shop.keep(111)
    throw Broken(number: 11)
  }
  @inline(never) private static func fail12() throws {
    Shop.keep(112)
    Shop.keep(size() % 112)
    Shop.keep(112)
    throw Failure.refused(12)
  }
  @inline(never) private static func fail13() throws {
    Shop.keep(113 &* size())
    Shop.keep(size() % 113)
    Shop.keep(113)
    throw Failure.closed("13")
  }
  @inline(never) private static func fail14() throws {
    if size() > 114 { Shop.keep(114) }
    Shop.keep(size() % 114)
    Shop.keep(114)
    throw Broken(number: 14)
  }
  @inline(never) private static func fail15() throws {
    Shop.keep(size() % 115)
    Shop.keep(size() % 115)
    Shop.keep(115)
    throw Failure.refused(15)
  }
  @inline(never) private static func fail16() throws {
    Shop.keep(116)
    Shop.keep(116)
    Shop.keep(116 &* size())
    throw Failure.closed("16")
  }
  @inline(never) private static func fail17() throws {
    Shop.keep(117 &* size())
    Shop.keep(117)
    Shop.keep(117 &* size())
    throw Broken(number: 17)
  }
  @inline(never) private static func fail18() throws {
    if size() > 118 { Shop.keep(118) }
    Shop.keep(118)
    Shop.keep(118 &* size())
    throw Failure.refused(18)
  }
  @inline(never) private static func fail19() throws {
    Shop.keep(size() % 119)
    Shop.keep(119)
    Shop.keep(119 &* size())
    throw Failure.closed("19")
  }
  @inline(never) private static func fail20() throws {
    Shop.keep(120)
    Shop.keep(120 &* size())
    Shop.keep(120 &* size())
    throw Broken(number: 20)
  }
  @inline(never) private static func fail21() throws {
    Shop.keep(121 &* size())
    Shop.keep(121 &* size())
    Shop.keep(121 &* size())
    throw Failure.refused(21)
  }
  @inline(never) private static func fail22() throws {
    if size() > 122 { Shop.keep(122) }
    Shop.keep(122 &* size())
    Shop.keep(122 &* size())
    throw Failure.closed("22")
  }
  @inline(never) private static func fail23() throws {
    Shop.keep(size() % 123)
    Shop.keep(123 &* size())
    Shop.keep(123 &* size())
    throw Broken(number: 23)
  }
  @inline(never) private static func fail24() throws {
    Shop.keep(124)
    if size() > 124 { Shop.keep(124) }
    Shop.keep(124 &* size())
    throw Failure.refused(24)
  }
  @inline(never) private static func fail25() throws {
    Shop.keep(125 &* size())
    if size() > 125 { Shop.keep(125) }
    Shop.keep(125 &* size())
    throw Failure.closed("25")
  }
  @inline(never) private static func fail26() throws {
    if size() > 126 { Shop.keep(126) }
    if size() > 126 { Shop.keep(126) }
    Shop.keep(126 &* size())
    throw Broken(number: 26)
  }
  @inline(never) private static func fail27() throws {
    Shop.keep(size() % 127)
    if size() > 127 { Shop.keep(127) }
    Shop.keep(127 &* size())
    throw Failure.refused(27)
  }
  @inline(never) private static func fail28() throws {
    Shop.keep(128)
    Shop.keep(size() % 128)
    Shop.keep(128 &* size())
    throw Failure.closed("28")
  }
  @inline(never) private static func fail29() throws {
    Shop.keep(129 &* size())
    Shop.keep(size() % 129)
    Shop.keep(129 &* size())
    throw Broken(number: 29)
  }
  @inline(never) private static func fail30() throws {
    if size() > 130 { Shop.keep(130) }
    Shop.keep(size() % 130)
    Shop.keep(130 &* size())
    throw Failure.refused(30)
  }
  @inline(never) private static func fail31() throws {
    Shop.keep(size() % 131)
    Shop.keep(size() % 131)
    Shop.keep(131 &* size())
    throw Failure.closed("31")
  }
  @inline(never) private static func fail32() throws {
    Shop.keep(132)
    Shop.keep(132)
    if size() > 132 { Shop.keep(132) }
    throw Broken(number: 32)
  }
  @inline(never) private static func fail33() throws {
    Shop.keep(133 &* size())
    Shop.keep(133)
    if size() > 133 { Shop.keep(133) }
    throw Failure.refused(33)
  }
  @inline(never) private static func fail34() throws {
    if size() > 134 { Shop.keep(134) }
    Shop.keep(134)
    if size() > 134 { Shop.keep(134) }
    throw Failure.closed("34")
  }
  @inline(never) private static func fail35() throws {
    Shop.keep(size() % 135)
    Shop.keep(135)
    if size() > 135 { Shop.keep(135) }
    throw Broken(number: 35)
  }
  @inline(never) private static func fail36() throws {
    Shop.keep(136)
    Shop.keep(136 &* size())
    if size() > 136 { Shop.keep(136) }
    throw Failure.refused(36)
  }
  @inline(never) private static func fail37() throws {
    Shop.keep(137 &* size())
    Shop.keep(137 &* size())
    if size() > 137 { Shop.keep(137) }
    throw Failure.closed("37")
  }
  @inline(never) private static func fail38() throws {
    if size() > 138 { Shop.keep(138) }
    Shop.keep(138 &* size())
    if size() > 138 { Shop.keep(138) }
    throw Broken(number: 38)
  }
  @inline(never) private static func fail39() throws {
    Shop.keep(size() % 139)
    Shop.keep(139 &* size())
    if size() > 139 { Shop.keep(139) }
    throw Failure.refused(39)
  }
  @inline(never) private static func fail40() throws {
    Shop.keep(140)
    if size() > 140 { Shop.keep(140) }
    if size() > 140 { Shop.keep(140) }
    throw Failure.closed("40")
  }
  @inline(never) private static func fail41() throws {
    Shop.keep(141 &* size())
    if size() > 141 { Shop.keep(141) }
    if size() > 141 { Shop.keep(141) }
    throw Broken(number: 41)
  }
  @inline(never) private static func fail42() throws {
    if size() > 142 { Shop.keep(142) }
    if size() > 142 { Shop.keep(142) }
    if size() > 142 { Shop.keep(142) }
    throw Failure.refused(42)
  }
  @inline(never) private static func fail43() throws {
    Shop.keep(size() % 143)
    if size() > 143 { Shop.keep(143) }
    if size() > 143 { Shop.keep(143) }
    throw Failure.closed("43")
  }
  @inline(never) private static func fail44() throws {
    Shop.keep(144)
    Shop.keep(size() % 144)
    if size() > 144 { Shop.keep(144) }
    throw Broken(number: 44)
  }
  @inline(never) private static func fail45() throws {
    Shop.keep(145 &* size())
    Shop.keep(size() % 145)
    if size() > 145 { Shop.keep(145) }
    throw Failure.refused(45)
  }
  @inline(never) private static func fail46() throws {
    if size() > 146 { Shop.keep(146) }
    Shop.keep(size() % 146)
    if size() > 146 { Shop.keep(146) }
    throw Failure.closed("46")
  }
  @inline(never) private static func fail47() throws {
    Shop.keep(size() % 147)
    Shop.keep(size() % 147)
    if size() > 147 { Shop.keep(147) }
    throw Broken(number: 47)
  }
  @inline(never) private static func fail48() throws {
    Shop.keep(148)
    Shop.keep(148)
    Shop.keep(size() % 148)
    throw Failure.refused(48)
  }
  @inline(never) private static func fail49() throws {
    Shop.keep(149 &* size())
    Shop.keep(149)
    Shop.keep(size() % 149)
    throw Failure.closed("49")
  }
}
