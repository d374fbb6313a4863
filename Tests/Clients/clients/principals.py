"""Service principals of a test, and the roles that they get."""

import uuid

OWNER, READER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "acdd72a7-3385-48ef-bd42-f606fba81ae7"
RELAY_OWNER = "2787bf04-f1f5-4bfe-8383-c8a24483ee38"


class Principal:
    """A service principal of a test, signed in."""

    def __init__(self, management, name):
        self.management, self.name = management, name
        self.path = f"/providers/Causeway.Relay/servicePrincipals/{name}"
        made = management.put(self.path, {"properties": {"displayName": name}})["properties"]
        self.object_id, self.secret = made["objectId"], made["clientSecret"]
        self.token = management.sign_in(client_id=name, client_secret=self.secret)

    def assign(self, role, scope):
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        self.management.put(path, self.assignment_of(role))
        return path

    def call(self, method, path, body=None):
        return self.management.call(method, path, body, token=self.token)

    def assignment_of(self, role):
        """A body that gives this principal a role."""
        definition = f"{self.management.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        return {"properties": {"roleDefinitionId": definition, "principalId": self.object_id}}
