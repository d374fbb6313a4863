// The OpenAPI documents as bytes.
#ifndef EMBEDDED_DOCUMENTS_H
#define EMBEDDED_DOCUMENTS_H

#include <stddef.h>

struct embedded_document {
    // The file's name.
    const char *name;
    const unsigned char *bytes;
    size_t count;
};

// In the order in which they are listed, by name.
const struct embedded_document *embedded_documents(void);
size_t embedded_document_count(void);

#endif
