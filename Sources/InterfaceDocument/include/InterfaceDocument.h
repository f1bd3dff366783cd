#ifndef INTERFACE_DOCUMENT_H
#define INTERFACE_DOCUMENT_H

#include <stddef.h>

/// The description of the HTTP interface, an OpenAPI document in JSON, as it lay in the sources when this was built.
const unsigned char *_Nonnull interface_document(size_t *_Nonnull length);

#endif
