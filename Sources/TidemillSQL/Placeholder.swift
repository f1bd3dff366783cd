// Placeholder until the first type of TidemillSQL lands.
