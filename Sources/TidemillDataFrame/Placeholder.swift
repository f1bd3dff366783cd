// Placeholder until the first type of TidemillDataFrame lands.
