// In C, because the Swift compiler takes minutes for byte arrays of this size and the C compiler no time at all.
#include "embedded_documents.h"

static const unsigned char causeway_json[] = {
#embed "../causeway.json"
};

static const unsigned char graph_json[] = {
#embed "../graph.json"
};

static const unsigned char microsoft_authorization_json[] = {
#embed "../microsoft-authorization.json"
};

static const unsigned char microsoft_insights_json[] = {
#embed "../microsoft-insights.json"
};

static const unsigned char microsoft_relay_json[] = {
#embed "../microsoft-relay.json"
};

static const unsigned char microsoft_resources_json[] = {
#embed "../microsoft-resources.json"
};

static const unsigned char microsoft_web_json[] = {
#embed "../microsoft-web.json"
};

static const unsigned char sign_in_json[] = {
#embed "../sign-in.json"
};

#define DOCUMENT(name, bytes) {name, bytes, sizeof(bytes)}

static const struct embedded_document documents[] = {
    DOCUMENT("causeway.json", causeway_json),
    DOCUMENT("graph.json", graph_json),
    DOCUMENT("microsoft-authorization.json", microsoft_authorization_json),
    DOCUMENT("microsoft-insights.json", microsoft_insights_json),
    DOCUMENT("microsoft-relay.json", microsoft_relay_json),
    DOCUMENT("microsoft-resources.json", microsoft_resources_json),
    DOCUMENT("microsoft-web.json", microsoft_web_json),
    DOCUMENT("sign-in.json", sign_in_json),
};

const struct embedded_document *embedded_documents(void) {
    return documents;
}

size_t embedded_document_count(void) {
    return sizeof(documents) / sizeof(documents[0]);
}
