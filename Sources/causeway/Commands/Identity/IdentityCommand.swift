import ArgumentParser

/// Who there is: principals that can sign in, and what they belong to.
struct IdentityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identity",
        abstract: "Manage users, groups, service principals, tenants and subscriptions.",
        discussion: "Example: causeway identity user create -n ada@example.com --display-name Ada --password @file",
        subcommands: [
            NounCommand<UserNoun>.self, NounCommand<DirectoryGroupNoun>.self, NounCommand<ServicePrincipalNoun>.self,
            NounCommand<FederatedCredentialNoun>.self, NounCommand<TenantNoun>.self,
            NounCommand<SubscriptionNoun>.self,
        ]
    )
}
