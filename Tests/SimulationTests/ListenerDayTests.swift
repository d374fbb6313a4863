import Testing

/// Twenty-four hours of a listener of ours in a moment, with the machines that the manager and the gateway run.
struct ListenerDayTests {
    @Test
    func `a quiet day needs one control channel, a token in each hour, and a look at the endpoint each four seconds`() {
        let day = ListenerDay(seed: 1, outageCount: 0)
        day.run()

        #expect(day.failures.isEmpty, "\(day.failures)")
        #expect(day.connects == 1)
        #expect((24...27).contains(day.renewals), "\(day.renewals)")
        #expect((19_000...21_700).contains(day.informationReads), "\(day.informationReads)")
    }

    @Test(arguments: 0..<8) func `a day with losses of every kind ends online, and nobody is mistaken for long`(
        _ seed: Int
    ) {
        let count = 2 + seed % 9
        let day = ListenerDay(seed: UInt64(seed), outageCount: count)
        day.run()

        #expect(day.failures.isEmpty, "seed \(seed): \(day.failures)")
        #expect(day.connects <= count * 2 + 1)
    }

    @Test(arguments: ListenerDay.Defect.allCases) func `a planted defect of a day is found`(
        _ defect: ListenerDay.Defect
    ) {
        let isFound = (0..<12).contains { seed in
            let day = ListenerDay(seed: UInt64(seed), outageCount: 4, defect: defect)
            day.run()
            return !day.failures.isEmpty
        }

        #expect(isFound, "no seed finds \(defect)")
    }
}
