// The loop that takes the mask off, in ns for each byte, beside a plain copy of the same bytes. The loop is a single change
// away from being hundreds of times slower, without a test that would notice.
// usage: unmask-loop [--json]

let sizes = [16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576]

var benchmark = LoopBenchmark(sizeMax: sizes[sizes.count - 1])
var rows: [(size: Int, unmask: Double, copy: Double)] = []
for size in sizes {
    let figures = benchmark.measure(size: size)
    rows.append((size, figures.unmask, figures.copy))
}

/// Four digits after the point, without Foundation.
func shown(_ value: Double) -> String {
    let tenThousandths = Int(value * 10_000 + 0.5)
    let fraction = String(10_000 + tenThousandths % 10_000).dropFirst()
    return "\(tenThousandths / 10_000).\(fraction)"
}

if CommandLine.arguments.contains("--json") {
    let entries = rows.map { #"{"size":\#($0.size),"unmask":\#(shown($0.unmask)),"copy":\#(shown($0.copy))}"# }
    print("[\(entries.joined(separator: ","))]")
} else {
    print("| bytes | unmask ns/byte | copy ns/byte |\n|---|---|---|")
    for row in rows { print("| \(row.size) | \(shown(row.unmask)) | \(shown(row.copy)) |") }
}
