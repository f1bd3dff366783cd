// Placeholder until the first type of TidemillStorage lands.
