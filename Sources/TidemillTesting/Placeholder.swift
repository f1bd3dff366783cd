// Placeholder until the first type of TidemillTesting lands.
