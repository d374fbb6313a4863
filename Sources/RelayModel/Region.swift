/// A place that clients know by name. Causeway accepts every location; these are the ones that it lists.
public struct Region: Sendable, Hashable {
    /// The normal form, `westus`.
    public let name: String
    /// `West US`.
    public let displayName: String
    /// The part of the world, `US`; empty for ``local``.
    public let geography: String
    /// The larger part of the world, `US`, `Europe`, `Asia Pacific`.
    public let geographyGroup: String

    private init(_ name: String, _ displayName: String, _ geography: String, _ geographyGroup: String) {
        self.name = name
        self.displayName = displayName
        self.geography = geography
        self.geographyGroup = geographyGroup
    }

    public var location: Location { Location(stored: name) }

    /// `(US) West US`.
    public var regionalDisplayName: String { geography.isEmpty ? displayName : "(\(geography)) \(displayName)" }

    /// Wherever this server stands.
    public static let local = Region("local", "Local", "", "")

    /// The region of that location; `nil` for one that is not listed.
    public static func find(_ location: Location) -> Region? { byName[location.name] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    public static let all: [Region] = [
        local,
        Region("eastus", "East US", "US", "US"),
        Region("eastus2", "East US 2", "US", "US"),
        Region("centralus", "Central US", "US", "US"),
        Region("northcentralus", "North Central US", "US", "US"),
        Region("southcentralus", "South Central US", "US", "US"),
        Region("westcentralus", "West Central US", "US", "US"),
        Region("westus", "West US", "US", "US"),
        Region("westus2", "West US 2", "US", "US"),
        Region("westus3", "West US 3", "US", "US"),
        Region("canadacentral", "Canada Central", "Canada", "Canada"),
        Region("canadaeast", "Canada East", "Canada", "Canada"),
        Region("mexicocentral", "Mexico Central", "Mexico", "Mexico"),
        Region("brazilsouth", "Brazil South", "South America", "South America"),
        Region("brazilsoutheast", "Brazil Southeast", "South America", "South America"),
        Region("northeurope", "North Europe", "Europe", "Europe"),
        Region("westeurope", "West Europe", "Europe", "Europe"),
        Region("francecentral", "France Central", "Europe", "Europe"),
        Region("francesouth", "France South", "Europe", "Europe"),
        Region("germanynorth", "Germany North", "Europe", "Europe"),
        Region("germanywestcentral", "Germany West Central", "Europe", "Europe"),
        Region("italynorth", "Italy North", "Europe", "Europe"),
        Region("norwayeast", "Norway East", "Europe", "Europe"),
        Region("norwaywest", "Norway West", "Europe", "Europe"),
        Region("polandcentral", "Poland Central", "Europe", "Europe"),
        Region("spaincentral", "Spain Central", "Europe", "Europe"),
        Region("swedencentral", "Sweden Central", "Europe", "Europe"),
        Region("switzerlandnorth", "Switzerland North", "Europe", "Europe"),
        Region("switzerlandwest", "Switzerland West", "Europe", "Europe"),
        Region("uksouth", "UK South", "Europe", "Europe"),
        Region("ukwest", "UK West", "Europe", "Europe"),
        Region("israelcentral", "Israel Central", "Middle East", "Middle East"),
        Region("qatarcentral", "Qatar Central", "Middle East", "Middle East"),
        Region("uaecentral", "UAE Central", "Middle East", "Middle East"),
        Region("uaenorth", "UAE North", "Middle East", "Middle East"),
        Region("southafricanorth", "South Africa North", "Africa", "Africa"),
        Region("southafricawest", "South Africa West", "Africa", "Africa"),
        Region("australiacentral", "Australia Central", "Asia Pacific", "Asia Pacific"),
        Region("australiacentral2", "Australia Central 2", "Asia Pacific", "Asia Pacific"),
        Region("australiaeast", "Australia East", "Asia Pacific", "Asia Pacific"),
        Region("australiasoutheast", "Australia Southeast", "Asia Pacific", "Asia Pacific"),
        Region("centralindia", "Central India", "Asia Pacific", "Asia Pacific"),
        Region("southindia", "South India", "Asia Pacific", "Asia Pacific"),
        Region("westindia", "West India", "Asia Pacific", "Asia Pacific"),
        Region("eastasia", "East Asia", "Asia Pacific", "Asia Pacific"),
        Region("southeastasia", "Southeast Asia", "Asia Pacific", "Asia Pacific"),
        Region("japaneast", "Japan East", "Asia Pacific", "Asia Pacific"),
        Region("japanwest", "Japan West", "Asia Pacific", "Asia Pacific"),
        Region("koreacentral", "Korea Central", "Asia Pacific", "Asia Pacific"),
        Region("koreasouth", "Korea South", "Asia Pacific", "Asia Pacific"),
        Region("newzealandnorth", "New Zealand North", "Asia Pacific", "Asia Pacific"),
    ]
}
