// Placeholder until the first type of ReferenceEngine lands.
