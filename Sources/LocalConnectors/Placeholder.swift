// Placeholder until the first type of LocalConnectors lands.
