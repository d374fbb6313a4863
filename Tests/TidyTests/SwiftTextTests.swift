import Testing

struct SwiftTextTests {
    @Test func `comments and literals are blanked and line breaks are kept`() {
        let text = SwiftText("let a = \"try!\" // print(\n/* as! /* nested */ TODO */ let b = 1\n")

        #expect(text.codeLines.map { String($0.filter { $0 != " " }) } == ["leta=", "letb=1", ""])
        #expect(text.literals == [SwiftText.Literal(line: 1, text: "try!", before: "let a = ")])
    }

    @Test func `interpolated code is code and stands in the literal too`() {
        let text = SwiftText(#"let a = "x \(f("y", (1))) z" + b"#)

        #expect(text.code.contains("f("))
        #expect(text.code.contains("(1)))"))
        #expect(text.code.hasSuffix("+ b"))
        #expect(text.literals.map(\.text) == ["y", #"x \(f("y", (1))) z"#])
    }

    @Test func `raw literals and literals of many lines end at their own marks`() {
        let text = SwiftText(
            ##"""
            let a = #"say "x" \(no) \#(yes)"#
            let b = """
                select "x"
                from y
                """
            c()
            """##
        )

        #expect(text.literals.map(\.line) == [1, 2])
        #expect(text.literals.first?.text == ##"say "x" \(no) \#(yes)"##)
        #expect(text.literals.last?.text.contains("from y") == true)
        #expect(text.code.contains("(yes)"))
        #expect(!text.code.contains("no"))
        #expect(text.codeLines.last == "c()")
    }

    @Test func `escaped marks do not end a literal`() {
        let text = SwiftText(#"f("a\"b\\", "c")"#)

        #expect(text.literals.map(\.text) == [#"a\"b\\"#, "c"])
    }
}
