#include "InterfaceDocument.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char document[] = {
#embed "openapi.json"
};

const unsigned char *interface_document(size_t *length) {
  *length = sizeof document;
  return document;
}
