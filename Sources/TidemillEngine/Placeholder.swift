// Placeholder until the first type of TidemillEngine lands.
