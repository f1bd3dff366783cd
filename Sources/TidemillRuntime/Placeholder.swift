// Placeholder until the first type of TidemillRuntime lands.
